//! Looks at the rows of a re-rate that is taken back: those still in force, each with the reversal before it, which holds
//! what the call cost until then.

use crate::rerate::cells::{Cells, Fate, shelf_of};
use crate::rerate::judge::{LOCKED, Parts};
use didtron_ports::{Kept, KeptCall, RowPlace, StoredRows};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Undoer {
    pub(crate) parts: Parts,
    /// By packed place of the re-rate's rows that were taken back, the batch that did; without those of this undo.
    pub(crate) taken_by: FxHashMap<u64, u64>,
    /// Batches of re-rates and undos.
    pub(crate) rerates: FxHashSet<u64>,
    pub(crate) cells: Mutex<Cells>,
}

/// What becomes of rows that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Those of calls that go back, each with its shelf.
    pub(crate) laid: Vec<(u32, u8)>,
    /// Calls that keep what they have, each with its row.
    pub(crate) kept: Vec<(u32, KeptCall)>,
}

impl Undoer {
    /// Rows of the re-rate's batches of either sign. What is in force and what it replaced lie on one shelf; with them the
    /// calls that keep what they have.
    pub(crate) fn see(&self, rows: &StoredRows) -> Seen {
        let hash = |row: usize| rows.columns.calls.identity[row].range_hash();
        let mut cells = self.cells.lock().expect(LOCKED);
        let mut seen = Seen::default();
        for (at, row) in (0..).zip(0..rows.len()) {
            let Some(before) = self.parts.before(hash(row)) else { continue };
            // A rating follows its reversal.
            let is_rating = rows.columns.sign[row] > 0;
            let rating = rows.places[row] + u64::from(!is_rating);
            let taken_by = self.taken_by.get(&rating).copied().filter(|by| *by < before);
            let kept_call =
                taken_by.map(|batch| KeptCall { place: RowPlace::unpack(rating), why: self.why(batch), batch });
            if kept_call.is_none() {
                seen.laid.push((at, shelf_of(hash(row))));
            }
            if is_rating {
                cells.add(hash(row), kept_call.map_or(Fate::Changed, |call| Fate::Kept(call.why)));
                seen.kept.extend(kept_call.map(|call| (at, call)));
            }
        }
        seen
    }

    fn why(&self, by: u64) -> Kept {
        if self.rerates.contains(&by) { Kept::Rerated } else { Kept::Corrected }
    }
}
