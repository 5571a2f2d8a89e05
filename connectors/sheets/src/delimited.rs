//! CSV of any separator: found out where the mapping does not say, by the header first and by regularity second.

use crate::cell::Cell;
use crate::grid::{Sheet, SheetRow};
use csv::StringRecord;

/// What may stand between cells where nobody says.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at to find the separator.
const SAMPLE_ROWS: usize = 60;
/// A cell with more line ends than this is the rest of a file behind a quote that nobody closed.
const LINE_ENDS_MAX: usize = 40;

/// The rows of a CSV text. `known` counts the column names that a row has.
pub(crate) fn sheet(text: &str, separator: Option<u8>, known: impl Fn(&[Cell]) -> usize) -> Result<Sheet, String> {
    if text.contains('\0') {
        return Err("the file is neither text nor a workbook that can be read".to_owned());
    }
    let separator = separator.unwrap_or_else(|| sniffed(text, known));
    let rows: Vec<SheetRow> = records(text, separator).collect::<Result<_, _>>()?;
    let open = rows.iter().find(|row| row.cells.iter().any(|cell| line_ends(cell.text()) > LINE_ENDS_MAX));
    match open {
        Some(row) => Err(format!("a quote that is opened on line {} is not closed", row.line)),
        None => Ok(Sheet { rows, ..Sheet::default() }),
    }
}

fn line_ends(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = Result<SheetRow, String>> {
    let mut builder = csv::ReaderBuilder::new();
    let reader = builder.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    reader.into_records().map(move |record| {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, |at| line_of(text, at));
        Ok(SheetRow::new(line, cells(&record)))
    })
}

fn cells(record: &StringRecord) -> Vec<Cell> {
    record.iter().map(Cell::of_text).collect()
}

/// The line on which a record begins: its position is before the empty lines that were passed over.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let begin = usize::try_from(at.byte()).expect("a position within the text that is in memory");
    let passed = text.as_bytes()[begin..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    at.line() + passed.filter(|&&byte| byte == b'\n').count() as u64
}

/// The separator under which some row has the most known names, then most rows have the same count of cells, then
/// rows are widest.
fn sniffed(text: &str, known: impl Fn(&[Cell]) -> usize) -> u8 {
    let score = |separator: u8| {
        let rows: Vec<SheetRow> = records(text, separator).take(SAMPLE_ROWS).map_while(Result::ok).collect();
        let names = rows.iter().map(|row| known(&row.cells)).max().unwrap_or(0);
        let (regular, width) = regularity(&rows);
        (names, regular, width)
    };
    // The first of equals wins: a comma before the others.
    let best = SEPARATORS.into_iter().rev().max_by_key(|&separator| score(separator));
    best.expect("there are separators to choose from")
}

/// How many rows have the commonest count of cells above one, and that count.
fn regularity(rows: &[SheetRow]) -> (usize, usize) {
    let widths = rows.iter().map(|row| row.cells.len()).filter(|&width| width > 1);
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for width in widths {
        *counts.entry(width).or_default() += 1;
    }
    counts.into_iter().map(|(width, count)| (count, width)).max().unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(text: &str) -> Vec<(u64, usize)> {
        let sheet =
            sheet(text, None, |cells| cells.iter().filter(|cell| ["Code", "Rate"].contains(&cell.text())).count());
        sheet.expect("rows").rows.iter().map(|row| (row.line, row.cells.len())).collect()
    }

    #[test]
    fn finds_the_separator_by_names_before_regularity() {
        assert_eq!(widths("Code;Rate\n49;0,1\n33;0,2\n"), [(1, 2), (2, 2), (3, 2)]);
        assert_eq!(widths("Terms, of use, 2026\n\nCode|Rate\n49|0.1\n"), [(1, 1), (3, 2), (4, 2)]);
        assert_eq!(widths("49\tGermany\t0,1\n33\tFrance\t0,2\n"), [(1, 3), (2, 3)]);
        assert_eq!(widths("\"a,b\",c\r\n\r\nd,\"e\nf\"\r\ng,h\r\n"), [(1, 2), (3, 2), (5, 2)]);
    }

    #[test]
    fn refuses_what_is_no_table() {
        let open = format!("a,b\n\"c,d\n{}", "e,f\n".repeat(50));
        assert_eq!(
            sheet(&open, Some(b','), |_| 0).expect_err("open"),
            "a quote that is opened on line 2 is not closed"
        );
        assert!(sheet("PK\0\0", None, |_| 0).is_err());
    }
}
