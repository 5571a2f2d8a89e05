//! What is read of a rate sheet, as the caller sees it.

use didtron_domain::deck::{DeckRow, VersionMode};
use didtron_schemas::deck_file::{Finding, Scope};
use std::sync::Arc;

/// A file that was read into memory.
#[derive(Clone, Copy, Debug)]
pub struct SheetFile<'a> {
    /// Its name without its folder.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Where a deck row comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The sheet of a workbook or the card of a rate card.
    pub sheet: Option<Arc<str>>,
    /// The row of the sheet or the line of the file, counted from 1.
    pub row: u64,
}

/// What was read, right and wrong.
#[derive(Clone, Debug, Default)]
pub struct DeckReading {
    /// The rows with which nothing is wrong, in the order of the file. A row of the file that stands for several
    /// prefixes gives one for each. None where the whole file is refused.
    pub rows: Vec<(DeckRow, Place)>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What a person should know though nothing is wrong: how the sheet was understood, rows that are no rates,
    /// prices that look odd.
    pub notes: Vec<String>,
    /// The name of the mapping that was used; `automatic` for none.
    pub mapping: String,
    /// Whether the mapping says that such sheets are full lists or deltas.
    pub mode: Option<VersionMode>,
}

impl DeckReading {
    /// Whether `rows` may be imported: nothing is wrong, or single rows only and these may be left out.
    #[must_use]
    pub fn is_importable(&self, skip_bad_rows: bool) -> bool {
        self.findings.is_empty() || (skip_bad_rows && self.findings.iter().all(|finding| finding.scope == Scope::Row))
    }
}
