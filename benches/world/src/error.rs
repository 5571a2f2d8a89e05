//! Why a world was not written.

use std::io;
use std::path::{Path, PathBuf};

/// Why a world was not written.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A size that no world has.
    #[error("{option} is {given}; {least} to {most} is expected")]
    Size {
        /// The option's name.
        option: &'static str,
        /// What it was.
        given: u64,
        /// The least that makes a world.
        least: u64,
        /// The most that the prefixes' digits, or memory, allow.
        most: u64,
    },
    /// The directory holds something else, and overwriting it would lose that.
    #[error("{} is not empty and holds no earlier world (no truth.json); name another directory or empty it", .0.display())]
    NotAWorld(PathBuf),
    /// A file or directory could not be read or written.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl WorldError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
