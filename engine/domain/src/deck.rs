//! Rate decks as people publish them: versions of rows (rating.md section 4). What a version does to the ones before
//! it is decided in `rate-tables`.

use crate::amount::Price;
use crate::currency::Currency;
use crate::instant::Instant;
use crate::number::DialPrefix;
use crate::policy::{Increment, words};
use crate::rejection::Side;

/// What a row does with the numbers of its prefix (R10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowStatus {
    /// Prices them.
    #[default]
    Open,
    /// Competes like a rate, and rejects a customer's call.
    Blocked,
    /// Is no candidate and hides nothing.
    Closed,
}
words!(RowStatus { Open = "open", Blocked = "blocked", Closed = "closed" });

/// Whether a version lists all keys of its deck or only those that change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VersionMode {
    /// Closes the keys that it lacks.
    #[default]
    Full,
    /// Leaves them alone.
    Delta,
}
words!(VersionMode { Full = "full", Delta = "delta" });

/// The price or prices of a row, per minute (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowPrice {
    /// One price, and another for the first increment where the deck gives one (R5).
    One {
        /// Of every increment, or of those after the first.
        rate: Price,
        /// Of the first increment.
        initial_rate: Option<Price>,
    },
    /// By the states of both ends.
    Us {
        /// Two states.
        inter: Price,
        /// The same state.
        intra: Price,
        /// An end without a state.
        indeterminate: Price,
    },
    /// By the countries of both ends.
    Eea {
        /// The same country.
        local: Price,
        /// Each end in its list.
        eea: Price,
        /// Anything else.
        international: Price,
    },
}

/// One row of a deck version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckRow {
    /// The front of the numbers that it is for.
    pub prefix: DialPrefix,
    /// The destination's name.
    pub destination: String,
    /// `None` only for a blocked or closed row.
    pub price: Option<RowPrice>,
    /// Seconds of the increments; `None` only for a row without a price.
    pub increment: Option<Increment>,
    /// Due once per answered call (R5).
    pub connect_fee: Price,
    /// Overrides the plan's grace (R3).
    pub grace_s: Option<u32>,
    /// In force from here; `None`: from the version's effective time.
    pub effective_from: Option<Instant>,
    /// In force until here, exclusive; `None`: no end.
    pub effective_to: Option<Instant>,
    /// Open, blocked or closed.
    pub status: RowStatus,
    /// The name of the callers that it is for; `None`: all.
    pub origin_set: Option<String>,
    /// The name of the hours that it is for; `None`: all.
    pub time_class: Option<String>,
    /// The destination group.
    pub group: Option<String>,
}

/// One published version of a deck: rows and how they meet the versions before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckVersion {
    /// Counted from 1 in order of publication.
    pub number: u32,
    /// Full list or delta.
    pub mode: VersionMode,
    /// From when it changes the versions before; `None`: always.
    pub effective: Option<Instant>,
    /// Its rows.
    pub rows: Vec<DeckRow>,
}

/// What every version of a deck has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckHead {
    /// Unique among decks.
    pub name: String,
    /// Whose side it prices.
    pub direction: Side,
    /// Of all its prices.
    pub currency: Currency,
    /// The zone of its bare dates and time classes, by its IANA name.
    pub zone: String,
    /// For rows that have none.
    pub increment: Option<Increment>,
    /// The name of the country lists of its EEA-style rows.
    pub country_lists: Option<String>,
}
