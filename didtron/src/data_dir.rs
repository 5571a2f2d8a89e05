//! A data directory opened to read or to write: its locks, its books and its usage store.

use crate::failure::unreachable;
use anyhow::Result;
use didtron_books::{Books, DirectoryLock, Mode, ReaderGuard};
use didtron_parquet::ParquetStore;
use std::path::{Path, PathBuf};

/// Beside a writer or not; what it sees stays while it is held.
pub(crate) struct Reading {
    pub(crate) dir: PathBuf,
    pub(crate) books: Books,
    pub(crate) store: ParquetStore,
    _guard: ReaderGuard,
}

/// The one writer.
pub(crate) struct Writing {
    pub(crate) dir: PathBuf,
    pub(crate) books: Books,
    pub(crate) store: ParquetStore,
    _lock: DirectoryLock,
}

/// What of an open directory can be read, whoever opened it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) books: &'a Books,
    pub(crate) store: &'a ParquetStore,
}

impl Reading {
    pub(crate) fn view(&self) -> View<'_> {
        View { dir: &self.dir, books: &self.books, store: &self.store }
    }
}

impl Writing {
    pub(crate) fn view(&self) -> View<'_> {
        View { dir: &self.dir, books: &self.books, store: &self.store }
    }
}

/// Opens a directory to read; refused where there is none.
pub(crate) async fn read(dir: &Path) -> Result<Reading> {
    if !dir.is_dir() {
        let shown = dir.display();
        return Err(unreachable(format!(
            "could not open the data directory {shown}: it does not exist; load a catalog first, or name another with --data"
        )));
    }
    let guard = ReaderGuard::acquire(dir)?;
    let books = Books::open(dir, Mode::Reader).await?;
    Ok(Reading { dir: dir.to_owned(), books, store: ParquetStore::new(dir), _guard: guard })
}

/// Opens a directory to write, creating it where need be. `what` is the command, for whoever is refused meanwhile.
pub(crate) async fn write(dir: &Path, what: &str) -> Result<Writing> {
    let lock = DirectoryLock::acquire(dir, what)?;
    let books = Books::open(dir, Mode::Writer).await?;
    Ok(Writing { dir: dir.to_owned(), books, store: ParquetStore::new(dir), _lock: lock })
}
