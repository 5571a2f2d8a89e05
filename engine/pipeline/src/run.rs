//! The loop over one partition: claims run ahead; rating and deciding over a batch overlaps building, writing and
//! settling of those before it.

use crate::build::Ready;
use crate::desk::{Decided, Desk, Task};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::finish::finish;
use crate::flight::Flight;
use crate::index::Index;
use crate::outside::{Fault, Outside, Settings};
use crate::redo::Redo;
use crate::report::{Progress, RunReport};
use didtron_ports::{Books, Claim, Feed, SettleOutcome, Settlement, StoredFile, UsageStore};
use futures::channel::mpsc::{self, Receiver, Sender};
use futures::{SinkExt, StreamExt};
use std::sync::Arc;

/// Works one partition, for as long as it is this owner's.
///
/// Between calls it keeps the identity index, so that one run after the other does not read the journals again; after
/// an error it keeps nothing. A future that is dropped leaves claims unsettled: the next call does them first.
pub struct Pipeline<'a, O: Outside> {
    outside: &'a O,
    settings: Settings,
    kept: Option<Kept>,
}

/// What outlives a call: the index after the batch with this claim.
struct Kept {
    last: Option<(u64, String)>,
    index: Option<Index>,
}

impl<'a, O: Outside> Pipeline<'a, O> {
    /// A pipeline over `outside`. Nothing is read yet.
    pub const fn new(outside: &'a O, settings: Settings) -> Self {
        Self { outside, settings, kept: None }
    }

    /// How it works.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The world around it.
    pub(crate) const fn outside(&self) -> &'a O {
        self.outside
    }

    /// Does again what was claimed and not settled, from the same input.
    pub async fn resume(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<RunReport, RunError> {
        self.work(&mut Nothing, progress).await
    }

    /// Settles what is unsettled, then all that `feeder` has. Met by another owner, it reads the partition again.
    pub(crate) async fn work<F: Feeder<O>>(
        &mut self,
        feeder: &mut F,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        let partition = self.settings.partition;
        let mut report = RunReport::default();
        let mut spoilt = None;
        loop {
            match self.attempt(feeder, Sink { report: &mut report, progress: &mut *progress }, &mut spoilt).await {
                Ok(()) => return Ok(report),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Lost) if self.outside.owns(partition) => {}
                Err(Stop::Lost) => return Err(RunError::NotOwner { partition }),
            }
        }
    }

    /// One stretch of work with one index. `spoilt` is where a planted fault keeps the index of an attempt that failed.
    async fn attempt<F: Feeder<O>>(
        &mut self,
        feeder: &mut F,
        mut sink: Sink<'_>,
        spoilt: &mut Option<Index>,
    ) -> Result<(), Stop> {
        let state = self.outside.books().partition(self.settings.partition).await?;
        let kept = self.kept.take().filter(|kept| state.unsettled.is_empty() && kept.last == state.cursor);
        let flight = Flight::default();
        let mut desk = Desk::new(self.outside, &self.settings, &flight, &state);
        desk.keep_index(kept.and_then(|kept| kept.index).or_else(|| spoilt.take()));
        let mut done = Ok(());
        // A re-rate reads what those before it have settled.
        for claims in state.unsettled.chunk_by(|before, claim| is_same_feed(before, claim) || !is_rerate(claim)) {
            done = drive(&mut Redo::new(claims.to_vec()), &mut desk, &mut sink).await;
            if done.is_err() {
                break;
            }
        }
        if done.is_ok() {
            done = match feeder.begin(&mut desk).await {
                Ok(()) => drive(feeder, &mut desk, &mut sink).await,
                Err(stop) => Err(stop),
            };
        }
        let last = desk.last().cloned();
        let index = desk.into_index();
        match done {
            Ok(()) => self.kept = Some(Kept { last, index }),
            Err(_) if self.settings.has(Fault::IndexKeepsReplayedRows) => *spoilt = index,
            Err(_) => {}
        }
        done
    }
}

const fn is_rerate(claim: &Claim) -> bool {
    matches!(claim.request.feed, Feed::Rerate { .. })
}

fn is_same_feed(one: &Claim, other: &Claim) -> bool {
    one.request.feed == other.request.feed
}

/// A feeder without anything.
struct Nothing;

impl<O: Outside> Feeder<O> for Nothing {
    async fn begin(&mut self, _: &mut Desk<'_, O>) -> Result<(), Stop> {
        Ok(())
    }

    async fn next(&mut self, _: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        Ok(None)
    }
}

/// Where settled batches are counted.
struct Sink<'s> {
    report: &'s mut RunReport,
    progress: &'s mut dyn FnMut(Progress),
}

/// What the settling half needs of the desk.
struct Settler<'a, O: Outside> {
    outside: &'a O,
    settings: &'a Settings,
    flight: &'a Flight,
    /// Batches that may be unsettled at a time.
    ahead: usize,
}

/// Both halves of the loop, joined: what was decided before the one fails is still settled by the other.
async fn drive<O: Outside, F: Feeder<O>>(
    feeder: &mut F,
    desk: &mut Desk<'_, O>,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let ahead = desk.settings.claims_ahead.max(1);
    let settler = Settler { outside: desk.outside, settings: desk.settings, flight: desk.flight, ahead };
    let (decided_in, decided_out) = mpsc::channel(ahead);
    let (mut permit_in, permit_out) = mpsc::channel(ahead);
    for _ in 0..ahead {
        permit_in.try_send(()).expect("the channel holds all permits");
    }
    let producing = produce(feeder, desk, permit_out, decided_in);
    let settling = settle_all(&settler, decided_out, permit_in, sink);
    let (produced, settled) = futures::join!(producing, settling);
    settled.and(produced)
}

/// Claims, rates and decides, one permit for each batch that is not settled.
async fn produce<O: Outside, F: Feeder<O>>(
    feeder: &mut F,
    desk: &mut Desk<'_, O>,
    mut permits: Receiver<()>,
    mut to: Sender<Decided>,
) -> Result<(), Stop> {
    while permits.next().await.is_some() {
        let Some(task) = feeder.next(desk).await? else { break };
        let decided = desk.work(task).await?;
        if to.send(decided).await.is_err() {
            break; // Settling has failed, and says why.
        }
    }
    Ok(())
}

/// Builds the rows of one batch after the other, writes several at a time and settles them in order.
async fn settle_all<O: Outside>(
    settler: &Settler<'_, O>,
    from: Receiver<Decided>,
    mut permits: Sender<()>,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let Settler { outside, settings, flight, ahead } = *settler;
    let write = |ready: Result<Ready, RunError>| async move {
        let ready = ready?;
        let files = outside.store().write(&ready.claim, Arc::clone(&ready.journal)).await?;
        Ok::<_, RunError>((ready, files))
    };
    let ready = from.then(|decided| finish(outside, settings, flight, decided));
    let mut written = std::pin::pin!(ready.map(write).buffered(ahead));
    while let Some(written) = written.next().await {
        let (ready, files) = written?;
        let seq = ready.claim.request.seq;
        let (settlement, bytes) = settlement(ready, files);
        match outside.books().settle(&settlement).await? {
            SettleOutcome::Lost => return Err(Stop::Lost),
            SettleOutcome::Settled if is_rerate(&settlement.claim) => flight.leave(seq),
            SettleOutcome::Settled => flight.land(seq),
        }
        sink.report.add_batch(&settlement.counts, bytes);
        (sink.progress)(sink.report.progress());
        // The producer may be gone already.
        drop(permits.try_send(()));
    }
    Ok(())
}

fn settlement(ready: Ready, files: Vec<StoredFile>) -> (Settlement, u64) {
    let Ready { claim, accruals, counts, digest, rerated, .. } = ready;
    let bytes = match claim.request.feed {
        Feed::File { .. } => claim.request.range.end - claim.request.range.start,
        Feed::Redrive { .. } | Feed::Dismiss { .. } | Feed::Rerate { .. } => 0,
    };
    (Settlement { claim, accruals, counts, digest, files, rerated }, bytes)
}
