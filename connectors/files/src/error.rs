//! Why a file of call records cannot be opened.

use std::io;

/// A file that cannot be opened as call records.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read or written at all.
    #[error("cannot {action} {file}: {source}")]
    Unreachable {
        /// What was attempted.
        action: &'static str,
        /// As it was named.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// Its header and the mapping do not fit.
    #[error("cannot read {file} by the mapping {mapping}, line {line}: {problem}")]
    Header {
        /// As it was named.
        file: String,
        /// The mapping's name.
        mapping: String,
        /// Counted from 1.
        line: u64,
        /// Which columns are missing, unknown or there twice, and which were found.
        problem: String,
    },
    /// It breaks off or cannot be decompressed before its first record.
    #[error("{0}")]
    Damaged(String),
}

impl FileError {
    pub(crate) fn unreachable(action: &'static str, file: &str, source: io::Error) -> Self {
        Self::Unreachable { action, file: file.to_owned(), source }
    }
}
