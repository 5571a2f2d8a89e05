//! From a file to tables whose columns are known, and from these to rows: the order of the steps.

use crate::cell::Cell;
use crate::columns::{self, Columns};
use crate::conventions::{self, PRICES, Seen};
use crate::deck_reading::{DeckReading, Place, SheetFile};
use crate::grid::{Sheet, SheetRow};
use crate::rows::{RowReader, Rules};
use crate::{delimited, encoding, join, notes, rate_card, workbook};
use didtron_domain::Instant;
use didtron_domain::deck::DeckHead;
use didtron_schemas::deck_file::Finding;
use didtron_schemas::deck_mapping::{DeckField, DeckForm, DeckMapping, Filter};
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// What is read, and by which rules.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a SheetFile<'a>,
    pub(crate) beside: &'a [SheetFile<'a>],
    pub(crate) mapping: &'a DeckMapping,
    pub(crate) head: &'a DeckHead,
    pub(crate) now: Instant,
}

/// A sheet whose columns are known, and its rows that are rates.
struct Table {
    sheet: Sheet,
    columns: Columns,
    /// Positions among the rows of the sheet.
    rates: Vec<usize>,
}

impl Source<'_> {
    /// Reads everything into `reading`; an error is what stands in the way of reading rows at all.
    pub(crate) fn read(&self, reading: &mut DeckReading) -> Result<(), Vec<Finding>> {
        let (sheets, zone) = self.sheets(reading)?;
        let tables = self.tables(sheets, reading)?;
        let seen = tables.iter().flat_map(|table| {
            table.rates.iter().map(|&at| Seen {
                sheet: &table.sheet,
                columns: &table.columns,
                row: &table.sheet.rows[at],
            })
        });
        let conventions = conventions::settle(seen, self.mapping, &mut reading.findings);
        let rules =
            Rules { mapping: self.mapping, head: self.head, conventions, zone: self.zone(zone)?, now: self.now };
        let mut newest = None;
        for table in &tables {
            newest = newest.max(read_rows(table, &rules, reading));
        }
        reading.notes.extend(notes::old(newest, self.now));
        reading.notes.extend(notes::far_prices(reading.rows.iter().map(|(row, _)| row)));
        Ok(())
    }

    /// The zone of bare dates: the mapping's, else the file's, else the deck's.
    fn zone(&self, of_file: Option<TimeZone>) -> Result<TimeZone, Vec<Finding>> {
        let named = self.mapping.dates.zone.as_ref().map(|zone| zone.as_str());
        match (named, of_file) {
            (None, Some(zone)) => Ok(zone),
            (named, _) => {
                let name = named.unwrap_or(&self.head.zone);
                TimeZone::get(name).map_err(|_| vec![Finding::of_file(format!("{name:?} is not a zone"))])
            }
        }
    }

    fn sheets(&self, reading: &mut DeckReading) -> Result<(Vec<Sheet>, Option<TimeZone>), Vec<Finding>> {
        if self.mapping.form == DeckForm::RateCard {
            let text = self.text(self.file.bytes, reading)?;
            let card = rate_card::read(&text, self.mapping, self.head)?;
            reading.notes.extend(card.notes);
            return Ok((card.sheets, card.zone));
        }
        Ok((self.grid(self.file.bytes, self.mapping.layout.separator.map(|mark| mark.0), reading)?, None))
    }

    fn text<'b>(&self, bytes: &'b [u8], reading: &mut DeckReading) -> Result<Cow<'b, str>, Vec<Finding>> {
        let decoded = encoding::decode(bytes, self.mapping.layout.encoding.as_deref());
        let (text, note) = decoded.map_err(|message| vec![Finding::of_file(message)])?;
        reading.notes.extend(note);
        Ok(text)
    }

    fn grid(&self, bytes: &[u8], separator: Option<u8>, reading: &mut DeckReading) -> Result<Vec<Sheet>, Vec<Finding>> {
        let one = |message: String| vec![Finding::of_file(message)];
        if workbook::is_workbook(bytes) {
            let (sheets, hidden) = workbook::sheets(bytes, &self.mapping.layout.sheets).map_err(one)?;
            reading.notes.extend(hidden.iter().map(|name| format!("the hidden sheet {name} was not read")));
            return Ok(sheets);
        }
        let text = self.text(bytes, reading)?;
        let known = |cells: &[Cell]| columns::known_names(self.mapping, cells);
        Ok(vec![delimited::sheet(&text, separator, known).map_err(one)?])
    }

    /// The sheets that have the columns. One without them is passed over, unless it is the only one or was asked for.
    fn tables(&self, sheets: Vec<Sheet>, reading: &mut DeckReading) -> Result<Vec<Table>, Vec<Finding>> {
        let other = self.joined(reading)?;
        let (mut tables, mut refused, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for mut sheet in sheets {
            match columns::header_row(&sheet, self.mapping) {
                Err(finding) => refused.push(finding),
                Ok(header) => {
                    let joined = match (&other, &self.mapping.join, header) {
                        (Some(other), Some(how), Some(header)) => join::join(&mut sheet, header, other, how),
                        _ => Ok(()),
                    };
                    let columns = joined
                        .map_err(|finding| vec![finding])
                        .and_then(|()| columns::columns(&sheet, header, self.mapping));
                    match columns {
                        Ok(columns) => tables.push(self.table(sheet, header, columns, reading)),
                        Err(wrong) => findings.extend(wrong),
                    }
                }
            }
        }
        if !findings.is_empty() || tables.is_empty() || !self.mapping.layout.sheets.is_empty() {
            findings.append(&mut refused);
        }
        let passed = refused
            .into_iter()
            .filter_map(|finding| Some(format!("sheet {} has no rates: {}", finding.sheet?, finding.message)));
        reading.notes.extend(passed);
        if findings.is_empty() { Ok(tables) } else { Err(findings) }
    }

    /// The file that the mapping joins.
    fn joined(&self, reading: &mut DeckReading) -> Result<Option<Sheet>, Vec<Finding>> {
        let Some(join) = &self.mapping.join else { return Ok(None) };
        let file = join.files.iter().find_map(|name| self.beside.iter().find(|file| file.name == name));
        let Some(file) = file else {
            let names = join.files.join(" or ");
            return Err(vec![Finding::of_file(format!("the mapping joins {names}, which is not beside the file"))]);
        };
        let separator = self.mapping.layout.separator.map(|mark| mark.0);
        Ok(self.grid(file.bytes, separator, reading)?.into_iter().next())
    }

    /// Tells rates from titles, terms and blank rows.
    fn table(&self, sheet: Sheet, header: Option<usize>, columns: Columns, reading: &mut DeckReading) -> Table {
        let first = header.map_or(self.mapping.layout.skip_rows, |at| at + 1);
        let (mut rates, mut filtered, mut texts) = (Vec::new(), 0, Vec::new());
        for (at, row) in sheet.rows.iter().enumerate().skip(first) {
            match self.kind(row, header.map(|at| &sheet.rows[at]), &columns) {
                RowKind::Rate => rates.push(at),
                RowKind::Blank => {}
                RowKind::Filtered => filtered += 1,
                RowKind::Text => texts.push(row.line),
                RowKind::End => break,
            }
        }
        let place = sheet.name.as_deref().map_or_else(String::new, |name| format!("sheet {name}: "));
        reading.notes.push(format!("{place}{}", columns.listed()));
        if !columns.has(DeckField::Destination)
            && !columns.has(DeckField::Country)
            && self.mapping.constant(DeckField::Destination).is_empty()
        {
            reading.notes.push(format!("{place}no column names the destinations; each is called by its code"));
        }
        if filtered > 0 {
            reading.notes.push(format!("{place}{filtered} rows are left out by the filters of the mapping"));
        }
        if !texts.is_empty() {
            reading.notes.push(format!(
                "{place}{} rows have neither a code nor a price and were passed over: {}",
                texts.len(),
                shown(&texts)
            ));
        }
        Table { sheet, columns, rates }
    }

    fn kind(&self, row: &SheetRow, header: Option<&SheetRow>, columns: &Columns) -> RowKind {
        let layout = &self.mapping.layout;
        let first = row.first_text();
        if first.is_empty() {
            return RowKind::Blank;
        }
        if layout.comment.as_ref().is_some_and(|mark| first.starts_with(mark.as_str())) {
            return RowKind::Text;
        }
        if layout.end_texts.iter().any(|text| first.starts_with(text.as_str())) {
            return RowKind::End;
        }
        let (keep, drop) = columns.filters.split_at(self.mapping.keep.len());
        let kept = self.mapping.keep.iter().zip(keep).all(|(filter, &at)| meets(filter, row.cell(at).text()));
        let dropped = self.mapping.drop.iter().zip(drop).any(|(filter, &at)| meets(filter, row.cell(at).text()));
        if !kept || dropped {
            return RowKind::Filtered;
        }
        if is_text(row, columns) || header.is_some_and(|header| header.cells == row.cells) {
            return RowKind::Text;
        }
        RowKind::Rate
    }
}

/// What a row of a sheet is.
enum RowKind {
    Rate,
    Blank,
    /// Left out by a filter of the mapping.
    Filtered,
    /// A title, a heading, terms: no rate.
    Text,
    /// The first row after the table.
    End,
}

/// Whether a row has neither a code nor a price, or nothing but one text.
fn is_text(row: &SheetRow, columns: &Columns) -> bool {
    let codes = [DeckField::Prefix, DeckField::CountryCode];
    let empty = |field: &DeckField| columns.cell(row, *field).is_empty();
    if codes.iter().chain(&PRICES).all(empty) {
        return true;
    }
    let mut filled = row.cells.iter().filter(|cell| !cell.is_empty());
    match (filled.next(), filled.next()) {
        (Some(only), None) => only.text().contains(char::is_alphabetic),
        _ => false,
    }
}

fn meets(filter: &Filter, text: &str) -> bool {
    let text = text.to_lowercase();
    filter.words.iter().any(|word| word.to_lowercase() == text)
        || filter.begins.iter().any(|front| text.starts_with(&front.to_lowercase()))
}

/// The first lines of a list.
fn shown(lines: &[u64]) -> String {
    let first = lines.iter().take(5).map(u64::to_string).collect::<Vec<_>>().join(", ");
    if lines.len() > 5 { format!("{first}, …") } else { first }
}

/// Reads the rates of a table; the latest date among them comes back.
fn read_rows(table: &Table, rules: &Rules<'_>, reading: &mut DeckReading) -> Option<Instant> {
    let mut reader = RowReader::new(rules, &table.sheet, &table.columns);
    let mut lacks_increment = false;
    for &at in &table.rates {
        let row = &table.sheet.rows[at];
        for deck_row in reader.row(row) {
            lacks_increment |= deck_row.price.is_some() && deck_row.increment.is_none();
            reading.rows.push((deck_row, Place { sheet: table.sheet.name.clone(), row: row.line }));
        }
    }
    if lacks_increment && !reader.has_increments() {
        let message = "the sheet has no increments, and neither its mapping nor its deck names any";
        reading
            .findings
            .push(Finding { sheet: table.sheet.name.as_deref().map(str::to_owned), ..Finding::of_file(message) });
    }
    if reader.past_count > 0 {
        reading.notes.push(format!("{} rows have a date in the past, which means now", reader.past_count));
    }
    reading.notes.extend(reader.unused_rules().map(|name| format!("the increment rule {name:?} fits no destination")));
    reading.findings.append(&mut reader.findings);
    reader.newest
}
