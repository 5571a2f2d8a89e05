//! The half of the loop that decides: claims a batch, rates it and says what becomes of each record, in order.

use crate::aside::aside;
use crate::decide::{decide, ratable};
use crate::error::{RunError, Stop};
use crate::flight::Flight;
use crate::index::{Index, Rebuild};
use crate::outside::{Fault, Outside, Rate, Settings};
use crate::plan::Plan;
use crate::rate_rows::{Room, rate_rows};
use crate::redriven;
use crate::rerate::changed::Changed;
use didtron_domain::{CallBatch, Currency, Instant, RatedColumns, Reason};
use didtron_ports::{
    Books, Claim, ClaimOutcome, ClaimRequest, Feed, JournalKind, PartitionState, SuspenseCause, SuspenseRow,
    TakeEntries, UsageStore,
};
use std::ops::Range;
use std::sync::Arc;

/// An answer later than this after the claim's time makes a record malformed (R1).
const ANSWER_AHEAD_MICROS_MAX: i64 = 86_400 * 1_000_000;

/// One partition as it stands after the last claim that was worked on here.
pub(crate) struct Desk<'a, O: Outside> {
    pub(crate) outside: &'a O,
    pub(crate) settings: &'a Settings,
    pub(crate) flight: &'a Flight,
    /// The last settled batch when the partition was read; the index is built from the rows up to it.
    cursor: Option<u64>,
    /// The number and id of the list's last claim.
    last: Option<(u64, String)>,
    index: Option<Index>,
    catalog: Option<Arc<O::Rate>>,
}

/// What to claim next.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) feed: Feed,
    pub(crate) range: Range<u64>,
    pub(crate) first_line: u64,
    pub(crate) line_count: u64,
    pub(crate) digest: [u8; 32],
}

/// The records of a claim.
#[derive(Debug)]
pub(crate) enum Input {
    /// Of a file.
    Calls(CallBatch),
    /// Of suspense: the rows as they wait, and what they are decoded to now.
    Waiting(Vec<SuspenseRow<'static>>, CallBatch),
    /// One record that a person dismisses.
    Dismissal(Box<SuspenseRow<'static>>),
    /// Calls that a re-rate changes.
    Changed(Box<Changed>),
    /// Given up by an operator.
    Lost,
}

/// Bytes without a line: an operator gave them up, and their claim stands for that alone.
pub(crate) const fn is_given_up(range: &Range<u64>, line_count: u64) -> bool {
    range.start < range.end && line_count == 0
}

/// A claim with its records.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) claim: Claim,
    pub(crate) input: Input,
}

impl<'a, O: Outside> Desk<'a, O> {
    pub(crate) fn new(outside: &'a O, settings: &'a Settings, flight: &'a Flight, state: &PartitionState) -> Self {
        let (cursor, last) = (state.cursor.as_ref().map(|(seq, _)| *seq), state.cursor.clone());
        Self { outside, settings, flight, cursor, last, index: None, catalog: None }
    }

    /// Takes over an index that lived through an interruption.
    pub(crate) fn keep_index(&mut self, index: Option<Index>) {
        self.index = index;
    }

    pub(crate) fn into_index(self) -> Option<Index> {
        self.index
    }

    /// The list's last claim.
    pub(crate) const fn last(&self) -> Option<&(u64, String)> {
        self.last.as_ref()
    }

    /// The index; built when first asked for, before any batch beyond the cursor was worked on.
    pub(crate) async fn index(&mut self) -> Result<&mut Index, RunError> {
        if self.index.is_none() {
            self.index = Some(self.build_index().await?);
        }
        Ok(self.index.as_mut().expect("it was just built"))
    }

    async fn build_index(&self) -> Result<Index, RunError> {
        let keeps_own = self.settings.has(Fault::IndexKeepsReplayedRows);
        let forgets_suspense = self.settings.has(Fault::IndexWithoutSuspense);
        let files = self.outside.books().live_files(self.settings.partition).await?;
        let rerates = self.outside.books().rerate_batches(self.settings.partition).await?;
        let rerates = rerates.into_iter().map(|(seq, _)| seq).collect();
        let rebuild = Arc::new(Rebuild::new(if keeps_own { Some(u64::MAX) } else { self.cursor }, rerates));
        let taker = Arc::clone(&rebuild);
        let files = files.into_iter().filter(|file| !(forgets_suspense && file.journal == JournalKind::Suspense));
        let take: TakeEntries = Arc::new(move |entries| taker.add(entries));
        self.outside.store().identities(&files.collect::<Vec<_>>(), take).await?;
        rebuild.finish(self.settings.threads)
    }

    /// Claims the next batch of the list, against the newest catalog.
    pub(crate) async fn claim(&mut self, order: Order) -> Result<Claim, Stop> {
        let catalog_version = self.newest_catalog().await?.version();
        let request = ClaimRequest {
            partition: self.settings.partition,
            seq: self.last.as_ref().map_or(1, |(seq, _)| seq + 1),
            id: self.outside.claim_id(),
            predecessor: self.last.as_ref().map(|(_, id)| id.clone()),
            feed: order.feed,
            range: order.range,
            first_line: order.first_line,
            line_count: order.line_count,
            digest: order.digest,
            catalog_version,
            rating_revision: self.settings.rating_revision,
            claimed_at: self.outside.now(),
            horizon: self.settings.horizon,
        };
        match self.outside.books().claim(request).await? {
            ClaimOutcome::Claimed(claim) => Ok(claim),
            ClaimOutcome::ListMovedOn => Err(Stop::Lost),
        }
    }

    /// The newest catalog as of the begin of the run: one run claims against one version.
    async fn newest_catalog(&mut self) -> Result<&O::Rate, RunError> {
        if self.catalog.is_none() {
            let newest = self.outside.catalog(None).await?;
            if newest.base_currency().is_none() {
                return Err(RunError::NoBaseCurrency { version: newest.version() });
            }
            self.catalog = Some(newest);
        }
        Ok(self.catalog.as_ref().expect("it was just set"))
    }

    /// Compiles the newest catalog while the first records are read. Where there is none, the first claim says so.
    pub(crate) async fn prepare(&mut self) {
        drop(self.newest_catalog().await);
    }

    async fn catalog(&self, claim: &Claim) -> Result<Arc<O::Rate>, RunError> {
        let version = claim.request.catalog_version;
        match &self.catalog {
            Some(catalog) if catalog.version() == version => Ok(Arc::clone(catalog)),
            _ if self.settings.has(Fault::ReplaysWithNewestCatalog) => Ok(self.outside.catalog(None).await?),
            _ => Ok(self.outside.catalog(Some(version)).await?),
        }
    }

    /// Rates and decides; the index is extended. Claims must come in the list's order.
    pub(crate) async fn work(&mut self, task: Task) -> Result<Decided, RunError> {
        let Task { claim, input } = task;
        self.last = Some((claim.request.seq, claim.request.id.clone()));
        let mut plan = Plan::new(claim.request.seq);
        let index = self.index().await?;
        if let Input::Changed(changed) = input {
            changed.enter(index, claim.request.seq)?;
            return Ok(Decided { claim, work: Work::Changed(changed) });
        }
        let (rated, redriven) = match input {
            Input::Calls(batch) => {
                plan.counts.records = batch.len() as u64;
                let rated = self.rate(&claim, batch).await?;
                decide(&mut plan, self.index().await?, &rated.batch, &rated.columns.rejected, claim.request.horizon);
                (rated, Vec::new())
            }
            Input::Waiting(rows, batch) => {
                let rated = self.rate(&claim, batch).await?;
                let ratable: Vec<_> = ratable(&rated.batch, &rated.columns.rejected, claim.request.horizon).collect();
                redriven::decide(&mut plan, self.index().await?, &rows, &rated.batch, &ratable);
                (rated, rows)
            }
            Input::Dismissal(row) => {
                let index = self.index().await?;
                let known = index.known(row.identity).and_then(|known| known.waits);
                let waiting = known.filter(|waiting| waiting.place == row.place);
                let waiting = waiting.ok_or_else(|| RunError::not_waiting(row.place))?;
                plan.leave(waiting.place, waiting.reason, SuspenseCause::Dismissed);
                index.leave(row.identity);
                (Rated::default(), vec![*row])
            }
            Input::Lost | Input::Changed(_) => (Rated::default(), Vec::new()),
        };
        Ok(Decided { claim, work: Work::Records { plan, rated: Box::new(rated), redriven } })
    }

    async fn rate(&self, claim: &Claim, batch: CallBatch) -> Result<Rated, RunError> {
        let catalog = self.catalog(claim).await?;
        let (claimed_at, threads) = (claim.request.claimed_at, self.settings.threads);
        let room = self.flight.take_room();
        let (rated, room) = aside(batch.len(), move || rate_batch(&*catalog, batch, room, claimed_at, threads)).await;
        self.flight.leave_room(room);
        Ok(rated)
    }
}

/// Rates a batch; what is left of the room comes back.
fn rate_batch<R: Rate>(
    catalog: &R,
    mut batch: CallBatch,
    mut room: Room,
    claimed_at: Instant,
    threads: usize,
) -> (Rated, Room) {
    let latest = claimed_at.plus_micros(ANSWER_AHEAD_MICROS_MAX);
    for row in 0..batch.len() {
        if batch.answer[row] > latest && batch.malformed_at(row).is_none() {
            let message = format!("the answer {} is more than a day ahead of its batch", batch.answer[row]);
            batch.spoil(row, message);
        }
    }
    rate_rows(catalog, &mut batch, &mut room, threads);
    let columns = std::mem::take(&mut room.rated);
    for (row, rejection) in &columns.rejected {
        if rejection.reason == Reason::MalformedRecord && batch.malformed_at(*row).is_none() {
            batch.spoil(*row, "it names neither a customer nor a supplier".to_owned());
        }
    }
    (Rated { batch, columns, base_currency: catalog.base_currency() }, room)
}

/// A batch with its ratings.
#[derive(Debug, Default)]
pub(crate) struct Rated {
    pub(crate) batch: CallBatch,
    pub(crate) columns: RatedColumns,
    /// `None` only where nothing is rated.
    pub(crate) base_currency: Option<Currency>,
}

/// A batch, and what becomes of its records.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) claim: Claim,
    pub(crate) work: Work,
}

/// What a batch does to the journals.
#[derive(Debug)]
pub(crate) enum Work {
    Records {
        plan: Plan,
        rated: Box<Rated>,
        /// In a re-drive the row of suspense behind each record; else empty.
        redriven: Vec<SuspenseRow<'static>>,
    },
    Changed(Box<Changed>),
}
