//! The plain deck file: a CSV that needs no mapping, read and written (the columns are described in `docs/files.md`).
//!
//! Reading reports everything that is wrong at once, with line and column; overlaps of rows are `rate-tables`' to find.
//! Writing is canonical: equal rows give equal bytes, and reading what was written gives the rows back.

mod finding;
mod read;
mod write;

pub use finding::{Finding, Scope};
pub use write::write;

use didtron_domain::Price;
use didtron_domain::deck::{DeckHead, DeckRow};

/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 20] = [
    "prefix",
    "destination",
    "rate_per_min",
    "initial_interval_s",
    "next_interval_s",
    "connect_fee",
    "initial_rate_per_min",
    "grace_s",
    "effective_from",
    "effective_to",
    "status",
    "origin_set",
    "time_class",
    "group",
    "inter_per_min",
    "intra_per_min",
    "indeterminate_per_min",
    "local_per_min",
    "eea_per_min",
    "international_per_min",
];

/// What was read from a plain deck file, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainDeck {
    /// The rows with which nothing is wrong.
    pub rows: Vec<DeckRow>,
    /// For each of `rows` its line in the file, counted from 1.
    pub lines: Vec<u64>,
    /// Everything that is wrong, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Reads a plain deck: its rows, or everything that is wrong with them.
///
/// Bare dates are midnight in the zone of `head`; its increments stand where a row with a price has none.
///
/// ```
/// use didtron_domain::deck::DeckHead;
/// use didtron_domain::{Currency, Side};
/// use didtron_schemas::deck_file;
///
/// let head = DeckHead {
///     name: "retail".into(), direction: Side::Customer, currency: Currency::parse("USD").unwrap(),
///     zone: "UTC".into(), increment: None, country_lists: None,
/// };
/// let text = "prefix,destination,rate_per_min,initial_interval_s,next_interval_s\n49,Germany,0.01,60,1\n";
/// let rows = deck_file::read(text.as_bytes(), &head).unwrap();
/// assert_eq!(rows[0].prefix.to_string(), "49");
/// let findings = deck_file::read(b"prefix,destination,prize\n49,Germany,0.01\n", &head).unwrap_err();
/// assert_eq!(findings[0].column, "prize");
/// ```
pub fn read(bytes: &[u8], head: &DeckHead) -> Result<Vec<DeckRow>, Vec<Finding>> {
    let deck = read_rows(bytes, head, None);
    if deck.findings.is_empty() { Ok(deck.rows) } else { Err(deck.findings) }
}

/// Like [`read`], for a caller that needs the lines, or may leave out what is wrong. A price above `max_price`, where
/// one is given, is wrong.
#[must_use]
pub fn read_rows(bytes: &[u8], head: &DeckHead, max_price: Option<Price>) -> PlainDeck {
    read::read_rows(bytes, head, max_price)
}

#[cfg(test)]
mod tests;
