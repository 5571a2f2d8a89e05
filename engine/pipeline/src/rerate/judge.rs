//! Looks at stored rows on the threads that read them: which are in force and in scope, and what becomes of each call.

use crate::error::RunError;
use crate::outside::Rate;
use crate::rerate::cells::{Cells, Fate, shelf_of};
use crate::rerate::reversed::Reversed;
use crate::rerate::target::Target;
use didtron_domain::{Currency, RatedColumns};
use didtron_ports::{KeptCall, RowPlace, StoredRows, UsageColumns};
use std::ops::Range;
use std::sync::Mutex;

pub(crate) const LOCKED: &str = "no thread panics while it counts calls";

/// What a call is cut by: the hash of its identity, so that it lies in the same part whenever its row was written. (The
/// planted fault cuts by the row's place.)
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutBy {
    pub(crate) place: bool,
}

impl CutBy {
    pub(crate) fn hash(self, rows: &StoredRows, row: usize) -> u64 {
        match self.place {
            false => rows.columns.calls.identity[row].range_hash(),
            true => rows.places[row].wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1,
        }
    }
}

/// A part of a partition, as it stood.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Of the identities' hash.
    pub(crate) range: Range<u64>,
    /// Only what batches before this one wrote: where another owner does the same claims, its rows may be live already.
    pub(crate) before: u64,
}

/// Parts in the order of their ranges.
#[derive(Clone, Debug)]
pub(crate) struct Parts(pub(crate) Vec<Part>);

impl Parts {
    /// The batch before which a call of this hash is looked at; `None` where it is not.
    pub(crate) fn before(&self, hash: u64) -> Option<u64> {
        let at = self.0.partition_point(|part| part.range.end <= hash);
        self.0.get(at).filter(|part| part.range.contains(&hash)).map(|part| part.before)
    }

    /// The batches before which the first and the last of them are looked at, by time.
    pub(crate) fn extent(&self) -> (u64, u64) {
        let before = || self.0.iter().map(|part| part.before);
        (before().min().unwrap_or(0), before().max().unwrap_or(0))
    }
}

/// What of the journal is looked at.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) parts: Parts,
    pub(crate) cut_by: CutBy,
    pub(crate) reversed: Reversed,
}

impl Window {
    pub(crate) fn is_in_force(&self, rows: &StoredRows, row: usize) -> bool {
        let place = RowPlace::unpack(rows.places[row]);
        rows.columns.sign[row] > 0
            && self
                .parts
                .before(self.cut_by.hash(rows, row))
                .is_some_and(|before| place.seq < before && !self.reversed.has(place, before))
    }
}

#[derive(Debug)]
pub(crate) struct Judge<R> {
    pub(crate) target: Target<R>,
    /// What calls are compared with instead of what they cost.
    pub(crate) against: Option<Target<R>>,
    pub(crate) window: Window,
    pub(crate) cells: Mutex<Cells>,
    /// That of rows in scope, where it is not the target's.
    pub(crate) other_base: Mutex<Option<Currency>>,
}

/// Calls in scope, as they were rated and as they are now.
pub(crate) struct Judged {
    /// Their rows among those looked at.
    pub(crate) picks: Vec<u32>,
    pub(crate) old: StoredRows,
    pub(crate) new: RatedColumns,
    pub(crate) fates: Vec<Option<Fate>>,
}

impl Judged {
    /// Which of the calls change.
    pub(crate) fn changed(&self) -> Vec<u32> {
        let fates = (0..).zip(&self.fates);
        fates.filter(|(_, fate)| **fate == Some(Fate::Changed)).map(|(at, _)| at).collect()
    }

    /// Which of them keep what they have, with the place where each is.
    pub(crate) fn kept(&self) -> Vec<(u32, KeptCall)> {
        let kept = |(at, fate): (u32, &Option<Fate>)| {
            let Some(Fate::Kept(why)) = *fate else { return None };
            let place = RowPlace::unpack(self.old.places[at as usize]);
            Some((at, KeptCall { place, why, batch: place.seq }))
        };
        (0..).zip(&self.fates).filter_map(kept).collect()
    }
}

impl<R: Rate> Judge<R> {
    pub(crate) fn new(target: Target<R>, against: Option<Target<R>>, window: Window) -> Self {
        Self { target, against, window, cells: Mutex::new(Cells::new()), other_base: Mutex::default() }
    }

    /// What lies on which shelf when it is laid aside.
    pub(crate) fn changed(&self, rows: StoredRows) -> Vec<(u32, u8)> {
        let judged = self.judge(rows);
        let shelf = |at: &u32| {
            let at = *at as usize;
            (judged.picks[at], shelf_of(self.window.cut_by.hash(&judged.old, at)))
        };
        judged.changed().iter().map(shelf).collect()
    }

    /// Rates what is in force and in scope again, and counts it.
    pub(crate) fn judge(&self, rows: StoredRows) -> Judged {
        let is_picked = |row: &u32| {
            let row = *row as usize;
            self.window.is_in_force(&rows, row) && self.target.takes(&rows, row)
        };
        let picks: Vec<u32> = (0..).take(rows.len()).filter(is_picked).collect();
        let mut old = if picks.len() == rows.len() { rows } else { rows.gather(&picks) };
        let (new, fates) = self.rate(&mut old.columns);
        self.check_base(&old, &fates);
        let mut cells = self.cells.lock().expect(LOCKED);
        for (row, fate) in fates.iter().enumerate() {
            if let Some(fate) = fate {
                cells.add(self.window.cut_by.hash(&old, row), *fate);
            }
        }
        drop(cells);
        Judged { picks, old, new, fates }
    }

    /// What cannot be rated by what it is compared with is as little compared as what cannot be rated now.
    fn rate(&self, old: &mut UsageColumns) -> (RatedColumns, Vec<Option<Fate>>) {
        let Some(against) = &self.against else { return self.target.rate(old, 1) };
        let (rated, mut before) = against.rate(old, 1);
        old.rated = rated;
        let (new, fates) = self.target.rate(old, 1);
        for (fate, now) in before.iter_mut().zip(fates) {
            if !matches!(fate, Some(Fate::Kept(_))) {
                *fate = now;
            }
        }
        (new, before)
    }

    /// Refuses calls whose base amounts the target's could not be added to.
    pub(crate) fn check(&self) -> Result<(), RunError> {
        match *self.other_base.lock().expect(LOCKED) {
            None => Ok(()),
            Some(stored) => Err(RunError::OtherBaseCurrency {
                version: self.target.catalog.version(),
                own: self.target.base_currency,
                stored,
            }),
        }
    }

    /// Two catalogs that are compared have one base currency, whatever that of the calls was.
    fn check_base(&self, old: &StoredRows, fates: &[Option<Fate>]) {
        if self.against.is_some() {
            return;
        }
        let own = self.target.base_currency.to_bits();
        let in_scope = old.columns.base_currency.iter().zip(fates).filter(|(_, fate)| fate.is_some());
        if let Some((&other, _)) = in_scope.into_iter().find(|(bits, _)| **bits != own) {
            *self.other_base.lock().expect(LOCKED) = Currency::from_bits(other);
        }
    }
}
