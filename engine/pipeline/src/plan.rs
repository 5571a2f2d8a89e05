//! What a batch does to the journals, as places and causes: decided first, then built from records and stored rows.

use crate::report::add_reason;
use didtron_domain::{Reason, Rejection};
use didtron_ports::{Counts, RowPlace, SuspenseCause};

/// One step, in the order in which rows come about. `record` is a row of the batch's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Usage: the reversal of the row in force, where one is, then the rating.
    Rate { record: usize, reverses: Option<RowPlace> },
    /// Suspense +1.
    Wait { record: usize, rejection: Rejection },
    /// Suspense -1.
    Leave { place: RowPlace, cause: SuspenseCause },
    /// Suspense +1 and -1: only to be known when it comes again.
    Remember { record: usize, cause: SuspenseCause, reason: Reason },
}

/// The steps of one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The batch.
    pub(crate) seq: u64,
    pub(crate) actions: Vec<Action>,
    pub(crate) counts: Counts,
    usage_rows: u32,
    suspense_rows: u32,
}

impl Plan {
    pub(crate) fn new(seq: u64) -> Self {
        Self { seq, ..Self::default() }
    }

    /// Content that was seen before: nothing but a count.
    pub(crate) const fn duplicate(&mut self) {
        self.counts.duplicates += 1;
    }

    /// The place of the rating.
    pub(crate) fn rate(&mut self, record: usize, reverses: Option<RowPlace>) -> RowPlace {
        match reverses {
            Some(_) => self.usage_rows += 1,
            None => self.counts.calls += 1,
        }
        self.actions.push(Action::Rate { record, reverses });
        self.usage_rows += 1;
        self.counts.usage_rows = self.usage_rows.into();
        RowPlace { seq: self.seq, row: self.usage_rows - 1 }
    }

    /// The place of the row that waits.
    pub(crate) fn wait(&mut self, record: usize, rejection: Rejection) -> RowPlace {
        add_reason(&mut self.counts.suspense, rejection.reason, 1);
        self.actions.push(Action::Wait { record, rejection });
        self.suspense_row()
    }

    pub(crate) fn leave(&mut self, place: RowPlace, reason: Reason, cause: SuspenseCause) {
        add_reason(&mut self.counts.suspense, reason, -1);
        self.actions.push(Action::Leave { place, cause });
        self.suspense_row();
    }

    pub(crate) fn remember(&mut self, record: usize, cause: SuspenseCause, reason: Reason) {
        self.actions.push(Action::Remember { record, cause, reason });
        self.suspense_row();
        self.suspense_row();
    }

    fn suspense_row(&mut self) -> RowPlace {
        self.suspense_rows += 1;
        RowPlace { seq: self.seq, row: self.suspense_rows - 1 }
    }

    /// The rows of earlier batches that reversals need.
    pub(crate) fn reversed(&self) -> Vec<RowPlace> {
        let places = self.actions.iter().filter_map(|action| match action {
            Action::Rate { reverses, .. } => *reverses,
            _ => None,
        });
        places.filter(|place| place.seq != self.seq).collect()
    }

    /// The rows of earlier batches that leave suspense.
    pub(crate) fn left(&self) -> Vec<RowPlace> {
        let places = self.actions.iter().filter_map(|action| match action {
            Action::Leave { place, .. } => Some(*place),
            _ => None,
        });
        places.filter(|place| place.seq != self.seq).collect()
    }
}
