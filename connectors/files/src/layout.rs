//! A mapping laid over one file's header: which cell is which field, and whether the two fit at all.

use crate::instants::InstantReader;
use crate::lines::LineRules;
use didtron_schemas::call_mapping::{Answered, CallMapping, ColumnRef, Field, Format};
use encoding_rs::Encoding;

/// What decoding a record needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) mapping: CallMapping,
    pub(crate) rules: LineRules,
    pub(crate) instants: InstantReader,
    /// As text, without its line end; empty where there is none.
    pub(crate) header: String,
    /// The fields that have a cell, and which one, counted from 0; in the order of the cells.
    pub(crate) cells: Vec<(Field, usize)>,
    /// For each field the text where a record has none.
    constants: [String; Field::ALL.len()],
    /// The cells of the identity, where the mapping names some.
    pub(crate) identity: Vec<usize>,
    pub(crate) cell_counts: CellCounts,
    /// For JSON lines the keys that stand for cells.
    pub(crate) keys: Vec<String>,
    /// `None` is UTF-8.
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) decimal_point: u8,
}

/// How many cells a record may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CellCounts {
    OneOf(Vec<usize>),
    AtLeast(usize),
}

impl Layout {
    /// Lays `mapping` over a header; without one where the file has none (or nothing at all).
    pub(crate) fn resolve(mapping: &CallMapping, header: Option<&str>) -> Result<Self, String> {
        let rules = LineRules::of(mapping);
        let encoding = encoding_of(mapping)?;
        let names = header.map(|header| column_names(header, &rules)).transpose()?;
        if let Some(names) = &names {
            check_header(mapping, names)?;
        }
        let keys = if mapping.format == Format::Jsonl { keys(mapping) } else { Vec::new() };
        let place = |column: &ColumnRef| match column {
            ColumnRef::Position(position) => Some(position - 1),
            ColumnRef::Name(name) => names.as_ref().unwrap_or(&keys).iter().position(|known| known == name),
        };
        Ok(Self {
            cells: cells(mapping, place),
            constants: Field::ALL.map(|field| mapping.constant(field).to_owned()),
            identity: mapping.identity.iter().filter_map(place).collect(),
            cell_counts: cell_counts(mapping, names.as_deref()),
            instants: InstantReader::of(mapping)?,
            header: header.unwrap_or_default().to_owned(),
            decimal_point: if mapping.decimal_comma { b',' } else { b'.' },
            mapping: mapping.clone(),
            rules,
            keys,
            encoding,
        })
    }

    /// What stands for a field where a record has none; empty where nothing does.
    #[inline]
    pub(crate) fn constant(&self, field: Field) -> &str {
        &self.constants[field as usize]
    }

    /// What the file calls a field's column; the field's own name where it has none.
    pub(crate) fn column_name(&self, field: Field) -> String {
        self.mapping.columns.get(&field).map_or_else(|| field.name().to_owned(), ToString::to_string)
    }
}

fn encoding_of(mapping: &CallMapping) -> Result<Option<&'static Encoding>, String> {
    let name = mapping.csv.encoding.as_str();
    match Encoding::for_label(name.as_bytes()) {
        Some(found) if found == encoding_rs::UTF_8 => Ok(None),
        Some(found) if found.is_ascii_compatible() => Ok(Some(found)),
        Some(_) => Err(format!("the encoding {name:?} does not hold ASCII as it is")),
        None => Err(format!("the encoding {name:?} is not known: a name such as windows-1252 is expected")),
    }
}

fn column_names(header: &str, rules: &LineRules) -> Result<Vec<String>, String> {
    let mut cells = crate::cells::Cells::default();
    let row = cells.split(header, rules).map_err(|fault| fault.to_string())?;
    Ok((0..row.len()).map(|at| row.cell(at).to_owned()).collect())
}

fn keys(mapping: &CallMapping) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for column in mapping.columns.values().chain(&mapping.identity) {
        match column {
            ColumnRef::Name(name) if !keys.contains(name) => keys.push(name.clone()),
            _ => {}
        }
    }
    keys
}

fn cells(mapping: &CallMapping, place: impl Fn(&ColumnRef) -> Option<usize>) -> Vec<(Field, usize)> {
    let columns = mapping.columns.iter();
    let mut cells: Vec<_> = columns.filter_map(|(field, column)| Some((*field, place(column)?))).collect();
    cells.sort_unstable_by_key(|(_, at)| *at);
    cells
}

fn cell_counts(mapping: &CallMapping, names: Option<&[String]>) -> CellCounts {
    if let Some(names) = names {
        return CellCounts::OneOf(vec![names.len()]);
    }
    let positions = mapping.columns.values().chain(&mapping.identity).filter_map(|column| match column {
        ColumnRef::Position(position) => Some(*position),
        ColumnRef::Name(_) => None,
    });
    match mapping.csv.cell_counts.is_empty() {
        true => CellCounts::AtLeast(positions.max().unwrap_or(0)),
        false => CellCounts::OneOf(mapping.csv.cell_counts.clone()),
    }
}

fn check_header(mapping: &CallMapping, names: &[String]) -> Result<(), String> {
    let found = || format!("found: {}{}", names.join(", "), separator_hint(mapping, names));
    let absent = |column: &ColumnRef| match column {
        ColumnRef::Name(name) => !names.contains(name),
        ColumnRef::Position(position) => *position > names.len(),
    };
    let needed = mapping.columns.iter().filter(|(field, _)| is_needed(mapping, **field)).map(|(_, column)| column);
    let missing: Vec<String> = needed.chain(&mapping.identity).filter(|c| absent(c)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        return Err(format!("missing columns: {}; {}", missing.join(", "), found()));
    }
    let is_known = |name: &str| mapping.columns.values().any(|c| matches!(c, ColumnRef::Name(known) if known == name));
    let unknown: Vec<&str> = names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
    if mapping.refuse_unknown_columns && !unknown.is_empty() {
        let known: Vec<String> = mapping.columns.values().map(ToString::to_string).collect();
        return Err(format!("unknown columns: {}; known: {}", unknown.join(", "), known.join(", ")));
    }
    match names.iter().enumerate().find(|(at, name)| is_known(name) && names[..*at].contains(name)) {
        Some((_, name)) => Err(format!("the column {name} is there twice; {}", found())),
        None => Ok(()),
    }
}

fn is_needed(mapping: &CallMapping, field: Field) -> bool {
    let decides = field == Field::Answer && mapping.answered == Answered::AnswerGiven;
    decides || !mapping.optional.contains(&field)
}

fn separator_hint(mapping: &CallMapping, names: &[String]) -> String {
    let [only] = names else { return String::new() };
    let separator = char::from(mapping.csv.separator.0);
    match [',', ';', '\t', '|'].into_iter().find(|&other| other != separator && only.contains(other)) {
        Some(other) => format!(" (one column: is the separator {other:?} and not {separator:?}?)"),
        None => String::new(),
    }
}
