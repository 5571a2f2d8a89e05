//! What a file that is not as the books say is called, and what a person can do about it.

use didtron_ports::{Error, StoredFile};
use std::fmt::Display;

const WAY_OUT: &str = "restore it, or the whole data directory, from a backup; its rows cannot be made up";

/// A live file that is not there.
#[cold]
pub(crate) fn missing(file: &StoredFile) -> Error {
    Error::Damaged(format!("{} is in the books' list of live files but not in the usage store: {WAY_OUT}", file.path))
}

/// A live file whose content is not what was written.
#[cold]
pub(crate) fn spoilt(file: &StoredFile, why: impl Display) -> Error {
    Error::Damaged(format!("{} in the usage store is damaged ({why}): {WAY_OUT}", file.path))
}

/// A stored value that no row can have.
#[cold]
pub(crate) fn illegal(column: &str, value: impl Display) -> String {
    format!("column {column} holds {value}, which no row can have")
}
