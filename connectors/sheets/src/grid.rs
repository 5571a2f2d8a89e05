//! A sheet as rows of cells, before anybody knows what its columns mean.

use crate::cell::Cell;
use didtron_domain::{Increment, Instant};
use std::sync::Arc;

/// One table of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// The sheet of a workbook or the card of a rate card.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) rows: Vec<SheetRow>,
    /// Whether people know its columns by letters.
    pub(crate) lettered: bool,
    /// What the file says for rows that do not.
    pub(crate) defaults: Defaults,
}

/// A row and its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct SheetRow {
    /// The row of the sheet or the line of the file, counted from 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<Cell>,
    /// The key of a joined file was not found.
    pub(crate) lacks_joined: bool,
}

impl SheetRow {
    pub(crate) fn new(line: u64, cells: Vec<Cell>) -> Self {
        Self { line, cells, lacks_joined: false }
    }

    pub(crate) fn cell(&self, at: usize) -> &Cell {
        const EMPTY: &Cell = &Cell::Empty;
        self.cells.get(at).unwrap_or(EMPTY)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }

    /// The text of the first filled cell; empty for a blank row.
    pub(crate) fn first_text(&self) -> &str {
        self.cells.iter().map(Cell::text).find(|text| !text.is_empty()).unwrap_or("")
    }
}

/// What a rate card says for all its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) initial_s: Option<u32>,
    pub(crate) next_s: Option<u32>,
    pub(crate) effective_from: Option<Instant>,
    pub(crate) effective_to: Option<Instant>,
    pub(crate) connect_fee: Option<didtron_domain::Price>,
}

impl Defaults {
    pub(crate) fn increment(&self) -> Option<Increment> {
        Increment::new(self.initial_s?, self.next_s?)
    }
}
