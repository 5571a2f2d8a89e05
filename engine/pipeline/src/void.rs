//! The way out of an alarm: an operator voids what is unsettled, on the record.

use crate::desk::{Desk, Input, Order, Task};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::run::Pipeline;
use didtron_ports::{Books, Claim, Feed, UsageStore};

/// What becomes of the input of the first voided claim. That of the others is claimed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidedInput {
    /// It is claimed again by the next run that reads it, in smaller batches if the settings say so.
    ClaimAgain,
    /// It is given up: its range of the feed is claimed once more, without records, and never read again.
    Lost,
}

impl<O: Outside> Pipeline<'_, O> {
    /// Voids the first unsettled claim and all after it, and removes what they left. Returns them, first to last; none
    /// when nothing was unsettled. `note` is the operator's word for it.
    ///
    /// The partition must stand still: an owner at work elsewhere could claim on behind what is voided (embedded, the
    /// directory's lock keeps others out).
    pub async fn void(&mut self, note: &str, input: VoidedInput) -> Result<Vec<Claim>, RunError> {
        let outside = self.outside();
        let voided = outside.books().void(self.settings().partition, note).await?;
        for claim in &voided {
            outside.store().remove(claim).await?;
        }
        if let (VoidedInput::Lost, Some(first)) = (input, voided.first()) {
            self.give_up(first).await?;
        }
        Ok(voided)
    }

    /// Records in suspense cannot be lost: they wait on.
    async fn give_up(&mut self, first: &Claim) -> Result<(), RunError> {
        let order = match &first.request.feed {
            Feed::Redrive { .. } | Feed::Dismiss { .. } | Feed::Rerate { .. } => return Ok(()),
            feed @ Feed::File { .. } => Order {
                feed: feed.clone(),
                range: first.request.range.clone(),
                first_line: first.request.first_line + first.request.line_count,
                line_count: 0,
                digest: first.request.digest,
            },
        };
        self.work(&mut GivenUp { order: Some(order) }, &mut |_| {}).await?;
        Ok(())
    }
}

struct GivenUp {
    order: Option<Order>,
}

impl<O: Outside> Feeder<O> for GivenUp {
    /// Another owner may have claimed the input again before it could be given up: then that claim has it.
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let Some(Order { feed: Feed::File { feed }, range, .. }) = &self.order else { return Ok(()) };
        let claimed = desk.outside.books().feed_ranges(*feed).await?;
        if claimed.iter().any(|claimed| claimed.range.start < range.end && range.start < claimed.range.end) {
            self.order = None;
        }
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let Some(order) = self.order.clone() else { return Ok(None) };
        let claim = desk.claim(order).await?;
        self.order = None;
        Ok(Some(Task { claim, input: Input::Lost }))
    }
}
