//! Looks at the rows of a re-rate that is taken back: those still in force, each with the reversal before it, which holds
//! what the call cost until then.

use crate::rerate::cells::{Cells, Fate, shelf_of};
use crate::rerate::judge::{LOCKED, Window};
use didtron_ports::{Kept, RowPlace, StoredRows};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Undoer {
    pub(crate) window: Window,
    /// By packed place of the re-rate's rows that were taken back, the batch that did.
    pub(crate) taken_by: FxHashMap<u64, u64>,
    /// Batches of re-rates and undos.
    pub(crate) rerates: FxHashSet<u64>,
    pub(crate) cells: Mutex<Cells>,
}

impl Undoer {
    /// Rows of the re-rate's batches of either sign; what is in force and what it replaced lie on one shelf.
    pub(crate) fn see(&self, rows: &StoredRows) -> Vec<(u32, u8)> {
        let hash = |row: usize| self.window.cut_by.hash(rows, row);
        let mut cells = self.cells.lock().expect(LOCKED);
        let mut laid = Vec::new();
        for row in 0..rows.len() {
            if !self.window.range.contains(&hash(row)) {
                continue;
            }
            // A rating follows its reversal.
            let is_rating = rows.columns.sign[row] > 0;
            let rating = rows.places[row] + u64::from(!is_rating);
            let is_in_force = !self.window.reversed.has(RowPlace::unpack(rating));
            if is_in_force {
                laid.push((u32::try_from(row).expect("a few thousand rows"), shelf_of(hash(row))));
            }
            if is_rating {
                cells.add(hash(row), if is_in_force { Fate::Changed } else { self.keep(rating) });
            }
        }
        laid
    }

    fn keep(&self, place: u64) -> Fate {
        let is_rerate = self.taken_by.get(&place).is_some_and(|by| self.rerates.contains(by));
        Fate::Kept(if is_rerate { Kept::Rerated } else { Kept::Corrected })
    }
}
