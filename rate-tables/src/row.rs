//! A row as it holds after all versions were laid over each other, its terms, and its rank among those of its prefix.

use didtron_domain::deck::{RowPrice, RowStatus};
use didtron_domain::{Increment, Instant, Price};

/// What a row costs. Decks have few different ones, so that rows share them and are half as large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowTerms {
    /// `None` only for a blocked or closed row.
    pub price: Option<RowPrice>,
    /// Due once per answered call (R5).
    pub connect_fee: Price,
    /// Its own, else the deck's (R4); `None` only for a row that is closed or has no price.
    pub increment: Option<Increment>,
    /// Seconds that override the plan's grace (R3).
    pub grace_s: Option<u32>,
}

/// A row with its true times. Its terms and names are positions in the tables of its [`crate::DeckTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompiledRow {
    /// In force from here; [`Instant::MIN`]: always.
    pub from: Instant,
    /// Until here, exclusive, after later versions ended it; [`Instant::MAX`]: no end.
    pub to: Instant,
    /// See [`crate::DeckTable::terms`].
    pub terms: u32,
    /// The number of the version that brought it.
    pub version: u32,
    /// See [`crate::DeckTable::destinations`].
    pub destination: u32,
    /// See [`crate::DeckTable::groups`].
    pub group: Option<u32>,
    /// See [`crate::DeckTable::origin_sets`]; `None`: all callers.
    pub origin_set: Option<u32>,
    /// See [`crate::DeckTable::time_classes`]; `None`: all hours.
    pub time_class: Option<u32>,
    /// Open, blocked or closed.
    pub status: RowStatus,
    /// Whether the row itself said from when it holds; else `from` is its version's effective time.
    pub own_from: bool,
}

const _: () = assert!(size_of::<CompiledRow>() <= 56, "a deck of a million rows lies in memory as often as it is used");

impl CompiledRow {
    /// Whether `at` lies in its times, whatever its status: `[from, to)`.
    #[inline]
    #[must_use]
    pub fn is_in_force(&self, at: Instant) -> bool {
        // Both compared without a branch: which of the two fails cannot be predicted.
        (self.from <= at) & (at < self.to)
    }

    /// Whether R10 considers it at `at`: in force and not closed. Origin and time class are the caller's to judge.
    #[inline]
    #[must_use]
    pub fn competes(&self, at: Instant) -> bool {
        self.is_in_force(at) & (self.status != RowStatus::Closed)
    }

    /// From when it holds by its own word; `None` where it took its version's effective time.
    #[must_use]
    pub fn effective_from(&self) -> Option<Instant> {
        self.own_from.then_some(self.from)
    }
}

/// How well a row fits a call, among the rows of one prefix (R10): the longer origin, then a time class before none.
///
/// ```
/// use didtron_rate_tables::Rank;
/// let near = Rank { origin_length: 2, has_time_class: false };
/// assert!(near > Rank { origin_length: 0, has_time_class: true });
/// assert!(near < Rank { origin_length: 2, has_time_class: true });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rank {
    /// Digits of the caller's number that the row's origin set matched; 0 for a row without one.
    pub origin_length: u8,
    /// Whether the row has a time class.
    pub has_time_class: bool,
}
