//! Re-rates: calls of the past are rated again by a chosen catalog version, and what they cost otherwise is booked; an undo
//! takes one back. A feed like any other, cut by ranges of the identities' hash.

pub(crate) mod again;
pub(crate) mod cells;
pub(crate) mod changed;
mod dry_run;
mod figures;
pub(crate) mod judge;
mod kept;
mod reversed;
mod target;
mod undo;

use crate::desk::{Desk, Input, Order, Task};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::report::{Progress, RunReport};
use crate::run::Pipeline;
use again::Again;
use didtron_domain::IdentityKey;
use didtron_ports::{Books, ClaimedRange, Feed};
pub use dry_run::{Change, ChangedCall, Differences, MovedAccount, SeeChanged, Trial, try_rerate};
use judge::Part;
pub use kept::{KeptOf, SeeKept, kept_calls};

impl<O: Outside> Pipeline<'_, O> {
    /// Does what is left of a re-rate or an undo that stands in the books, after what was left unsettled. Done again when it
    /// is done, it does nothing.
    ///
    /// Each call is judged once, as it stands when its part is claimed. What comes later is rated by its own batch.
    pub async fn rerate(&mut self, number: i64, progress: &mut dyn FnMut(Progress)) -> Result<RunReport, RunError> {
        self.work(&mut RerateFeeder { number, again: None, done_to: 0 }, progress).await
    }
}

struct RerateFeeder<O: Outside> {
    number: i64,
    again: Option<Again<O>>,
    /// Where what was claimed ends.
    done_to: u64,
}

impl<O: Outside> Feeder<O> for RerateFeeder<O> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let books = desk.outside.books();
        let entry = books.rerate(self.number).await?;
        if entry.undone_by.is_some() {
            return Err(RunError::RerateUndone { id: entry.id }.into());
        }
        self.done_to = end_of(&books.rerate_ranges(desk.settings.partition, self.number).await?);
        // The list may have moved on, and the rows with it.
        if let Some(again) = &mut self.again {
            again.forget();
        }
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        if self.done_to == IdentityKey::RANGE_END {
            return Ok(None);
        }
        let (outside, settings) = (desk.outside, desk.settings);
        let again = match &mut self.again {
            Some(again) => again,
            none => none.insert(Again::open(outside, self.number).await?),
        };
        let before = desk.last().map_or(0, |(seq, _)| seq + 1);
        again.scan(outside, settings, &Part { range: self.done_to..IdentityKey::RANGE_END, before }).await?;
        // Each changed call makes two rows.
        let range = again.range_from(self.done_to, settings.batch_rows().div_ceil(2));
        let (rows, digest) = again.rows(outside, settings, &range).await?;
        // Before the claim, so that what cannot be rated leaves no claim behind that nobody can do.
        let changed = again.changed(rows, &range, settings.threads).await?;
        let feed = Feed::Rerate { rerate: self.number };
        let claim = desk.claim(Order { feed, range: range.clone(), first_line: 0, line_count: 0, digest }).await?;
        self.done_to = range.end;
        Ok(Some(Task { claim, input: Input::Changed(Box::new(changed)) }))
    }
}

/// Where claimed parts end without a gap; behind one lies what was voided.
fn end_of(ranges: &[ClaimedRange]) -> u64 {
    ranges.iter().fold(0, |end, claimed| if claimed.range.start == end { claimed.range.end } else { end })
}
