//! Which column holds which field: found in the header by the mapping's names, or by common ones where it allows.

use crate::cell::Cell;
use crate::grid::{Sheet, SheetRow};
use crate::header_names::{field_of, normal, rank};
use didtron_schemas::deck_file::{Finding, Scope};
use didtron_schemas::deck_mapping::field::letters_of;
use didtron_schemas::deck_mapping::{ColumnRef, DeckField, DeckMapping, Filter, Header};

/// Rows that are searched for a header.
const HEADER_ROWS_MAX: usize = 200;
/// What begins the name of a column that a joined file added.
pub(crate) const JOINED: &str = "join:";

/// The columns of one sheet.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    at: [Option<usize>; DeckField::ALL.len()],
    /// How each column is called in findings.
    shown: Vec<String>,
    /// For each filter of `keep`, then of `drop`, its column.
    pub(crate) filters: Vec<usize>,
}

impl Columns {
    pub(crate) fn of(&self, field: DeckField) -> Option<usize> {
        self.at[field as usize]
    }

    pub(crate) fn has(&self, field: DeckField) -> bool {
        self.of(field).is_some()
    }

    /// The cell of a field; an empty one where the sheet has no such column.
    pub(crate) fn cell<'r>(&self, row: &'r SheetRow, field: DeckField) -> &'r Cell {
        const EMPTY: &Cell = &Cell::Empty;
        self.of(field).map_or(EMPTY, |at| row.cell(at))
    }

    /// How the column of a field is called in findings; the field's name where there is none.
    pub(crate) fn shown(&self, field: DeckField) -> String {
        self.of(field).map_or_else(|| field.name().to_owned(), |at| self.shown_at(at))
    }

    pub(crate) fn shown_at(&self, at: usize) -> String {
        self.shown.get(at).cloned().unwrap_or_else(|| (at + 1).to_string())
    }

    /// The fields that have a column, as pairs for people.
    pub(crate) fn listed(&self) -> String {
        let pairs = DeckField::ALL.iter().filter(|field| self.has(**field));
        pairs.map(|&field| format!("{} from {}", field.name(), self.shown(field))).collect::<Vec<_>>().join(", ")
    }
}

/// The position of the header row among the rows, `None` for a sheet without one; or why it was not found.
pub(crate) fn header_row(sheet: &Sheet, mapping: &DeckMapping) -> Result<Option<usize>, Finding> {
    match mapping.layout.header {
        Header::None => Ok(None),
        Header::Row(line) => match sheet.rows.iter().position(|row| row.line == line) {
            Some(at) => Ok(Some(at)),
            None => Err(of_sheet(sheet, format!("there is no row {line} to be the header"))),
        },
        Header::Detect => {
            let rows = sheet.rows.iter().enumerate().skip(mapping.layout.skip_rows).take(HEADER_ROWS_MAX);
            let found =
                rows.map(|(at, row)| (at, missing(mapping, &row.cells))).filter(|(_, missing)| missing.is_empty());
            match found.map(|(at, _)| at).next() {
                Some(at) => Ok(Some(at)),
                None => Err(no_header(sheet, mapping)),
            }
        }
    }
}

/// How many of the names that the mapping or custom knows a row has: what tells a separator.
pub(crate) fn known_names(mapping: &DeckMapping, cells: &[Cell]) -> usize {
    let names: Vec<String> = cells.iter().map(|cell| normal(cell.text())).collect();
    let mapped = mapping.columns.values().filter(|column| position(column, &names).is_some_and(|found| found.is_ok()));
    let recognised = names.iter().filter(|name| mapping.recognises() && field_of(name).is_some());
    mapped.count() + recognised.count()
}

/// The fields that a header must have and that this row does not name.
fn missing(mapping: &DeckMapping, cells: &[Cell]) -> Vec<&'static str> {
    let names: Vec<String> = cells.iter().map(|cell| normal(cell.text())).collect();
    let lacks = |column: &ColumnRef| {
        matches!(column, ColumnRef::Names(_)) && !is_joined(column) && position(column, &names).is_none()
    };
    let required = mapping.columns.iter().filter(|(field, _)| !mapping.optional.contains(field));
    let mut missing: Vec<&'static str> =
        required.filter(|(_, column)| lacks(column)).map(|(field, _)| field.name()).collect();
    if mapping.recognises() {
        let has = |field: DeckField| {
            mapping.columns.contains_key(&field) || names.iter().any(|name| field_of(name) == Some(field))
        };
        if !has(DeckField::Prefix) {
            missing.push("prefix");
        }
        if !has(DeckField::Rate) && !has(DeckField::Inter) {
            missing.push("rate");
        }
    }
    missing
}

fn no_header(sheet: &Sheet, mapping: &DeckMapping) -> Finding {
    let rows = sheet.rows.iter().skip(mapping.layout.skip_rows).take(HEADER_ROWS_MAX).filter(|row| !row.is_blank());
    let Some((line, best)) =
        rows.map(|row| (row.line, missing(mapping, &row.cells))).min_by_key(|(_, missing)| missing.len())
    else {
        return of_sheet(sheet, "there are no rows".to_owned());
    };
    let message = format!(
        "no row names all columns that are needed; the nearest, row {line}, lacks {}; name the columns in a mapping",
        best.join(", ")
    );
    of_sheet(sheet, message)
}

fn of_sheet(sheet: &Sheet, message: String) -> Finding {
    Finding { sheet: sheet.name.as_deref().map(str::to_owned), ..Finding::of_file(message) }
}

fn is_joined(column: &ColumnRef) -> bool {
    matches!(column, ColumnRef::Names(names) if names.iter().all(|name| name.starts_with(JOINED)))
}

/// Where a column is: not there, there, or there more than once under one name.
fn position(column: &ColumnRef, names: &[String]) -> Option<Result<usize, String>> {
    match column {
        ColumnRef::Position(at) => Some(Ok(at - 1)),
        ColumnRef::Names(wanted) => wanted.iter().find_map(|wanted| {
            let normal = normal(wanted);
            let mut found = names.iter().enumerate().filter(|(_, name)| **name == normal).map(|(at, _)| at);
            match (found.next()?, found.next()) {
                (at, None) => Some(Ok(at)),
                _ => Some(Err(wanted.clone())),
            }
        }),
    }
}

/// Finds every column, or tells what stands in the way.
pub(crate) fn columns(sheet: &Sheet, header: Option<usize>, mapping: &DeckMapping) -> Result<Columns, Vec<Finding>> {
    let cells: &[Cell] = header.map_or(&[], |at| &sheet.rows[at].cells);
    let names: Vec<String> = cells.iter().map(|cell| normal(cell.text())).collect();
    let mut finder = Finder {
        line: header.map(|at| sheet.rows[at].line),
        sheet,
        names,
        columns: Columns { at: [None; DeckField::ALL.len()], shown: shown(sheet, cells), filters: Vec::new() },
        findings: Vec::new(),
    };
    finder.mapped(mapping);
    if mapping.recognises() {
        finder.recognised();
    }
    finder.filters(&mapping.keep);
    finder.filters(&mapping.drop);
    if finder.findings.is_empty() { Ok(finder.columns) } else { Err(finder.findings) }
}

fn shown(sheet: &Sheet, header: &[Cell]) -> Vec<String> {
    let width = sheet.rows.iter().take(HEADER_ROWS_MAX).map(|row| row.cells.len()).max().unwrap_or(0);
    let shown = |at: usize| {
        let name = header.get(at).map_or("", Cell::text);
        match (sheet.lettered, name) {
            (true, "") => letters_of(at + 1),
            (true, name) => format!("{} ({name})", letters_of(at + 1)),
            (false, "") => (at + 1).to_string(),
            (false, name) => name.to_owned(),
        }
    };
    (0..width).map(shown).collect()
}

struct Finder<'a> {
    sheet: &'a Sheet,
    /// The line of the header.
    line: Option<u64>,
    /// The names in the header, in their normal form.
    names: Vec<String>,
    columns: Columns,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn find(&mut self, column: String, message: String) {
        let finding = of_sheet(self.sheet, message);
        self.findings.push(Finding { row: self.line, column, scope: Scope::File, ..finding });
    }

    fn mapped(&mut self, mapping: &DeckMapping) {
        for (&field, column) in &mapping.columns {
            match position(column, &self.names) {
                Some(Ok(at)) => self.columns.at[field as usize] = Some(at),
                Some(Err(name)) => {
                    self.find(name, "the header has two columns of this name; give its position".to_owned())
                }
                None if mapping.optional.contains(&field) => {}
                None => self.find(field.name().to_owned(), format!("there is no column for {}", field.name())),
            }
        }
    }

    fn recognised(&mut self) {
        let mapped: Vec<usize> = self.columns.at.iter().flatten().copied().collect();
        for &field in DeckField::ALL.iter() {
            if self.columns.has(field) {
                continue;
            }
            let is_free = |at: &usize| !mapped.contains(at) && field_of(&self.names[*at]) == Some(field);
            let found: Vec<usize> = (0..self.names.len()).filter(is_free).collect();
            match *found {
                [] => {}
                [at] => self.columns.at[field as usize] = Some(at),
                _ if matches!(field, DeckField::Destination | DeckField::Country) => {
                    let first = found.into_iter().min_by_key(|&at| rank(field, &self.names[at]));
                    self.columns.at[field as usize] = first;
                }
                _ => self.several(field, &found),
            }
        }
        self.second_increment();
        self.kinds();
        self.country_code(&mapped);
    }

    /// A country code beside anything but area codes may already be in front of them.
    fn country_code(&mut self, mapped: &[usize]) {
        let at = |field: DeckField| self.columns.of(field);
        let (Some(country), Some(code)) = (at(DeckField::CountryCode), at(DeckField::Prefix)) else { return };
        let is_area = self.names[code].split(' ').any(|word| matches!(word, "area" | "city"));
        if !mapped.contains(&country) && !is_area {
            let columns = format!("{}, {}", self.columns.shown_at(country), self.columns.shown_at(code));
            let message =
                "the codes may begin with the country code or lack it; name the columns that count in a mapping";
            self.find(columns, message.to_owned());
        }
    }

    fn several(&mut self, field: DeckField, found: &[usize]) {
        let list = found.iter().map(|&at| self.columns.shown_at(at)).collect::<Vec<_>>().join(", ");
        let what = if field == DeckField::Rate { "a price" } else { field.name() };
        self.find(list, format!("several columns could be {what}; say in a mapping which one is"));
    }

    /// `Initial Increment` beside `Increment`: the second is the one after the first.
    fn second_increment(&mut self) {
        let at = |field: DeckField| self.columns.at[field as usize];
        if let (Some(_), None, Some(next)) =
            (at(DeckField::InitialInterval), at(DeckField::NextInterval), at(DeckField::Increment))
        {
            self.columns.at[DeckField::NextInterval as usize] = Some(next);
            self.columns.at[DeckField::Increment as usize] = None;
        }
    }

    fn kinds(&mut self) {
        let us = [DeckField::Inter, DeckField::Intra, DeckField::Indeterminate].map(|field| self.columns.has(field));
        if us.contains(&true) && (us.contains(&false) || self.columns.has(DeckField::Rate)) {
            let message =
                "prices by state need all three of interstate, intrastate and indeterminate, and no other price";
            self.find(String::new(), message.to_owned());
        }
    }

    fn filters(&mut self, filters: &[Filter]) {
        for filter in filters {
            match position(&filter.column, &self.names) {
                Some(Ok(at)) => self.columns.filters.push(at),
                Some(Err(name)) => {
                    self.find(name, "the header has two columns of this name; give its position".to_owned())
                }
                None => {
                    let name = match &filter.column {
                        ColumnRef::Names(names) => names.join(", "),
                        ColumnRef::Position(at) => at.to_string(),
                    };
                    self.find(name, "a filter of the mapping names this column, and it is not there".to_owned());
                }
            }
        }
    }
}
