//! The embedded books in SQLite: claims and cursors, accruals and ledger, catalog and deck versions, re-rates,
//! mappings, names, the list of live files; and the locks of the data directory.
//!
//! The statements are portable to PostgreSQL; what is SQLite's own (opening, triggers) stands in `open` and `migrate`.
//! Usage rows are not here.

pub mod audit;
pub mod catalogs;
pub mod decks;
pub mod files;
pub mod ledger;
pub mod lock;
pub mod mappings;
pub mod names;
pub mod rerates;

mod accruals;
mod claims;
mod column;
mod days;
mod error;
mod export;
mod feeds;
mod migrate;
mod open;
mod port;
mod settle;
mod state;
mod transaction;

pub use audit::{AccruedTotal, AuditView, BatchRecord, BatchState};
pub use catalogs::{CatalogVersion, ChangeCounts, Published};
pub use days::{DayRecord, DayTotal};
pub use decks::{DeckVersionInfo, NewDeckVersion};
pub use export::ExportForm;
pub use ledger::{AccountKind, Balance, ChainState, Transaction, ledger_digest};
pub use lock::{DirectoryLock, LockError, NoReaders, ReaderGuard};
pub use mappings::{MappingKind, SavedMapping};
pub use open::{Books, Mode};
pub use rerates::{AddedRerate, RerateRecord, RerateState};
