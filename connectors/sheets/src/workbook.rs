//! XLSX, XLS, XLSB and ODS, through calamine: every sheet as rows of cells.

use crate::cell::{Cell, decimal_of};
use crate::grid::{Sheet, SheetRow};
use calamine::{Data, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Xlsx, open_workbook_auto_from_rs};
use jiff::civil::DateTime;
use std::io::Cursor;

/// Whether the bytes begin as a workbook does: a ZIP archive or an OLE file.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// The sheets of `wanted`, else all that can be seen, in their order; and the names of those that are hidden.
///
/// A hidden sheet holds what its sender did not mean to send, such as last year's prices.
pub(crate) fn sheets(bytes: &[u8], wanted: &[String]) -> Result<(Vec<Sheet>, Vec<String>), String> {
    let failure = |error: calamine::Error| format!("the workbook cannot be read: {error}");
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| why_not(bytes, &error))?;
    let known: Vec<calamine::Sheet> =
        book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).cloned().collect();
    if let Some(missing) = wanted.iter().find(|name| !known.iter().any(|sheet| sheet.name == **name)) {
        let names = known.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(format!("the workbook has no sheet {missing:?}; it has {names}"));
    }
    let is_seen = |sheet: &calamine::Sheet| match wanted {
        [] => sheet.visible == SheetVisible::Visible,
        names => names.contains(&sheet.name),
    };
    let (seen, rest): (Vec<_>, Vec<_>) = known.into_iter().partition(is_seen);
    let read = |known: calamine::Sheet| Ok(sheet(&known.name, &book.worksheet_range(&known.name).map_err(failure)?));
    let sheets = seen.into_iter().map(read).collect::<Result<_, String>>()?;
    let hidden = rest.into_iter().filter(|sheet| sheet.visible != SheetVisible::Visible).map(|sheet| sheet.name);
    Ok((sheets, hidden.collect()))
}

/// Detection says no more than that it failed: what is wrong is asked of the kind that the first bytes name.
fn why_not(bytes: &[u8], detection: &calamine::Error) -> String {
    let xlsx = Xlsx::new(Cursor::new(bytes)).err().filter(|_| bytes.starts_with(b"PK"));
    xlsx.map_or_else(
        || format!("the workbook cannot be read: {detection}"),
        |error| format!("the workbook cannot be read: {error}"),
    )
}

fn sheet(name: &str, range: &Range<Data>) -> Sheet {
    let (first_row, first_column) = range.start().unwrap_or((0, 0));
    let lines = u64::from(first_row) + 1..;
    let rows = lines.zip(range.rows()).map(|(line, cells)| {
        let before = (0..first_column).map(|_| Cell::Empty);
        SheetRow::new(line, before.chain(cells.iter().map(cell)).collect())
    });
    Sheet { name: Some(name.into()), rows: rows.collect(), lettered: true, ..Sheet::default() }
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Number(number.to_string()),
        Data::Float(number) => decimal_of(*number),
        Data::String(text) => Cell::of_text(text),
        Data::Bool(truth) => Cell::Text(truth.to_string()),
        Data::DateTime(at) => date(at),
        Data::DateTimeIso(text) => match text.parse::<DateTime>() {
            Ok(at) => Cell::of_date(at),
            Err(_) => Cell::of_text(text),
        },
        Data::DurationIso(text) => Cell::of_text(text),
        Data::Error(error) => Cell::Text(error.to_string()),
    }
}

/// A date; a duration, and what no calendar has, stays the number that is stored.
fn date(at: &ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let small = |part: u8| i8::try_from(part).unwrap_or(i8::MAX);
    let civil = DateTime::new(
        i16::try_from(year).unwrap_or(i16::MAX),
        small(month),
        small(day),
        small(hour),
        small(minute),
        small(second),
        i32::from(milli) * 1_000_000,
    );
    match civil {
        Ok(civil) if at.is_datetime() && at.as_f64() >= 1.0 => Cell::of_date(civil),
        _ => decimal_of(at.as_f64()),
    }
}
