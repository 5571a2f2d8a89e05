//! The identity index: what was seen under each identity, which row is in force, which one waits (R16).
//!
//! In memory, exact, one partition's. Most identities have one content: those lie in 32-byte slots ([`table`]), with 16
//! bytes more where it has a version and 16 more once it was re-rated. Everything else is in a side table. Built from
//! the journals ([`rebuild`]), then extended batch by batch.

mod rebuild;
mod table;

pub(crate) use rebuild::Rebuild;

use didtron_domain::{ContentHash, IdentityKey, Reason};
use didtron_ports::RowPlace;
use std::ops::Range;
use table::{Slot, Table};

/// A row of suspense that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) place: RowPlace,
    pub(crate) reason: Reason,
}

/// How an identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The newest content: in force, waiting, or dismissed while it waited.
    pub(crate) newest: ContentHash,
    /// The batch in which the newest content first came.
    pub(crate) newest_since: u64,
    /// The greatest version seen, lent ones too; `None` where none was given.
    pub(crate) version: Option<i64>,
    /// The +1 row of usage without a reversal.
    pub(crate) force: Option<RowPlace>,
    /// What waits is always the newest content.
    pub(crate) waits: Option<Waiting>,
}

/// A content with its version, as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) content: ContentHash,
    pub(crate) version: Option<i64>,
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    table: Table,
    versioned: Vec<Versioned>,
    moved: Vec<Moved>,
    rare: Vec<Rare>,
}

/// What a slot has no room for where the one content has a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Versioned {
    version: i64,
    /// A [`State`] that is a place.
    state: u64,
}

/// What a slot has no room for where the one content is in force by the row of a re-rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moved {
    /// The batch in which the content came.
    since: u64,
    /// A [`State`] that is a place, or a version with one beside it.
    state: u64,
}

const _: () = assert!(size_of::<Moved>() == 16, "one re-rate may move every identity");

/// An identity that has more than one content, or more of a past than its one row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rare {
    /// Every content with the batch in which it first came.
    contents: Vec<(ContentHash, u64)>,
    newest: ContentHash,
    version: Option<i64>,
    force: Option<RowPlace>,
    /// The batch in which what is in force came, whatever re-rated it since.
    force_since: Option<u64>,
    waits: Option<Waiting>,
}

impl Rare {
    const fn new(newest: ContentHash) -> Self {
        Self { contents: Vec::new(), newest, version: None, force: None, force_since: None, waits: None }
    }

    fn saw(&mut self, seen: Seen, seq: u64) {
        match self.contents.iter_mut().find(|(known, _)| *known == seen.content) {
            Some((_, since)) => *since = seq.min(*since),
            None => self.contents.push((seen.content, seq)),
        }
        self.version = self.version.max(seen.version);
    }

    fn known(&self) -> Known {
        let since = self.contents.iter().find(|(known, _)| *known == self.newest);
        let newest_since = since.expect("the newest content is one of those seen").1;
        Known { newest: self.newest, newest_since, version: self.version, force: self.force, waits: self.waits }
    }
}

impl Index {
    /// Makes [`Index::known`] quicker for these.
    pub(crate) fn touch(&self, identities: &[IdentityKey]) {
        self.table.touch(identities.iter().map(|identity| identity.0));
    }

    /// How the identity stands; `None` where it was never seen.
    pub(crate) fn known(&self, identity: IdentityKey) -> Option<Known> {
        let slot = self.table.get(identity.0)?;
        let (state, since) = match State::of(slot.state) {
            State::Rare(at) => return Some(self.rare[at].known()),
            State::Moved(at) => (State::of(self.moved[at].state), Some(self.moved[at].since)),
            state => (state, None),
        };
        let (state, version) = match state {
            State::Versioned(at) => (State::of(self.versioned[at].state), Some(self.versioned[at].version)),
            state => (state, None),
        };
        let (place, force, waits) = match state {
            State::Force(place) => (place, Some(place), None),
            State::Waits(waiting) => (waiting.place, None, Some(waiting)),
            State::Versioned(_) | State::Moved(_) | State::Rare(_) => unreachable!("what is beside a slot is a place"),
        };
        let newest_since = since.unwrap_or(place.seq);
        Some(Known { newest: ContentHash(slot.content), newest_since, version, force, waits })
    }

    /// Whether the content was seen under the identity.
    pub(crate) fn has_seen(&self, identity: IdentityKey, content: ContentHash) -> bool {
        self.table.get(identity.0).is_some_and(|slot| match State::of(slot.state) {
            State::Rare(at) => self.rare[at].contents.iter().any(|(known, _)| *known == content),
            State::Force(_) | State::Waits(_) | State::Versioned(_) | State::Moved(_) => slot.content == content.0,
        })
    }

    /// Whether a content was seen under the identity that is none of `own`.
    pub(crate) fn has_other(&self, identity: IdentityKey, own: [ContentHash; 2]) -> bool {
        self.table.get(identity.0).is_some_and(|slot| match State::of(slot.state) {
            State::Rare(at) => self.rare[at].contents.iter().any(|(known, _)| !own.contains(known)),
            State::Force(_) | State::Waits(_) | State::Versioned(_) | State::Moved(_) => {
                !own.contains(&ContentHash(slot.content))
            }
        })
    }

    /// The row at `place` rates the newest content; nothing waits any more.
    pub(crate) fn rate(&mut self, identity: IdentityKey, seen: Seen, place: RowPlace) {
        if self.enter(identity, seen, State::Force(place)) {
            return;
        }
        let rare = self.rare(identity, seen.content);
        rare.saw(seen, place.seq);
        (rare.newest, rare.force, rare.waits) = (seen.content, Some(place), None);
        rare.force_since = Some(place.seq);
    }

    /// The row at `place` rates again what is in force, as something must be: that moves, and nothing else.
    pub(crate) fn rerate(&mut self, identity: IdentityKey, place: RowPlace) {
        let known = self.known(identity).filter(|known| known.force.is_some());
        let known = known.expect("only what is in force is rated again");
        let slot = self.table.get(identity.0).expect("it is known");
        match (State::of(slot.state), State::Force(place).bits()) {
            (State::Moved(at), Some(place)) => {
                self.moved[at].state = self.put_in_force(State::of(self.moved[at].state), place);
            }
            (own @ (State::Force(_) | State::Versioned(_)), Some(place)) => {
                let at = State::Moved(self.moved.len()).bits().expect("fewer than 2^56 identities are re-rated");
                let state = self.put_in_force(own, place);
                self.moved.push(Moved { since: known.newest_since, state });
                self.table.put(Slot { state: at, ..slot });
            }
            (State::Rare(_) | State::Waits(_), _) | (_, None) => {
                self.rare(identity, known.newest).force = Some(place);
            }
        }
    }

    /// The bits of a state once its place is this one, which lies beside it where it has a version.
    fn put_in_force(&mut self, state: State, place: u64) -> u64 {
        let State::Versioned(at) = state else { return place };
        self.versioned[at].state = place;
        state.bits().expect("it was bits before")
    }

    /// The newest content waits; a rating in force stands.
    pub(crate) fn wait(&mut self, identity: IdentityKey, seen: Seen, waiting: Waiting) {
        if self.enter(identity, seen, State::Waits(waiting)) {
            return;
        }
        let rare = self.rare(identity, seen.content);
        rare.saw(seen, waiting.place.seq);
        (rare.newest, rare.waits) = (seen.content, Some(waiting));
    }

    /// What waited is gone; it is still known.
    pub(crate) fn leave(&mut self, identity: IdentityKey) {
        if let Some(known) = self.known(identity) {
            self.rare(identity, known.newest).waits = None;
        }
    }

    /// Content or version is known from now on; what is newest stays.
    pub(crate) fn remember(&mut self, identity: IdentityKey, seen: Seen, seq: u64) {
        self.rare(identity, seen.content).saw(seen, seq);
    }

    /// What waits at places of `range` (packed), of one reason or any, in the order of places.
    pub(crate) fn waiting(&self, range: &Range<u64>, reason: Option<Reason>) -> Vec<(IdentityKey, RowPlace)> {
        let waits = |slot: &Slot| match State::of(slot.state) {
            State::Rare(at) => self.rare[at].waits,
            State::Versioned(at) => waits_in(self.versioned[at].state),
            State::Force(_) | State::Moved(_) => None,
            State::Waits(waiting) => Some(waiting),
        };
        let all = self.table.iter().filter_map(|slot| waits(slot).map(|waiting| (IdentityKey(slot.key), waiting)));
        let mut found: Vec<_> = all
            .filter(|(_, waiting)| range.contains(&waiting.place.packed()))
            .filter(|(_, waiting)| reason.is_none_or(|reason| reason == waiting.reason))
            .map(|(identity, waiting)| (identity, waiting.place))
            .collect();
        found.sort_unstable_by_key(|(_, place)| *place);
        found
    }

    /// Enters an identity that was never seen, if a slot can hold it.
    fn enter(&mut self, identity: IdentityKey, seen: Seen, state: State) -> bool {
        let Some(place) = state.bits() else { return false };
        let versioned = State::Versioned(self.versioned.len());
        let state = match seen.version {
            None => place,
            Some(_) => versioned.bits().expect("fewer than 2^56 identities have a version"),
        };
        let is_new = self.table.add(Slot { key: identity.0, content: seen.content.0, state });
        if let (true, Some(version)) = (is_new, seen.version) {
            self.versioned.push(Versioned { version, state: place });
        }
        is_new
    }

    /// The identity's entry in the side table, moved there if need be; a new one has no contents yet.
    fn rare(&mut self, identity: IdentityKey, newest: ContentHash) -> &mut Rare {
        let slot = self.table.get(identity.0);
        if let Some(State::Rare(at)) = slot.map(|slot| State::of(slot.state)) {
            return &mut self.rare[at];
        }
        let rare = match (self.known(identity), slot) {
            (Some(known), Some(slot)) => Rare {
                contents: vec![(ContentHash(slot.content), known.newest_since)],
                newest: known.newest,
                version: known.version,
                force: known.force,
                force_since: known.force.map(|_| known.newest_since),
                waits: known.waits,
            },
            _ => Rare::new(newest),
        };
        let at = self.rare.len();
        self.rare.push(rare);
        let state = State::Rare(at).bits().expect("the side table has fewer entries than 2^56");
        self.table.put(Slot { key: identity.0, content: newest.0, state });
        &mut self.rare[at]
    }
}

fn waits_in(state: u64) -> Option<Waiting> {
    match State::of(state) {
        State::Waits(waiting) => Some(waiting),
        _ => None,
    }
}

/// What the last field of a slot says: a tag in its upper byte (0: empty), a packed place or a position below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Force(RowPlace),
    Waits(Waiting),
    Versioned(usize),
    Moved(usize),
    Rare(usize),
}

impl State {
    const TAG_SHIFT: u32 = 56;
    const MOVED: u64 = 0xfc;
    const VERSIONED: u64 = 0xfd;
    const FORCE: u64 = 0xfe;
    const RARE: u64 = 0xff;

    /// `None` where a place does not fit: batches from 2^32 on live in the side table.
    fn bits(self) -> Option<u64> {
        let (tag, value) = match self {
            Self::Force(place) => (Self::FORCE, place.packed()),
            Self::Waits(waiting) => (u64::from(waiting.reason.code()), waiting.place.packed()),
            Self::Versioned(at) => (Self::VERSIONED, at as u64),
            Self::Moved(at) => (Self::MOVED, at as u64),
            Self::Rare(at) => (Self::RARE, at as u64),
        };
        let fits = match self {
            Self::Force(place) | Self::Waits(Waiting { place, .. }) => place.seq <= u64::from(u32::MAX),
            Self::Versioned(_) | Self::Moved(_) | Self::Rare(_) => true,
        };
        fits.then_some(tag << Self::TAG_SHIFT | value)
    }

    fn of(bits: u64) -> Self {
        let value = bits & ((1 << Self::TAG_SHIFT) - 1);
        match bits >> Self::TAG_SHIFT {
            Self::FORCE => Self::Force(RowPlace::unpack(value)),
            Self::VERSIONED => Self::Versioned(position(value)),
            Self::MOVED => Self::Moved(position(value)),
            Self::RARE => Self::Rare(position(value)),
            code => {
                let reason = u8::try_from(code).ok().and_then(Reason::from_code);
                let reason = reason.expect("only codes of reasons are packed, and 0 is an empty slot");
                Self::Waits(Waiting { place: RowPlace::unpack(value), reason })
            }
        }
    }
}

fn position(value: u64) -> usize {
    usize::try_from(value).expect("it was a position before")
}

#[cfg(test)]
mod tests;
