//! Decides which rate of one deck applies to a number at a time (rating.md R10 within a deck, section 4).
//!
//! A [`DeckTable`] is what remains of a deck's versions after they were laid over each other: rows with their true
//! times, by prefix, beside an index of the prefixes. It knows neither origin sets nor hours nor what a call costs:
//! whether a row fits a call is asked of the caller. Nothing here reads a file, a clock or the environment.

#![deny(missing_docs)]

mod cache;
mod check;
mod choose;
mod compile;
mod diff;
mod finding;
mod layers;
mod machine;
mod names;
mod prefix_index;
mod row;
mod shared;
mod table;

pub use cache::CacheError;
pub use check::check_version;
pub use choose::Choice;
pub use compile::ROWS_MAX;
pub use diff::{Change, DeckDiff, DiffCounts, DiffEntry, diff};
pub use finding::Finding;
pub use machine::prefetch;
pub use prefix_index::Longest;
pub use row::{CompiledRow, Rank, RowTerms};
pub use table::DeckTable;
