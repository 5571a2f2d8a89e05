//! The demo world rated the way a good program is written when speed is not its purpose: `csv` and `serde` into owned
//! records, prefixes in a hash map of strings, `rust_decimal` for money, a line of JSON per rated call.
//!
//! It shares no code with the engine and comes to the same totals. It follows `docs/rating.md` as far as the demo world
//! goes; a catalog or deck that asks for more is refused when it is read, so that no total is wrong in silence. Duplicates
//! and corrections (R16) are not its matter: every record is rated by itself.

mod catalog;
mod deck;
mod interconnect;
mod plan;
mod rate;
mod record;
mod when;

pub use catalog::Catalog;
pub use rate::{Totals, rate};
