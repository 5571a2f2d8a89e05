//! Builds the index from the two journals, whose rows come in any order and from several threads.
//!
//! What is in force is the last +1 row of usage (a reversal is always followed by a rating). What waits is the row of
//! suspense that nothing took out. Which content is the newest follows from the places: a row that outlived its own
//! batch in suspense came after every rating of that batch, and before those of later ones. Rows of re-rates say only
//! where the row in force is: their content came before, and so their batches must be told.
//!
//! Rated rows are laid aside by the upper bits of their identity and sorted in the end, so that the table is written
//! once from front to back: entered one by one, each of fifty millions would wait for memory.

use super::table::{SHARDS, Shard, Slot, Table, shard_of};
use super::{Index, Seen, State, Versioned, Waiting};
use crate::error::RunError;
use didtron_domain::{ContentHash, IdentityKey, Reason};
use didtron_ports::{IdentityEntry, JournalKind, RowPlace};
use rustc_hash::FxHashMap;
use std::sync::Mutex;

const LOCKED: &str = "no thread panics while it holds a list of rows";
/// Rows of re-rates that a shelf makes room for at first.
const MOVES_FIRST: usize = 256;

/// Takes rows in, gives the index out.
#[derive(Debug)]
pub(crate) struct Rebuild {
    /// The last batch whose rows count; a batch that is done again must not meet its own.
    cursor: Option<u64>,
    /// The batches of re-rates, in order.
    rerates: Vec<u64>,
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
    moves: Moves,
}

/// Rows of re-rates, of which only the last one of an identity matters.
#[derive(Debug, Default)]
struct Moves(Vec<Move>);

/// Sorted by identity and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    /// The upper and the lower half: one integer would take eight bytes more, to be aligned.
    identity: [u64; 2],
    /// [`RowPlace::packed`].
    place: u64,
}

const _: () = assert!(size_of::<Move>() == 24);

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
        let Self { slots, versioned, rare, .. } = self;
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

impl Moves {
    /// Makes room by what is known to be outdated, so that calls that are re-rated again and again take no more of it
    /// than calls that were once. Sorting is paid for by the half that was added since.
    fn add(&mut self, identity: IdentityKey, place: RowPlace) {
        if self.0.len() == self.0.capacity() {
            self.sort();
            if self.0.len() * 2 >= self.0.capacity() {
                self.0.reserve_exact(self.0.len().max(MOVES_FIRST));
            }
        }
        let [upper, lower] = [identity.0 >> u64::BITS, identity.0].map(|half| half as u64);
        self.0.push(Move { identity: [upper, lower], place: place.packed() });
    }

    /// By identity, the last of each.
    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup_by(|later, earlier| {
            let is_same = later.identity == earlier.identity;
            if is_same {
                earlier.place = later.place;
            }
            is_same
        });
    }
}

impl Move {
    fn identity(&self) -> IdentityKey {
        let [upper, lower] = self.identity.map(u128::from);
        IdentityKey(upper << u64::BITS | lower)
    }
}

impl Rebuild {
    /// `rerates` are the partition's batches of re-rates, in order.
    pub(crate) fn new(cursor: Option<u64>, rerates: Vec<u64>) -> Self {
        debug_assert!(rerates.is_sorted(), "batches come in order");
        let shelves = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { cursor, rerates, shelves, suspense: Mutex::default() }
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
            self.lay_aside(rows, &mut shelf);
        }
    }

    #[cfg(test)]
    pub(super) fn bytes_of_moves(&self) -> usize {
        let room = |shelf: &Mutex<Shelf>| shelf.lock().expect(LOCKED).moves.0.capacity();
        self.shelves.iter().map(room).sum::<usize>() * size_of::<Move>()
    }

    fn lay_aside(&self, rows: &[Rated], shelf: &mut Shelf) {
        // Rows of a batch mostly lie together.
        let mut last = None;
        for rated in rows {
            let seq = rated.place.seq;
            let is_rerate = match last {
                Some((known, is_rerate)) if known == seq => is_rerate,
                _ => self.rerates.binary_search(&seq).is_ok(),
            };
            last = Some((seq, is_rerate));
            match is_rerate {
                true => shelf.moves.add(rated.identity, rated.place),
                false => shelf.add(*rated),
            }
        }
    }

    /// The index as it stands after the cursor's batch. Takes what was added. A re-rate of what was never rated is
    /// damage.
    pub(crate) fn finish(&self, threads: usize) -> Result<Index, RunError> {
        let mut index = Index::default();
        let (mut rare, mut moves) = (Vec::new(), Vec::new());
        index.table = Table::of_shards(self.shards(threads));
        for shelf in &self.shelves {
            let shelf = std::mem::take(&mut *shelf.lock().expect(LOCKED));
            index.versioned.extend(shelf.versioned);
            rare.extend(shelf.rare);
            moves.push(shelf.moves.0);
        }
        rare.sort_unstable_by_key(|rated: &Rated| rated.place);
        for Rated { identity, seen, place } in rare {
            index.rate(identity, seen, place);
        }
        for moves in moves {
            moves.iter().try_for_each(|own| rerated(&mut index, own))?;
        }
        let Suspense { mut came, left } = std::mem::take(&mut *self.suspense.lock().expect(LOCKED));
        came.sort_unstable_by_key(|came| came.rated.place);
        for came in came {
            waited(&mut index, &came, left.get(&came.rated.place).copied());
        }
        Ok(index)
    }

    /// The shards of the table, each made of its shelf, which keeps what is no slot, sorted.
    fn shards(&self, threads: usize) -> Vec<Shard> {
        let counts = self.shelves.iter().map(|shelf| shelf.lock().expect(LOCKED).versioned.len());
        let begins = counts.scan(0, |end, count| Some(std::mem::replace(end, *end + count)));
        let work: Vec<_> = self.shelves.iter().zip(begins).collect();
        let build = |(shelf, begin): &(&Mutex<Shelf>, usize)| {
            let mut shelf = shelf.lock().expect(LOCKED);
            shelf.moves.sort();
            Shard::of_sorted(shelf.take_sorted(*begin))
        };
        std::thread::scope(|scope| {
            let shares = work.chunks(SHARDS.div_ceil(threads.max(1)));
            let running: Vec<_> =
                shares.map(|share| scope.spawn(move || share.iter().map(build).collect::<Vec<_>>())).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("sorting does not panic")).collect()
        })
    }
}

/// The last row of a re-rate is in force, unless the identity was rated after it.
fn rerated(index: &mut Index, own: &Move) -> Result<(), RunError> {
    let (identity, place) = (own.identity(), RowPlace::unpack(own.place));
    let force = index.known(identity).and_then(|known| known.force);
    let force = force.ok_or_else(|| {
        let RowPlace { seq, row } = place;
        RunError::damaged(format!(
            "could not read who is known: row {row} of batch {seq} re-rates the call {identity}, and no row of usage \
             rates it; check the live files with an audit"
        ))
    })?;
    if force < place {
        index.rerate(identity, place);
    }
    Ok(())
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
    let rare = index.rare(identity, content);
    if rare.force_since.is_none_or(|since| since <= place.seq) {
        rare.newest = content;
    }
}
