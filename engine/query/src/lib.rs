//! SQL and reports on the usage store: the stable views over both journals, and the only home of DataFusion.
//!
//! The books are not known here: the list of live files, the names, the carriers and the decks are handed in as one
//! [`Source`], a consistent view of one moment. No directory is ever listed.

mod answer;
mod batches;
mod calls_file;
mod columns;
mod damage;
mod error;
mod functions;
mod group_by_id;
mod journal_table;
mod place_set;
mod report;
mod reversals;
mod session;
mod source;
mod views;

pub use answer::{Answer, Format};
pub use batches::Cause;
pub use calls_file::CallsFile;
pub use error::Error;
pub use report::{Dimension, Figures, Report, ReportRow, ReportTable};
pub use session::Session;
pub use source::{BatchCause, BatchKind, CarrierRow, DeckRow, Source};
