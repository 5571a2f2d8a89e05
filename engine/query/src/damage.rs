//! Files that are not as the books say: found before a query where that is cheap, named after one that failed.

use crate::columns;
use crate::error::Error;
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use datafusion::parquet::file::metadata::PageIndexPolicy;
use didtron_ports::{JournalKind, StoredFile};
use std::any::Any;
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task;

const WAY_OUT: &str = "restore it, or the whole data directory, from a backup; its rows cannot be made up";

/// The files that a session reads.
#[derive(Debug)]
pub(crate) struct LiveFiles {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<StoredFile>,
}

/// Why a query broke off.
pub(crate) enum Failure {
    /// DataFusion says so.
    Error(DataFusionError),
    /// Something panicked: a decoder may, over bytes that no writer wrote.
    Panic(Box<dyn Any + Send>),
}

impl LiveFiles {
    /// Looks whether each file is there with the length that the books say; reads none.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.files.iter().try_for_each(|file| {
            let metadata = self.root.join(&file.path).metadata().map_err(|e| unread(file, e))?;
            match metadata.len() {
                bytes if bytes == file.bytes => Ok(()),
                bytes => Err(spoilt(file, format_args!("{bytes} bytes, the books say {}", file.bytes))),
            }
        })
    }

    /// The first file that cannot be read to its end.
    fn first_spoilt(&self) -> Option<Error> {
        self.files.iter().find_map(|file| read_whole(&self.root, file).err())
    }
}

/// What a failed query tells the user. Where a file may be to blame, all are read to name the one that is: slow, and
/// worth it.
pub(crate) async fn explain(failure: Failure, live: Arc<LiveFiles>) -> Error {
    let (suspect, otherwise) = match &failure {
        Failure::Error(e) => (suspect(e), Error::of_running(e)),
        Failure::Panic(payload) => {
            let said = message(payload.as_ref());
            (Suspect::Perhaps, Error::Query(format!("the program has a fault ({said})")))
        }
    };
    if suspect == Suspect::No {
        return otherwise;
    }
    let found = task::spawn_blocking(move || live.first_spoilt()).await;
    found.ok().flatten().unwrap_or_else(|| match suspect {
        Suspect::Yes => Error::Damaged(format!("a file of the usage store is damaged ({otherwise}): {WAY_OUT}")),
        _ => otherwise,
    })
}

/// Whether a file is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suspect {
    Yes,
    Perhaps,
    No,
}

fn suspect(e: &DataFusionError) -> Suspect {
    use DataFusionError as E;
    use arrow::error::ArrowError;
    match e.find_root() {
        E::ParquetError(_) => Suspect::Yes,
        E::ObjectStore(_) | E::IoError(_) => Suspect::Perhaps,
        // A column whose name in the file is no longer its own.
        E::Execution(text) if text.contains("physical schema") => Suspect::Yes,
        E::ArrowError(e, _) => match **e {
            ArrowError::ParquetError(_) => Suspect::Yes,
            ArrowError::IoError(..) | ArrowError::ExternalError(_) => Suspect::Perhaps,
            _ => Suspect::No,
        },
        _ => Suspect::No,
    }
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

fn read_whole(root: &Path, stored: &StoredFile) -> Result<(), Error> {
    let file = File::open(root.join(&stored.path)).map_err(|e| unread(stored, e))?;
    match catch_unwind(AssertUnwindSafe(|| read_rows(stored.journal, file))) {
        Ok(Ok(rows)) if rows == stored.rows => Ok(()),
        Ok(Ok(rows)) => Err(spoilt(stored, format_args!("{rows} rows, the books say {}", stored.rows))),
        Ok(Err(e)) => Err(spoilt(stored, e)),
        Err(_) => Err(spoilt(stored, "its bytes make no sense")),
    }
}

/// Reads all that a query may: page index, bloom filters, and every column. Counts the rows.
fn read_rows(journal: JournalKind, file: File) -> Result<u64, DataFusionError> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    for field in columns::of(journal).fields() {
        builder.schema().field_with_name(field.name())?;
    }
    let column_count = builder.parquet_schema().num_columns();
    for row_group in 0..builder.metadata().num_row_groups() {
        for column in 0..column_count {
            builder.get_row_group_column_bloom_filter(row_group, column)?;
        }
    }
    let mut rows = 0;
    for batch in builder.build()? {
        rows += batch?.num_rows() as u64;
    }
    Ok(rows)
}

#[cold]
fn unread(file: &StoredFile, e: io::Error) -> Error {
    match e.kind() {
        io::ErrorKind::NotFound => Error::Damaged(format!(
            "{} is in the books' list of live files but not in the usage store: {WAY_OUT}",
            file.path
        )),
        _ => Error::unavailable(format!("cannot read {} in the usage store", file.path), e),
    }
}

#[cold]
fn spoilt(file: &StoredFile, why: impl Display) -> Error {
    Error::Damaged(format!("{} in the usage store is damaged ({why}): {WAY_OUT}", file.path))
}
