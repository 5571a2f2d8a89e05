//! Builds the index from the two journals, whose rows come in any order.
//!
//! What is in force is the last +1 row of usage (a reversal is always followed by a rating). What waits is the row of
//! suspense that nothing took out. Which content is the newest follows from the places: a row that outlived its own
//! batch in suspense came after every rating of that batch, and before those of later ones.

use super::{Index, Seen, Waiting};
use didtron_domain::{ContentHash, IdentityKey, Reason};
use didtron_ports::{IdentityEntry, JournalKind, RowPlace};
use rustc_hash::FxHashMap;

/// Takes rows in, gives the index out.
#[derive(Debug)]
pub(crate) struct Rebuild {
    /// The last batch whose rows count; a batch that is done again must not meet its own.
    cursor: Option<u64>,
    index: Index,
    /// Rows that came into suspense.
    came: Vec<Came>,
    /// Rows that were taken out, with the batch that did.
    left: FxHashMap<RowPlace, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Came {
    identity: IdentityKey,
    seen: Seen,
    place: RowPlace,
    reason: Option<Reason>,
}

impl Rebuild {
    pub(crate) fn new(cursor: Option<u64>) -> Self {
        Self { cursor, index: Index::default(), came: Vec::new(), left: FxHashMap::default() }
    }

    /// Takes one row of either journal.
    pub(crate) fn add(&mut self, entry: &IdentityEntry) {
        if self.cursor.is_none_or(|cursor| entry.place.seq > cursor) {
            return;
        }
        let seen = Seen { content: entry.content, version: entry.version };
        match (entry.journal, entry.sign > 0) {
            (JournalKind::Usage, true) => self.rated(entry.identity, seen, entry.place),
            (JournalKind::Usage, false) => {}
            (JournalKind::Suspense, true) => {
                let (identity, place, reason) = (entry.identity, entry.place, entry.reason);
                self.came.push(Came { identity, seen, place, reason });
            }
            (JournalKind::Suspense, false) => {
                if let Some(place) = entry.reverses {
                    self.left.insert(place, entry.place.seq);
                }
            }
        }
    }

    fn rated(&mut self, identity: IdentityKey, seen: Seen, place: RowPlace) {
        match self.index.known(identity).map(|known| known.force) {
            Some(Some(last)) if place < last => self.index.remember(identity, seen, place.seq),
            _ => self.index.rate(identity, seen, place),
        }
    }

    /// The index as it stands after the cursor's batch.
    pub(crate) fn finish(mut self) -> Index {
        self.came.sort_unstable_by_key(|came| came.place);
        for came in std::mem::take(&mut self.came) {
            self.waited(&came);
        }
        self.index
    }

    /// Rows come in the order of their places here, after all of usage.
    fn waited(&mut self, came: &Came) {
        let Came { identity, seen, place, reason } = *came;
        let left = self.left.get(&place);
        if let (None, Some(reason)) = (left, reason) {
            // What still waits is the newest content, whatever is in force.
            return self.index.wait(identity, seen, Waiting { place, reason });
        }
        self.index.remember(identity, seen, place.seq);
        if left.is_some_and(|seq| *seq > place.seq) {
            self.was_newest(identity, seen.content, place);
        }
    }

    /// It was the newest content at the end of its batch, and is unless it was rated, or other content was, later on.
    fn was_newest(&mut self, identity: IdentityKey, content: ContentHash, place: RowPlace) {
        let force = self.index.known(identity).and_then(|known| known.force);
        if force.is_none_or(|force| force.seq <= place.seq) {
            self.index.rare(identity, content).newest = content;
        }
    }
}
