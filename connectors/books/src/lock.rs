//! The locks of a data directory: one process writes it, and files that were replaced go when nobody can be reading
//! them. Kernel locks, gone with their process however it ends.

use didtron_domain::Instant;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Why a lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process writes the directory.
    #[error("could not lock {}: it is in use by {holder}; wait for it or stop it", .dir.display())]
    Held {
        /// The directory.
        dir: PathBuf,
        /// Who holds it: process id, since when, doing what.
        holder: String,
    },
    /// The lock file could not be opened, locked or written.
    #[error("could not lock {}: {source}", .path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The right to write a data directory.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock at once or says who has it. `what` is the command, for whoever is refused meanwhile.
    pub fn acquire(dir: &Path, what: &str) -> Result<Self, LockError> {
        let path = dir.join("lock");
        let failed = |source| LockError::Io { path: path.clone(), source };
        std::fs::create_dir_all(dir).map_err(failed)?;
        let mut file = open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(LockError::Held { dir: dir.to_owned(), holder: holder(&mut file) }),
            Err(errno) => return Err(failed(errno.into())),
        }
        sign(&mut file, what).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn sign(file: &mut File, what: &str) -> io::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    let since = i64::try_from(since.as_secs()).map_err(io::Error::other)?;
    let since = Instant(0).plus_micros(since.saturating_mul(1_000_000));
    file.set_len(0)?;
    file.rewind()?;
    let what = what.replace('\n', " ");
    write!(file, "process {} since {since}: {what}", std::process::id())
}

/// What the holder wrote; it may be about to.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        _ => "a process that has not said yet who it is".to_owned(),
    }
}

/// Keeps the files of the live list from being deleted. Taken before the list is read, held until the reading is over.
#[derive(Debug)]
pub struct ReaderGuard {
    _file: File,
}

impl ReaderGuard {
    /// Takes the guard; waits where a writer is deleting right now.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join("readers");
        let failed = |source| LockError::Io { path: path.clone(), source };
        // A directory on which this user may only read is read all the same, once a writer has made the file.
        let file = open(&path).or_else(|error| File::open(&path).map_err(|_| error)).map_err(failed)?;
        flock(&file, FlockOperation::LockShared).map_err(|errno| failed(errno.into()))?;
        Ok(Self { _file: file })
    }
}

/// The certainty that no [`ReaderGuard`] is held, and that none will be taken before this is dropped.
#[derive(Debug)]
pub struct NoReaders {
    _file: File,
}

impl NoReaders {
    /// `None` while a reader is at work; never waits.
    pub fn acquire(dir: &Path) -> Result<Option<Self>, LockError> {
        let path = dir.join("readers");
        let failed = |source| LockError::Io { path: path.clone(), source };
        let file = open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let first = DirectoryLock::acquire(dir.path(), "rate calls.csv").unwrap();
        let path = dir.path().to_owned();
        let refused = std::thread::spawn(move || DirectoryLock::acquire(&path, "audit")).join().unwrap();
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(&format!("process {} since 20", std::process::id())), "{message}");
        assert!(message.contains(": rate calls.csv; wait"), "{message}");
        drop(first);
        let second = DirectoryLock::acquire(dir.path(), "audit").unwrap();
        let message = DirectoryLock::acquire(dir.path(), "sql").unwrap_err().to_string();
        assert!(message.contains(": audit;"), "{message}");
        drop(second);
    }

    #[test]
    fn files_go_only_when_nobody_reads() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (ReaderGuard::acquire(dir.path()).unwrap(), ReaderGuard::acquire(dir.path()).unwrap());
        assert!(NoReaders::acquire(dir.path()).unwrap().is_none());
        drop(one);
        assert!(NoReaders::acquire(dir.path()).unwrap().is_none());
        drop(two);
        let alone = NoReaders::acquire(dir.path()).unwrap();
        assert!(alone.is_some());
        drop(alone);
        assert!(ReaderGuard::acquire(dir.path()).is_ok());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DirectoryLock::acquire(file.path(), "rate").unwrap_err();
        assert!(matches!(error, LockError::Io { .. }), "{error}");
    }
}
