//! Builds the index from the two journals, whose rows come in any order and from several threads.
//!
//! What is in force is the last +1 row of usage (a reversal is always followed by a rating). What waits is the row of
//! suspense that nothing took out. Which content is the newest follows from the places: a row that outlived its own
//! batch in suspense came after every rating of that batch, and before those of later ones.
//!
//! Rated rows are laid aside by the upper bits of their identity and sorted in the end, so that the table is written
//! once from front to back: entered one by one, each of fifty millions would wait for memory.

use super::table::{SHARDS, Shard, Slot, Table, shard_of};
use super::{Index, Seen, State, Versioned, Waiting};
use didtron_domain::{ContentHash, IdentityKey, Reason};
use didtron_ports::{IdentityEntry, JournalKind, RowPlace};
use rustc_hash::FxHashMap;
use std::sync::Mutex;

const LOCKED: &str = "no thread panics while it holds a list of rows";

/// Takes rows in, gives the index out.
#[derive(Debug)]
pub(crate) struct Rebuild {
    /// The last batch whose rows count; a batch that is done again must not meet its own.
    cursor: Option<u64>,
    /// One for each shard of the table.
    shelves: Vec<Mutex<Shelf>>,
    suspense: Mutex<Suspense>,
}

/// Rated rows whose identities share their upper bits.
#[derive(Debug, Default)]
struct Shelf {
    slots: Vec<Slot>,
    versioned: Vec<Versioned>,
    /// What no slot can hold, or what came to an identity beside others.
    rare: Vec<Rated>,
}

#[derive(Clone, Copy, Debug)]
struct Rated {
    identity: IdentityKey,
    seen: Seen,
    place: RowPlace,
}

#[derive(Debug, Default)]
struct Suspense {
    /// Rows that came into it.
    came: Vec<Came>,
    /// Rows that were taken out, with the batch that did.
    left: FxHashMap<RowPlace, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Came {
    rated: Rated,
    reason: Option<Reason>,
}

impl Shelf {
    fn add(&mut self, rated: Rated) {
        let Rated { identity, seen, place } = rated;
        let Some(force) = State::Force(place).bits() else { return self.rare.push(rated) };
        let state = match seen.version {
            None => force,
            Some(version) => {
                let at = State::Versioned(self.versioned.len());
                self.versioned.push(Versioned { version, state: force });
                at.bits().expect("fewer than 2^56 identities have a version")
            }
        };
        self.slots.push(Slot { key: identity.0, content: seen.content.0, state });
    }

    /// The slots in the order of their keys, without those of identities that have several, which are set aside.
    /// `begin` is where the shelf's versions begin among all.
    fn take_sorted(&mut self, begin: usize) -> Vec<Slot> {
        let Self { slots, versioned, rare } = self;
        slots.sort_unstable_by_key(|slot| slot.key);
        for same in slots.chunk_by_mut(|a, b| a.key == b.key) {
            let is_rare = same.len() > 1;
            for slot in same {
                let at = match State::of(slot.state) {
                    State::Versioned(at) => Some(at),
                    _ => None,
                };
                if is_rare {
                    let seen = Seen { content: ContentHash(slot.content), version: at.map(|at| versioned[at].version) };
                    let place = place_of(at.map_or(slot.state, |at| versioned[at].state));
                    rare.push(Rated { identity: IdentityKey(slot.key), seen, place });
                    slot.state = 0;
                } else if let Some(at) = at {
                    slot.state =
                        State::Versioned(begin + at).bits().expect("fewer than 2^56 identities have a version");
                }
            }
        }
        slots.retain(|slot| slot.state != 0);
        std::mem::take(slots)
    }
}

fn place_of(state: u64) -> RowPlace {
    match State::of(state) {
        State::Force(place) => place,
        state => unreachable!("only rows in force are laid aside, not {state:?}"),
    }
}

impl Rebuild {
    pub(crate) fn new(cursor: Option<u64>) -> Self {
        let shelves = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { cursor, shelves, suspense: Mutex::default() }
    }

    /// Takes rows of either journal.
    pub(crate) fn add(&self, entries: &[IdentityEntry]) {
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| self.cursor.is_some_and(|cursor| entry.place.seq <= cursor)) {
            let seen = Seen { content: entry.content, version: entry.version };
            let rated = Rated { identity: entry.identity, seen, place: entry.place };
            match (entry.journal, entry.sign > 0) {
                (JournalKind::Usage, true) => all.push(rated),
                (JournalKind::Usage, false) => {}
                (JournalKind::Suspense, true) => {
                    self.suspense.lock().expect(LOCKED).came.push(Came { rated, reason: entry.reason });
                }
                (JournalKind::Suspense, false) => {
                    if let Some(place) = entry.reverses {
                        self.suspense.lock().expect(LOCKED).left.insert(place, entry.place.seq);
                    }
                }
            }
        }
        let shelf_of = |rated: &Rated| shard_of(rated.identity.0);
        all.sort_unstable_by_key(shelf_of);
        for rows in all.chunk_by(|a, b| shelf_of(a) == shelf_of(b)) {
            let mut shelf = self.shelves[shelf_of(&rows[0])].lock().expect(LOCKED);
            rows.iter().for_each(|rated| shelf.add(*rated));
        }
    }

    /// The index as it stands after the cursor's batch. Takes what was added.
    pub(crate) fn finish(&self, threads: usize) -> Index {
        let mut index = Index::default();
        let mut rare = Vec::new();
        index.table = Table::of_shards(self.shards(threads));
        for shelf in &self.shelves {
            let shelf = std::mem::take(&mut *shelf.lock().expect(LOCKED));
            index.versioned.extend(shelf.versioned);
            rare.extend(shelf.rare);
        }
        rare.sort_unstable_by_key(|rated: &Rated| rated.place);
        for Rated { identity, seen, place } in rare {
            index.rate(identity, seen, place);
        }
        let Suspense { mut came, left } = std::mem::take(&mut *self.suspense.lock().expect(LOCKED));
        came.sort_unstable_by_key(|came| came.rated.place);
        for came in came {
            waited(&mut index, &came, left.get(&came.rated.place).copied());
        }
        index
    }

    /// The shards of the table, each made of its shelf, which keeps what is no slot.
    fn shards(&self, threads: usize) -> Vec<Shard> {
        let counts = self.shelves.iter().map(|shelf| shelf.lock().expect(LOCKED).versioned.len());
        let begins = counts.scan(0, |end, count| Some(std::mem::replace(end, *end + count)));
        let work: Vec<_> = self.shelves.iter().zip(begins).collect();
        let build =
            |(shelf, begin): &(&Mutex<Shelf>, usize)| Shard::of_sorted(shelf.lock().expect(LOCKED).take_sorted(*begin));
        std::thread::scope(|scope| {
            let shares = work.chunks(SHARDS.div_ceil(threads.max(1)));
            let running: Vec<_> =
                shares.map(|share| scope.spawn(move || share.iter().map(build).collect::<Vec<_>>())).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("sorting does not panic")).collect()
        })
    }
}

/// Rows come in the order of their places here, after all of usage.
fn waited(index: &mut Index, came: &Came, left: Option<u64>) {
    let Came { rated: Rated { identity, seen, place }, reason } = *came;
    if let (None, Some(reason)) = (left, reason) {
        // What still waits is the newest content, whatever is in force.
        return index.wait(identity, seen, Waiting { place, reason });
    }
    index.remember(identity, seen, place.seq);
    if left.is_some_and(|seq| seq > place.seq) {
        was_newest(index, identity, seen.content, place);
    }
}

/// It was the newest content at the end of its batch, and is unless it was rated, or other content was, later on.
fn was_newest(index: &mut Index, identity: IdentityKey, content: ContentHash, place: RowPlace) {
    let force = index.known(identity).and_then(|known| known.force);
    if force.is_none_or(|force| force.seq <= place.seq) {
        index.rare(identity, content).newest = content;
    }
}
