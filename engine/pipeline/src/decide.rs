//! R16, record by record: duplicate, first rating, correction, older content, lent version, conflict, suspense.

use crate::index::{Index, Known, Seen, Waiting};
use crate::plan::Plan;
use didtron_domain::{CallBatch, IdentityKey, Instant, Reason, Rejection};
use didtron_ports::{RowPlace, SuspenseCause};

/// A record as R16 sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) record: usize,
    pub(crate) identity: IdentityKey,
    pub(crate) seen: Seen,
    /// Whether its source rewrites calls.
    pub(crate) rewrites: bool,
    /// The row that it leaves in suspense, when a re-drive finds that it is a record of another identity.
    pub(crate) moved_from: Option<RowPlace>,
}

impl Arrival {
    pub(crate) fn of(batch: &CallBatch, record: usize) -> Self {
        // A malformed record has no version, even where its column could be read.
        let version = batch.version[record].filter(|_| batch.malformed_at(record).is_none());
        let seen = Seen { content: batch.content[record], version };
        Self { record, identity: batch.identity[record], seen, rewrites: batch.rewrites, moved_from: None }
    }
}

/// Identities that are looked for ahead: as many as one cache miss each leaves in a core's first cache.
const TOUCHED_AT_A_TIME: usize = 64;

/// Decides over the records of a batch in order, given their ratings, and extends the index.
pub(crate) fn decide(
    plan: &mut Plan,
    index: &mut Index,
    batch: &CallBatch,
    rejected: &[(usize, Rejection)],
    horizon: Option<Instant>,
) {
    for (record, ratable) in ratable(batch, rejected, horizon).enumerate() {
        if record.is_multiple_of(TOUCHED_AT_A_TIME) {
            index.touch(&batch.identity[record..batch.len().min(record + TOUCHED_AT_A_TIME)]);
        }
        decide_one(plan, index, &Arrival::of(batch, record), ratable);
    }
}

/// Only whether it can be rated, or why not: the rating itself stays where it is.
pub(crate) type Ratable = Result<(), Rejection>;

/// Of each record, given those that rating rejected, by row.
pub(crate) fn ratable(
    batch: &CallBatch,
    rejected: &[(usize, Rejection)],
    horizon: Option<Instant>,
) -> impl Iterator<Item = Ratable> {
    let mut rejected = rejected.iter().peekable();
    (0..batch.len()).map(move |record| {
        let own = rejected.next_if(|(row, _)| *row == record);
        too_old(batch, record, horizon).unwrap_or_else(|| own.map_or(Ok(()), |(_, rejection)| Err(*rejection)))
    })
}

/// R15: `too_old` comes before every other reason of a record that was understood.
fn too_old(batch: &CallBatch, record: usize, horizon: Option<Instant>) -> Option<Ratable> {
    let is_old = horizon.is_some_and(|horizon| batch.start[record] < horizon);
    (is_old && batch.malformed_at(record).is_none()).then(|| Err(because(Reason::TooOld)))
}

/// A rejection that no rating made.
pub(crate) const fn because(reason: Reason) -> Rejection {
    Rejection { reason, side: None, customer_charge: None, supplier_charge: None }
}

/// | content | versions (its own, the greatest so far) | then |
/// |---|---|---|
/// | first of its identity | | it is the newest |
/// | the newest | greater | a duplicate that lends its version |
/// | the newest | otherwise | a duplicate |
/// | seen, not the newest | both known and greater | it is the newest again: a correction |
/// | seen, not the newest | the identity's first | a duplicate that lends its version |
/// | seen, not the newest | otherwise | a duplicate |
/// | not seen | both known and lower | older: remembered, changes nothing |
/// | not seen | not both known, and it first came before the newest (re-drives only) | older likewise |
/// | not seen | otherwise | it is the newest: a correction where the source rewrites, else a conflict that waits |
pub(crate) fn decide_one(plan: &mut Plan, index: &mut Index, arrival: &Arrival, verdict: Ratable) {
    let Arrival { record, identity, seen, .. } = *arrival;
    let Some(known) = index.known(identity) else {
        return make_newest(plan, index, arrival, None, verdict);
    };
    let versions = seen.version.zip(known.version);
    let reason = known.waits.map_or(Reason::IdentityConflict, |waiting| waiting.reason);
    let is_newest = seen.content == known.newest;
    let has_seen = is_newest || index.has_seen(identity, seen.content);
    if is_newest || (has_seen && versions.is_none_or(|(own, greatest)| own <= greatest)) {
        // No version is forgotten: once all of a file's are known, the file sent again brings no greater one.
        if seen.version > known.version {
            plan.remember(record, SuspenseCause::Version, reason);
            index.remember(identity, seen, plan.seq);
        }
        return plan.duplicate();
    }
    if !has_seen && versions.map_or_else(|| came_before(arrival, &known, plan.seq), |(own, greatest)| own < greatest) {
        plan.remember(record, SuspenseCause::Older, reason);
        return index.remember(identity, seen, plan.seq);
    }
    let verdict = match verdict {
        Err(rejection) if rejection.reason < Reason::IdentityConflict => verdict,
        _ if !arrival.rewrites => Err(because(Reason::IdentityConflict)),
        _ => verdict,
    };
    make_newest(plan, index, arrival, Some(&known), verdict);
}

/// A re-driven record keeps its first place: content that first came in its batch or later is newer, unless it was
/// itself only now understood (then both are met in the order of their places).
fn came_before(arrival: &Arrival, known: &Known, seq: u64) -> bool {
    arrival.moved_from.is_some_and(|place| known.newest_since >= place.seq && known.newest_since != seq)
}

/// The newest content takes what waited out of suspense. It is in force if it can be rated; else it waits, and the
/// rating in force stands.
fn make_newest(plan: &mut Plan, index: &mut Index, arrival: &Arrival, known: Option<&Known>, verdict: Ratable) {
    if let Some(waiting) = known.and_then(|known| known.waits) {
        plan.leave(waiting.place, waiting.reason, SuspenseCause::Superseded);
    }
    match verdict {
        Ok(()) => {
            let place = plan.rate(arrival.record, known.and_then(|known| known.force));
            index.rate(arrival.identity, arrival.seen, place);
        }
        Err(rejection) => {
            let place = plan.wait(arrival.record, rejection);
            index.wait(arrival.identity, arrival.seen, Waiting { place, reason: rejection.reason });
        }
    }
}

#[cfg(test)]
mod tests;
