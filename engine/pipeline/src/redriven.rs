//! What becomes of records that come again from suspense.

use crate::decide::{Arrival, Ratable, because, decide_one};
use crate::index::{Index, Waiting};
use crate::plan::Plan;
use didtron_domain::{CallBatch, IdentityKey, Reason};
use didtron_ports::{RowPlace, SuspenseCause, SuspenseRow};

/// The row that waits there, if it still does.
pub(crate) fn waits_at(index: &Index, identity: IdentityKey, place: RowPlace) -> Option<Waiting> {
    index.known(identity).and_then(|known| known.waits).filter(|waiting| waiting.place == place)
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
