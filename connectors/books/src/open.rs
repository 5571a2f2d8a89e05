//! Opens the books of a data directory: one connection that writes, and a few that read.

use crate::error::{failed, from_sqlx};
use crate::migrate;
use didtron_domain::{Currency, NameId, Side};
use didtron_ports::Error;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

const FILE_NAME: &str = "books.sqlite";
const READER_COUNT_MAX: u32 = 4;
/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What the books are opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Creates and migrates them where needed. The caller holds the [`crate::DirectoryLock`].
    Writer,
    /// Reads what is committed, beside a writer or not; everything that writes is refused.
    Reader,
}

/// The books of a data directory.
#[derive(Debug)]
pub struct Books {
    dir: PathBuf,
    writer: Option<Mutex<Writer>>,
    readers: SqlitePool,
}

/// The connection that writes, and what it knows by heart.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    pub(crate) accounts: AccountPairs,
}

/// The account and the contra account of a side's accruals.
pub(crate) type AccountPairs = HashMap<(NameId, Side, Currency), (i64, i64)>;

impl Books {
    /// Opens the books in `dir`. Books of a newer program, files that are no database, and directories that cannot be
    /// written are refused with the reason; a reader is refused where there are no books yet.
    pub async fn open(dir: &Path, mode: Mode) -> Result<Self, Error> {
        let path = dir.join(FILE_NAME);
        let attempt = format!("open the books {}", path.display());
        let writer = match mode {
            Mode::Writer => Some(Mutex::new(open_writer(dir, &path, &attempt).await?)),
            Mode::Reader => {
                check_reader(&path, &attempt).await?;
                None
            }
        };
        let readers = SqlitePoolOptions::new()
            .max_connections(READER_COUNT_MAX)
            .test_before_acquire(false)
            .connect_lazy_with(options(&path).pragma("query_only", "on"));
        Ok(Self { dir: dir.to_owned(), writer, readers })
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Closes every connection; the writer folds its log into the database file.
    pub async fn close(self) -> Result<(), Error> {
        self.readers.close().await;
        if let Some(writer) = self.writer {
            writer.into_inner().connection.close().await.map_err(failed("close the books"))?;
        }
        Ok(())
    }

    /// What SQLite itself finds wrong with the file, read whole; empty when nothing is.
    pub async fn check_file(&self) -> Result<Vec<String>, Error> {
        let mut connection = self.reader().await?;
        let found: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("check the books' file"))?;
        Ok(found.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
    }

    pub(crate) async fn writer(&self) -> Result<MutexGuard<'_, Writer>, Error> {
        match &self.writer {
            Some(writer) => Ok(writer.lock().await),
            None => Err(Error::unavailable("could not write to the books", "they were opened for reading only")),
        }
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, Error> {
        self.readers.acquire().await.map_err(failed("read the books"))
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

async fn open_writer(dir: &Path, path: &Path, attempt: &str) -> Result<Writer, Error> {
    std::fs::create_dir_all(dir)
        .map_err(|error| Error::unavailable(format!("could not create the directory {}", dir.display()), error))?;
    let options =
        options(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await.map_err(|error| from_sqlx(attempt, error))?;
    migrate::migrate(&mut connection, attempt).await?;
    sync_directory(dir)?;
    Ok(Writer { connection, accounts: HashMap::new() })
}

async fn check_reader(path: &Path, attempt: &str) -> Result<(), Error> {
    if !path.exists() {
        let reason = "there are none yet; load a catalog first";
        return Err(Error::unavailable(format!("could not {attempt}"), reason));
    }
    let options = options(path).pragma("query_only", "on");
    let mut connection = options.connect().await.map_err(|error| from_sqlx(attempt, error))?;
    migrate::check(&mut connection, attempt).await?;
    connection.close().await.map_err(|error| from_sqlx(attempt, error))
}

/// Makes the entries of a directory durable: files that were created or renamed in it.
pub(crate) fn sync_directory(dir: &Path) -> Result<(), Error> {
    std::fs::File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| Error::unavailable(format!("could not sync the directory {}", dir.display()), error))
}
