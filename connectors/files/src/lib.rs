//! Files of call records: CSV in its dialects and JSON lines, plain, gzip or zstd, and standard input by way of a spool.
//!
//! A [`CallFile`] cuts a file into chunks of whole records and decodes them by a mapping into the engine's batches. It
//! knows nothing of what a call costs, and nothing of which records were seen before.

mod call_file;
mod cells;
mod check;
mod decode;
mod error;
mod fault;
mod input;
mod instants;
mod json_cells;
mod json_shapes;
mod layout;
mod lengths;
mod lines;
mod mapping_decoder;
mod marks;
mod read_ahead;
mod spool;
mod understand;

pub use call_file::CallFile;
pub use check::{CheckReport, Finding, UnderstoodCall, check};
pub use error::FileError;
pub use mapping_decoder::MappingDecoder;
pub use read_ahead::ReadAhead;
