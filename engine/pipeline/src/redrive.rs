//! Records that wait in suspense are tried again: decoded by the mapping's present form, rated by the newest catalog.

use crate::desk::{Desk, Order, Task};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::index::Index;
use crate::outside::Outside;
use crate::redriven::waits_at;
use crate::report::{Progress, RunReport};
use crate::run::Pipeline;
use crate::waiting::{decoded, input_digest, rows_at};
use didtron_domain::{IdentityKey, Reason};
use didtron_ports::{Feed, RowPlace};
use std::ops::Range;

/// Which of the records in suspense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// Only those that wait for it; any for `None`.
    pub reason: Option<Reason>,
    /// Their places, as [`RowPlace::packed`], half-open; `0..u64::MAX` for all.
    pub places: Range<u64>,
}

impl Default for Redrive {
    fn default() -> Self {
        Self { reason: None, places: 0..u64::MAX }
    }
}

impl<O: Outside> Pipeline<'_, O> {
    /// Tries the records once that wait in suspense when it begins. Those that can be rated leave and are rated; those
    /// that cannot stay as they are, or under their new reason.
    pub async fn redrive(
        &mut self,
        which: &Redrive,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        let mut feeder =
            RedriveFeeder { reason: which.reason, rest: which.places.clone(), has_begun: false, waiting: Vec::new() };
        self.work(&mut feeder, progress).await
    }
}

struct RedriveFeeder {
    reason: Option<Reason>,
    /// What was not claimed yet; the end is fixed when it begins, so that what it puts back is not tried again.
    rest: Range<u64>,
    has_begun: bool,
    /// What waited in `rest` when the partition was read, last first.
    waiting: Vec<(IdentityKey, RowPlace)>,
}

impl RedriveFeeder {
    /// The next records, without those that batches in between have taken out.
    fn window(&mut self, index: &Index, rows_max: usize) -> Vec<(IdentityKey, RowPlace)> {
        let mut window = Vec::new();
        while window.len() < rows_max
            && let Some((identity, place)) = self.waiting.pop()
        {
            if waits_at(index, identity, place).is_some() {
                window.push((identity, place));
            }
        }
        window
    }
}

impl<O: Outside> Feeder<O> for RedriveFeeder {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        self.waiting = desk.index().await?.waiting(&self.rest, self.reason);
        self.waiting.reverse();
        if let (false, Some((_, last))) = (self.has_begun, self.waiting.first()) {
            self.rest.end = last.packed() + 1;
        }
        self.has_begun = true;
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let rows_max = desk.settings.batch_rows();
        let index = desk.index().await?;
        let window = self.window(index, rows_max);
        let mut rows = rows_at(desk, &window).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let same = rows.iter().take_while(|row| (&row.mapping, &row.header) == (&first.mapping, &first.header)).count();
        rows.truncate(same);
        self.waiting.extend(window[same..].iter().rev());
        let (begin, end) = (rows[0].place.packed(), rows[same - 1].place.packed() + 1);
        let order = Order {
            feed: Feed::Redrive { reason: self.reason },
            range: begin..end,
            first_line: 0,
            line_count: 0,
            digest: input_digest(&rows),
        };
        // Before the claim, so that a mapping that is gone leaves no claim behind that nobody can do.
        let input = decoded(desk, rows)?;
        let claim = desk.claim(order).await?;
        self.rest.start = end;
        Ok(Some(Task { claim, input }))
    }
}
