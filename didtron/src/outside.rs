//! The world around an embedded pipeline: SQLite books, Parquet store, catalogs, feeds, time and ids.

use crate::snapshot::Snapshots;
use didtron_books::Books;
use didtron_domain::Instant;
use didtron_files::{CallFile, FileError, MappingDecoder};
use didtron_parquet::ParquetStore;
use didtron_pipeline::Outside;
use didtron_ports::{CallSource, Decode, Error, KnownFeed};
use didtron_rating::Catalog;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// One process, one partition.
pub(crate) struct Embedded<'a> {
    pub(crate) books: &'a Books,
    pub(crate) store: &'a ParquetStore,
    pub(crate) snapshots: Snapshots<'a>,
    pub(crate) decoder: MappingDecoder,
    /// Files that the person named: a feed that moved is looked for among them.
    pub(crate) named: Vec<PathBuf>,
}

impl Outside for Embedded<'_> {
    type Books = Books;
    type Store = ParquetStore;
    type Rate = Catalog;

    fn books(&self) -> &Books {
        self.books
    }

    fn store(&self) -> &ParquetStore {
        self.store
    }

    async fn catalog(&self, version: Option<u32>) -> Result<Arc<Catalog>, Error> {
        self.snapshots.catalog(version).await
    }

    async fn open(&self, feed: i64) -> Result<Box<dyn CallSource>, Error> {
        let known = self.books.all_feeds().await?.into_iter().find(|known| known.id == feed);
        let known = known.ok_or_else(|| Error::Damaged(format!("the books have no feed {feed}")))?;
        let mapping = self.decoder.get(&known.mapping).ok_or_else(|| {
            Error::Damaged(format!("{} was read by the mapping {}, which is gone", known.path, known.mapping))
        })?;
        let stored = PathBuf::from(&known.path);
        for path in std::iter::once(&stored).chain(&self.named) {
            // Whatever its name is now: places in the journal name it as it was first seen.
            let Ok(mut file) = CallFile::open(path, mapping, Some(&place_name(&known))) else { continue };
            if file.head_digest(known.head_bytes)? == Some(known.head_digest) {
                return Ok(Box::new(file));
            }
        }
        let error = CallFile::open(&stored, mapping, None).err();
        let why = error.map_or_else(|| "its content is another now".to_owned(), |error: FileError| error.to_string());
        Err(Error::unavailable(
            format!(
                "could not go on with {}, of which a claimed part is not settled yet; bring the file back, name it where it lies now, or void the batch with `didtron batch void`",
                known.path
            ),
            why,
        ))
    }

    fn decoder(&self) -> &dyn Decode {
        &self.decoder
    }

    fn now(&self) -> Instant {
        now()
    }

    fn claim_id(&self) -> String {
        format!("claim_{}", Uuid::now_v7())
    }
}

/// What places in the journals call a feed: its path, or the name given to standard input.
fn place_name(known: &KnownFeed) -> String {
    if known.source.is_empty() { known.path.clone() } else { known.source.clone() }
}

/// The wall clock in UTC microseconds.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock of the machine is set past 1970");
    Instant(i64::try_from(since.as_micros()).expect("292,000 years of microseconds fit"))
}
