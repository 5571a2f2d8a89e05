//! Looks at the rows of a re-rate that is taken back: those still in force, each with the reversal before it, which holds
//! what the call cost until then.

use crate::rerate::cells::{Cells, Fate, shelf_of};
use crate::rerate::judge::LOCKED;
use didtron_ports::{Kept, StoredRows};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;
use std::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Undoer {
    /// Of the identities' hash.
    pub(crate) range: Range<u64>,
    /// By packed place of the re-rate's rows that were taken back, the batch that did.
    pub(crate) taken_by: FxHashMap<u64, u64>,
    /// Batches of re-rates and undos.
    pub(crate) rerates: FxHashSet<u64>,
    pub(crate) cells: Mutex<Cells>,
}

impl Undoer {
    /// Rows of the re-rate's batches of either sign; what is in force and what it replaced lie on one shelf.
    pub(crate) fn see(&self, rows: &StoredRows) -> Vec<(u32, u8)> {
        let hash = |row: usize| rows.columns.calls.identity[row].range_hash();
        let mut cells = self.cells.lock().expect(LOCKED);
        let mut laid = Vec::new();
        for row in 0..rows.len() {
            if !self.range.contains(&hash(row)) {
                continue;
            }
            // A rating follows its reversal.
            let is_rating = rows.columns.sign[row] > 0;
            let rating = rows.places[row] + u64::from(!is_rating);
            let taken_by = self.taken_by.get(&rating);
            if taken_by.is_none() {
                laid.push((u32::try_from(row).expect("a few thousand rows"), shelf_of(hash(row))));
            }
            if is_rating {
                cells.add(hash(row), taken_by.map_or(Fate::Changed, |by| self.keep(*by)));
            }
        }
        laid
    }

    fn keep(&self, by: u64) -> Fate {
        Fate::Kept(if self.rerates.contains(&by) { Kept::Rerated } else { Kept::Corrected })
    }
}
