//! Records that wait in suspense are tried again: decoded by the mapping's present form, rated by the newest catalog.

use crate::decide::{Arrival, Ratable, because, decide_one};
use crate::desk::{Desk, Input, Order, Task};
use crate::error::{RunError, Stop};
use crate::flight;
use crate::index::{Index, Waiting};
use crate::outside::Outside;
use crate::plan::Plan;
use crate::report::{Progress, RunReport};
use crate::run::{Feeder, Pipeline};
use didtron_domain::{CallBatch, IdentityKey, Reason};
use didtron_ports::{Feed, RowPlace, SuspenseCause, SuspenseRow};
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

/// The row that waits there, if it still does.
pub(crate) fn waits_at(index: &Index, identity: IdentityKey, place: RowPlace) -> Option<Waiting> {
    index.known(identity).and_then(|known| known.waits).filter(|waiting| waiting.place == place)
}

/// The rows of suspense at places, in that order.
pub(crate) async fn rows_at<O: Outside>(
    desk: &Desk<'_, O>,
    waiting: &[(IdentityKey, RowPlace)],
) -> Result<Vec<SuspenseRow<'static>>, RunError> {
    let places: Vec<RowPlace> = waiting.iter().map(|(_, place)| *place).collect();
    let mut rows = flight::suspense_rows(desk.outside, desk.settings, desk.flight, &places).await?;
    let row = |place: &RowPlace| rows.remove(place).ok_or_else(|| RunError::not_waiting(*place));
    places.iter().map(row).collect()
}

/// The records of a re-drive by the mapping's present form.
pub(crate) fn decoded<O: Outside>(desk: &Desk<'_, O>, rows: Vec<SuspenseRow<'static>>) -> Result<Input, RunError> {
    let Some(first) = rows.first() else { return Err(RunError::damaged("a re-drive was claimed of no records")) };
    let records: Vec<_> = rows.iter().map(|row| (row.record.to_vec(), row.at.to_string())).collect();
    let batch = desk.outside.decoder().decode_records(&first.mapping, &first.header, &records)?;
    if batch.len() != rows.len() {
        let (given, got) = (rows.len(), batch.len());
        let what = format!("mapping {} made {got} records of {given} in suspense; mend it", first.mapping);
        return Err(RunError::damaged(what));
    }
    Ok(Input::Waiting(rows, batch))
}

/// BLAKE3 of what a claim on suspense reads.
pub(crate) fn input_digest(rows: &[SuspenseRow<'_>]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for row in rows {
        hasher.update(&row.place.packed().to_le_bytes());
        for text in [&*row.record, row.mapping.as_bytes(), row.header.as_bytes(), row.at.as_bytes()] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text);
        }
    }
    *hasher.finalize().as_bytes()
}

/// Decides over re-driven records in the order of their places; `rows` and `batch` go together row by row.
pub(crate) fn decide(
    plan: &mut Plan,
    index: &mut Index,
    rows: &[SuspenseRow<'_>],
    batch: &CallBatch,
    verdicts: &[Ratable],
) {
    for (record, row) in rows.iter().enumerate() {
        // A record of the same identity, only now understood, may just have taken its place.
        let Some(waiting) = waits_at(index, row.identity, row.place) else { continue };
        // What cannot be understood (any more) waits as it did.
        if batch.malformed_at(record).is_some() {
            continue;
        }
        let arrival = Arrival::of(batch, record);
        if arrival.identity == row.identity {
            try_again(plan, index, &Again { arrival, row, waiting }, verdicts[record]);
        } else {
            plan.leave(waiting.place, waiting.reason, SuspenseCause::Redriven);
            index.leave(row.identity);
            let moved = Arrival { moved_from: Some(row.place), ..arrival };
            decide_one(plan, index, &moved, verdicts[record]);
        }
    }
}

/// A record that waits as the newest content of its identity, and comes again.
struct Again<'a> {
    arrival: Arrival,
    row: &'a SuspenseRow<'a>,
    waiting: Waiting,
}

/// | the record now | then |
/// |---|---|
/// | has content that was seen under its identity, other than its own | it was a duplicate all along, and leaves |
/// | can be rated | it leaves, and is in force |
/// | cannot, for another reason | it leaves, and waits for that |
/// | cannot, for the same reason | nothing |
fn try_again(plan: &mut Plan, index: &mut Index, again: &Again<'_>, verdict: Ratable) {
    let Again { arrival: Arrival { record, identity, seen, rewrites, .. }, row, waiting } = *again;
    let leave = |plan: &mut Plan| plan.leave(waiting.place, waiting.reason, SuspenseCause::Redriven);
    if seen.content != row.content && index.has_seen(identity, seen.content) {
        leave(plan);
        index.leave(identity);
        return plan.duplicate();
    }
    let is_conflict = !rewrites && index.has_other(identity, [row.content, seen.content]);
    let verdict = match verdict {
        Err(rejection) if rejection.reason < Reason::IdentityConflict => verdict,
        _ if is_conflict => Err(because(Reason::IdentityConflict)),
        _ => verdict,
    };
    match verdict {
        Ok(()) => {
            leave(plan);
            let force = index.known(identity).and_then(|known| known.force);
            let place = plan.rate(record, force);
            index.rate(identity, seen, place);
        }
        Err(rejection) if rejection.reason == waiting.reason => {}
        Err(rejection) => {
            leave(plan);
            let place = plan.wait(record, rejection);
            index.wait(identity, seen, Waiting { place, reason: rejection.reason });
        }
    }
}
