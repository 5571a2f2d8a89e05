//! What worlds came upon: a simulation that never meets an accident proves nothing about it.

use crate::books::State;
use crate::world::World;
use didtron_ports::{Feed, Kept, Rerate, RerateWhat, Sides};
use std::collections::{BTreeMap, BTreeSet};

/// What re-rates and undos may come upon, and whether those of this world did.
pub fn met(world: &World) -> BTreeMap<&'static str, bool> {
    let entries = world.pages.borrow().rerates.clone();
    let mut met = BTreeMap::new();
    for (what, fact) in entries.iter().flat_map(|entry| facts(world, entry)) {
        *met.entry(what).or_default() |= fact;
    }
    met
}

fn facts(world: &World, entry: &Rerate) -> [(&'static str, bool); 10] {
    let pages = world.pages.borrow();
    let own = |feed: &Feed| *feed == Feed::Rerate { rerate: entry.number };
    let claims = pages.claims.iter().filter(|(claim, _)| own(&claim.request.feed));
    let (voided, live): (Vec<_>, Vec<_>) = claims.partition(|(_, state)| *state == State::Voided);
    let days: BTreeSet<_> = live.iter().map(|(claim, _)| claim.first_open_day).collect();
    let settled = pages.settlements.iter().filter(|settlement| own(&settlement.claim.request.feed));
    let told: Vec<_> = settled.filter_map(|settlement| settlement.rerated.as_ref()).collect();
    let changes = told.iter().any(|rerated| rerated.changed > 0);
    let stays =
        told.iter().any(|told| told.calls > told.changed + told.kept.iter().map(|(_, calls)| calls).sum::<u64>());
    let keeps = |is_it: fn(Kept) -> bool| told.iter().flat_map(|told| &told.kept).any(|(why, _)| is_it(*why));
    let is_undo = |number: i64| matches!(pages.rerates[number as usize - 1].what, RerateWhat::Undo { .. });
    let (one_side, undoes) = match &entry.what {
        RerateWhat::Rate { scope, .. } => (scope.sides != Sides::Both, None),
        RerateWhat::Undo { of } => (false, Some(*of)),
    };
    let is_cut = live.windows(2).any(|pair| pair[1].0.request.seq - pair[0].0.request.seq > 1);
    [
        ("a re-rate that changes one side only", changes && one_side),
        ("a re-rate with calls that cost the same", stays),
        ("a re-rate with calls that cannot be rated", keeps(|why| matches!(why, Kept::Rejected(_)))),
        ("other batches between those of a re-rate", is_cut),
        ("a day that closes between two batches of a re-rate", days.len() > 1),
        ("a batch of a re-rate that was voided", !voided.is_empty()),
        ("an undo that changes calls", changes && undoes.is_some()),
        ("an undo of calls that were corrected since", keeps(|why| why == Kept::Corrected)),
        ("an undo of calls that were re-rated since", keeps(|why| why == Kept::Rerated)),
        ("an undo of an undo that changes calls", changes && undoes.is_some_and(is_undo)),
    ]
}
