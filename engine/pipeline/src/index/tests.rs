//! The index from the journals, in any order, against the one that grew batch by batch.

use super::*;
use crate::decide::{Arrival, because, decide_one};
use crate::plan::{Action, Plan};
use didtron_ports::{IdentityEntry, JournalKind};
use proptest::prelude::*;

/// One record: identity, content, version, whether it can be rated.
type Record = (u8, u8, Option<i64>, bool);

fn arrival(record: usize, (identity, content, version, _): Record) -> Arrival {
    let seen = Seen { content: ContentHash(content.into()), version };
    let identity = IdentityKey(u128::from(identity) << 120);
    Arrival { record, identity, seen, rewrites: true, moved_from: None }
}

/// What the journals say of a plan, as the store would tell it.
fn entries(plan: &Plan, records: &[Record], waited: &mut Vec<IdentityEntry>) -> Vec<IdentityEntry> {
    let mut all = Vec::new();
    let mut rows = [0u32; 2];
    for action in &plan.actions {
        let mut push = |journal, sign, reverses, reason, of: Arrival| {
            let row = &mut rows[journal as usize];
            let place = RowPlace { seq: plan.seq, row: *row };
            *row += 1;
            let Seen { content, version } = of.seen;
            all.push(IdentityEntry { journal, place, sign, identity: of.identity, content, version, reverses, reason });
            place
        };
        match *action {
            Action::Rate { record, reverses } => {
                let of = arrival(record, records[record]);
                if reverses.is_some() {
                    push(JournalKind::Usage, -1, reverses, None, of);
                }
                push(JournalKind::Usage, 1, None, None, of);
            }
            Action::Wait { record, rejection } => {
                push(JournalKind::Suspense, 1, None, Some(rejection.reason), arrival(record, records[record]));
            }
            Action::Remember { record, reason, .. } => {
                let of = arrival(record, records[record]);
                let place = push(JournalKind::Suspense, 1, None, Some(reason), of);
                push(JournalKind::Suspense, -1, Some(place), Some(reason), of);
            }
            Action::Leave { place, .. } => {
                let row =
                    waited.iter().chain(&all).find(|row| row.journal == JournalKind::Suspense && row.place == place);
                let row = *row.expect("it came into suspense before");
                let own = RowPlace { seq: plan.seq, row: rows[1] };
                rows[1] += 1;
                all.push(IdentityEntry { place: own, sign: -1, reverses: Some(place), ..row });
            }
        }
    }
    waited.extend(all.iter().filter(|row| row.journal == JournalKind::Suspense));
    all
}

fn same(built: &Index, live: &Index) -> Result<(), TestCaseError> {
    for identity in 0..=8u8 {
        let identity = IdentityKey(u128::from(identity) << 120);
        prop_assert_eq!(built.known(identity), live.known(identity), "{}", identity);
        for content in 0..6 {
            let content = ContentHash(content);
            prop_assert_eq!(built.has_seen(identity, content), live.has_seen(identity, content));
            let own = [content, ContentHash(0)];
            prop_assert_eq!(built.has_other(identity, own), live.has_other(identity, own));
        }
    }
    prop_assert_eq!(built.waiting(&(0..u64::MAX), None), live.waiting(&(0..u64::MAX), None));
    Ok(())
}

proptest! {
    #[test]
    fn an_index_from_the_journals_is_the_one_that_grew(
        records in prop::collection::vec((0u8..8, 0u8..5, prop::option::weighted(0.6, 0i64..4), any::<bool>()), 0..60),
        cut in 1usize..9,
        dismissed in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        shuffle in any::<u64>(),
    ) {
        let mut live = Index::default();
        let (mut journal, mut waited) = (Vec::new(), Vec::new());
        let mut seq = 0;
        for (at, records) in records.chunks(cut).enumerate() {
            seq += 1;
            let mut plan = Plan::new(seq);
            for (at, record) in records.iter().enumerate() {
                let verdict = if record.3 { Ok(()) } else { Err(because(Reason::NoRate)) };
                decide_one(&mut plan, &mut live, &arrival(at, *record), verdict);
            }
            journal.extend(entries(&plan, records, &mut waited));
            // Between two batches a person dismisses something.
            let waiting = live.waiting(&(0..u64::MAX), None);
            if let (Some(which), false) = (dismissed.get(at), waiting.is_empty()) {
                let (identity, place) = waiting[which.index(waiting.len())];
                seq += 1;
                let row = *waited.iter().find(|row| row.place == place).expect("it waits");
                let own = RowPlace { seq, row: 0 };
                journal.push(IdentityEntry { place: own, sign: -1, reverses: Some(place), ..row });
                live.leave(identity);
            }
        }
        // Any order will do.
        journal.sort_by_key(|row| (row.place.packed() ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let rebuild = Rebuild::new(Some(seq));
        journal.chunks(cut).for_each(|rows| rebuild.add(rows));
        same(&rebuild.finish(3), &live)?;
    }

    #[test]
    fn states_fit_their_slots(seq in 0u64..=u64::from(u32::MAX), row in 0u32..1 << 24, code in 1u8..=13) {
        let place = RowPlace { seq, row };
        let reason = Reason::from_code(code).expect("codes run from 1 to 13");
        for state in [State::Force(place), State::Waits(Waiting { place, reason }), State::Rare(seq as usize)] {
            prop_assert_eq!(state.bits().map(State::of), Some(state));
        }
    }
}

#[test]
fn batches_beyond_the_slots_live_in_the_side_table() {
    let mut index = Index::default();
    let place = RowPlace { seq: 1 << 33, row: 5 };
    let seen = Seen { content: ContentHash(1), version: None };
    index.rate(IdentityKey(9), seen, place);
    assert_eq!(index.known(IdentityKey(9)).and_then(|known| known.force), Some(place));
}

#[test]
fn a_batch_that_is_done_again_does_not_meet_its_own_rows() {
    let entry = |seq| IdentityEntry {
        journal: JournalKind::Usage,
        place: RowPlace { seq, row: 0 },
        sign: 1,
        identity: IdentityKey(seq.into()),
        content: ContentHash(1),
        version: None,
        reverses: None,
        reason: None,
    };
    let rebuild = Rebuild::new(Some(1));
    rebuild.add(&[1, 2].map(entry));
    let index = rebuild.finish(1);
    assert!(index.known(IdentityKey(1)).is_some() && index.known(IdentityKey(2)).is_none());
}
