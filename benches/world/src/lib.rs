//! The seeded demo world: a catalog, its decks, a month of calls, and what must come of rating them.
//!
//! It is kept apart from the rater on purpose and shares no code with it: it knows its truth by construction. What
//! each row is (a call, a duplicate, a correction, a line that nobody can read) is decided before the row is written,
//! and each planned call is dialled where both sides have an open row for certain.
//!
//! | file | decides |
//! |---|---|
//! | `plan.rs` | how many rows of each kind there are, and so the truth |
//! | `prefixes.rs`, `areas.rs`, `countries.rs` | the prefixes of the full decks, their nesting and prices |
//! | `decks.rs`, `carriers.rs`, `catalog.rs` | who prices what, in which layers, by which policies |
//! | `call.rs`, `dial.rs`, `broken.rs` | one call by its number in the month, and how a line breaks |
//! | `traffic.rs` | in which file and order the rows come |

mod areas;
mod broken;
mod call;
mod carriers;
mod catalog;
mod countries;
mod deck_rows;
mod decks;
mod dial;
mod dice;
mod directory;
mod error;
mod figures;
mod increments;
mod june;
mod numbering;
mod options;
mod plan;
mod prefixes;
mod prices;
mod progress;
mod traffic;
mod truth;
mod world;

pub use error::WorldError;
pub use options::Options;
pub use progress::Progress;
pub use truth::{Expect, Kinds, Truth};
pub use world::{write, write_watched};
