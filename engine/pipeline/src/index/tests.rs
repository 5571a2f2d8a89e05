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

/// An index that grows, and the journals beside it.
#[derive(Default)]
struct Story {
    live: Index,
    seq: u64,
    journal: Vec<IdentityEntry>,
    /// Rows of suspense.
    waited: Vec<IdentityEntry>,
    /// Batches of re-rates.
    rerates: Vec<u64>,
}

impl Story {
    fn arrive(&mut self, records: &[Record]) {
        self.seq += 1;
        let mut plan = Plan::new(self.seq);
        for (at, record) in records.iter().enumerate() {
            let verdict = if record.3 { Ok(()) } else { Err(because(Reason::NoRate)) };
            decide_one(&mut plan, &mut self.live, &arrival(at, *record), verdict);
        }
        self.journal.extend(entries(&plan, records, &mut self.waited));
    }

    /// A person dismisses something, where something waits.
    fn dismiss(&mut self, which: prop::sample::Index) {
        let waiting = self.live.waiting(&(0..u64::MAX), None);
        if !waiting.is_empty() {
            let (identity, place) = waiting[which.index(waiting.len())];
            self.seq += 1;
            let row = *self.waited.iter().find(|row| row.place == place).expect("it waits");
            let own = RowPlace { seq: self.seq, row: 0 };
            self.journal.push(IdentityEntry { place: own, sign: -1, reverses: Some(place), ..row });
            self.live.leave(identity);
        }
    }

    /// Some of the identities that have a row in force are rated again.
    fn rerate(&mut self, which: u8) {
        self.seq += 1;
        self.rerates.push(self.seq);
        let mut rows = (0..).map(|row| RowPlace { seq: self.seq, row });
        for identity in (0..8u8).filter(|identity| which >> identity & 1 == 1) {
            let identity = IdentityKey(u128::from(identity) << 120);
            let Some(force) = self.live.known(identity).and_then(|known| known.force) else { continue };
            let is_it = |row: &&IdentityEntry| row.journal == JournalKind::Usage && row.place == force;
            let row = *self.journal.iter().find(is_it).expect("what is in force was written");
            assert_eq!((row.sign, row.identity), (1, identity));
            let mut next = || rows.next().expect("there is always one more");
            let back = IdentityEntry { place: next(), sign: -1, reverses: Some(force), ..row };
            let again = IdentityEntry { place: next(), ..row };
            self.journal.extend([back, again]);
            self.live.rerate(identity, again.place);
        }
    }

    /// What a start makes of the journals: any order will do.
    fn built(&self, shuffle: u64, cut: usize) -> Index {
        let mut journal = self.journal.clone();
        journal.sort_by_key(|row| (row.place.packed() ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let rebuild = Rebuild::new(Some(self.seq), self.rerates.clone());
        journal.chunks(cut).for_each(|rows| rebuild.add(rows));
        rebuild.finish(3).expect("the journals are whole")
    }
}

/// What happens between two batches of records.
#[derive(Clone, Debug)]
enum Between {
    Dismissal(prop::sample::Index),
    Rerate(u8),
    Restart,
}

fn arb_between() -> impl Strategy<Value = Vec<Between>> {
    let one = prop_oneof![
        2 => any::<prop::sample::Index>().prop_map(Between::Dismissal),
        4 => any::<u8>().prop_map(Between::Rerate),
        1 => Just(Between::Restart),
    ];
    prop::collection::vec(one, 0..4)
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
        between in prop::collection::vec(arb_between(), 0..12),
        shuffle in any::<u64>(),
    ) {
        let mut story = Story::default();
        for (at, records) in records.chunks(cut).enumerate() {
            story.arrive(records);
            for what in between.get(at).into_iter().flatten() {
                match what {
                    Between::Dismissal(which) => story.dismiss(*which),
                    Between::Rerate(which) => story.rerate(*which),
                    Between::Restart => {
                        let built = story.built(shuffle, cut);
                        same(&built, &story.live)?;
                        story.live = built;
                    }
                }
            }
        }
        same(&story.built(shuffle, cut), &story.live)?;
    }

    #[test]
    fn states_fit_their_slots(seq in 0u64..=u64::from(u32::MAX), row in 0u32..1 << 24, code in 1u8..=13) {
        let place = RowPlace { seq, row };
        let reason = Reason::from_code(code).expect("codes run from 1 to 13");
        let at = place.packed() as usize;
        let beside = [State::Versioned(at), State::Moved(at), State::Rare(at)];
        for state in [State::Force(place), State::Waits(Waiting { place, reason })].into_iter().chain(beside) {
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
    // Likewise what only a re-rate moved there.
    index.rate(IdentityKey(8), seen, RowPlace { seq: 3, row: 0 });
    index.rerate(IdentityKey(8), RowPlace { seq: 5, row: 1 });
    index.rerate(IdentityKey(8), place);
    let known = index.known(IdentityKey(8)).expect("it was seen");
    assert_eq!((known.force, known.newest_since), (Some(place), 3));
}

/// A rating in the journal, of one of a thousand identities.
fn rating(number: u32, seq: u64, version: Option<i64>) -> IdentityEntry {
    IdentityEntry {
        journal: JournalKind::Usage,
        place: RowPlace { seq, row: number },
        sign: 1,
        identity: IdentityKey(u128::from(number) << 118 | 7),
        content: ContentHash(1),
        version,
        reverses: None,
        reason: None,
    }
}

#[test]
fn a_batch_that_is_done_again_does_not_meet_its_own_rows() {
    let rebuild = Rebuild::new(Some(2), vec![2, 3]);
    rebuild.add(&[rating(1, 1, None), rating(2, 3, None)]);
    rebuild.add(&[rating(1, 2, None), rating(1, 3, None)]);
    let index = rebuild.finish(1).expect("the journal is whole");
    assert!(index.known(rating(2, 3, None).identity).is_none());
    let known = index.known(rating(1, 1, None).identity).expect("it was rated");
    assert_eq!((known.force.map(|place| place.seq), known.newest_since), (Some(2), 1));
}

#[test]
fn a_re_rated_identity_takes_16_bytes_beyond_its_slot() {
    const CALLS: u32 = 1000;
    const RERATES: u64 = 40;
    for version in [None, Some(4)] {
        let (mut live, rebuild) = (Index::default(), Rebuild::new(Some(RERATES), (2..=RERATES).collect()));
        let all = |seq| (0..CALLS).map(move |number| rating(number, seq, version)).collect::<Vec<_>>();
        for row in all(1) {
            live.rate(row.identity, Seen { content: row.content, version }, row.place);
        }
        let slots = live.table.bytes();
        for seq in 2..=RERATES {
            all(seq).iter().for_each(|row| live.rerate(row.identity, row.place));
            rebuild.add(&all(seq));
        }
        rebuild.add(&all(1));
        assert!(rebuild.bytes_of_moves() < 100 * CALLS as usize, "rows that later ones replaced are kept");
        for index in [&live, &rebuild.finish(2).expect("the journal is whole")] {
            assert_eq!(index.moved.len() * size_of::<Moved>(), 16 * CALLS as usize);
            let versions = if version.is_some() { CALLS as usize } else { 0 };
            assert_eq!((index.versioned.len(), index.rare.len()), (versions, 0));
            for row in all(RERATES) {
                let known = index.known(row.identity).expect("it was rated");
                assert_eq!((known.force, known.newest_since, known.version), (Some(row.place), 1, version));
            }
        }
        assert_eq!(live.table.bytes(), slots);
    }
}

#[test]
fn a_re_rate_of_what_was_never_rated_is_damage() {
    let rebuild = Rebuild::new(Some(2), vec![2]);
    rebuild.add(&[rating(1, 1, None), rating(2, 2, None)]);
    let error = rebuild.finish(1).expect_err("its rating is gone");
    assert!(error.to_string().contains("row 2 of batch 2 re-rates"), "{error}");
}
