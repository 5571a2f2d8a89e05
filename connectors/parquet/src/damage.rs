//! What a file that is not as the books say is called, and what a person can do about it.

use crate::laid::is_laid;
use didtron_ports::{Error, StoredFile};
use std::fmt::Display;

const WAY_OUT: &str = "restore it, or the whole data directory, from a backup; its rows cannot be made up";
const WAY_OUT_OF_LAID: &str = "run the command again; it held rows of this run alone";

fn way_out(file: &StoredFile) -> &'static str {
    if is_laid(file) { WAY_OUT_OF_LAID } else { WAY_OUT }
}

/// A live file, or one with rows laid aside, that is not there.
#[cold]
pub(crate) fn missing(file: &StoredFile) -> Error {
    let gone = match is_laid(file) {
        true => "was laid aside and is no more in the usage store",
        false => "is in the books' list of live files but not in the usage store",
    };
    Error::Damaged(format!("{} {gone}: {}", file.path, way_out(file)))
}

/// Such a file whose content is not what was written.
#[cold]
pub(crate) fn spoilt(file: &StoredFile, why: impl Display) -> Error {
    Error::Damaged(format!("{} in the usage store is damaged ({why}): {}", file.path, way_out(file)))
}

/// A stored value that no row can have.
#[cold]
pub(crate) fn illegal(column: &str, value: impl Display) -> String {
    format!("column {column} holds {value}, which no row can have")
}
