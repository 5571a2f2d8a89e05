//! Suppliers' rate sheets in whatever form they come: CSV of any kind, XLSX, XLS, ODS, the open rate card.
//!
//! A [mapping](didtron_schemas::deck_mapping) says how a sheet is read; what it does not say must be proved by the sheet
//! itself, for an import never guesses about money. Everything wrong is reported at once, with sheet, row and column.

mod cell;
mod codes;
mod columns;
mod conventions;
mod dates;
mod deck_reading;
mod delimited;
mod encoding;
mod grid;
mod header_names;
mod increments;
mod join;
mod notes;
mod overlap;
mod prices;
mod rate_card;
mod reading;
mod rows;
mod status;
mod tables;
mod workbook;

pub use deck_reading::{DeckReading, Place, SheetFile};
pub use didtron_schemas::deck_file::{Finding, Scope};
pub use reading::{OpenError, read_deck, read_deck_at};
