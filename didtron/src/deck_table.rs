//! Compiled decks, cached on disk by what they were made of, so that a start does not parse.

use didtron_books::{Books, DeckVersionInfo};
use didtron_domain::catalog::DeckRef;
use didtron_domain::deck::{DeckHead, DeckVersion};
use didtron_ports::Error;
use didtron_rate_tables::DeckTable;
use didtron_schemas::deck_file;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::{JoinHandle, spawn_blocking};

const DIGEST_BYTES: usize = 32;

/// The cache of a data directory. Losing it costs time, nothing else.
pub(crate) struct DeckCache {
    folder: PathBuf,
}

impl DeckCache {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("cache") }
    }

    /// Keeps a table. A cache that cannot be written is no failure: the next start compiles again.
    pub(crate) fn keep(&self, key: &str, table: &DeckTable) {
        let bytes = table.to_bytes();
        let write = || -> io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            let aside = self.folder.join(format!("{key}.part"));
            fs::write(&aside, [blake3::hash(&bytes).as_bytes(), &bytes[..]].concat())?;
            fs::rename(aside, self.path(key))
        };
        drop(write());
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.deck"))
    }

    /// The compiled deck, from the cache or from its versions.
    pub(crate) async fn table(&self, books: &Books, deck: &DeckRef) -> Result<DeckTable, Error> {
        let loading = self.begin(books, deck).await?;
        self.finish(books, deck, loading).await
    }

    /// Begins to read a deck from the cache, beside whatever else is read.
    pub(crate) async fn begin(&self, books: &Books, deck: &DeckRef) -> Result<Loading, Error> {
        let versions = versions(books, deck).await?;
        let key = key(&deck.head, &versions);
        let path = self.path(&key);
        Ok(Loading { versions, key, table: spawn_blocking(move || load(&path)) })
    }

    /// The deck that was begun; compiled from its versions where the cache lacks it.
    pub(crate) async fn finish(&self, books: &Books, deck: &DeckRef, loading: Loading) -> Result<DeckTable, Error> {
        let Loading { versions, key, table } = loading;
        if let Some(table) = table.await.ok().flatten() {
            return Ok(table);
        }
        let rows = rows(books, &deck.head, &versions).await?;
        let table = DeckTable::compile(&deck.head, &rows).map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            Error::Damaged(format!("could not compile the deck {} as it was published: {first}", deck.head.name))
        })?;
        self.keep(&key, &table);
        Ok(table)
    }
}

/// A deck on its way from the cache.
pub(crate) struct Loading {
    versions: Vec<DeckVersionInfo>,
    key: String,
    table: JoinHandle<Option<DeckTable>>,
}

/// A table that was kept, if it is there and whole.
fn load(path: &Path) -> Option<DeckTable> {
    let bytes = fs::read(path).ok()?;
    let (digest, table) = bytes.split_at_checked(DIGEST_BYTES)?;
    let whole = digest == blake3::hash(table).as_bytes();
    whole.then(|| DeckTable::from_bytes(table).ok()).flatten()
}

/// What a compiled table is made of, as one name.
pub(crate) fn key(head: &DeckHead, versions: &[DeckVersionInfo]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{head:?}").as_bytes());
    for version in versions {
        hasher.update(&version.number.to_le_bytes()).update(&version.digest);
    }
    hasher.finalize().to_hex().to_string()
}

/// The versions that a catalog lays over each other, in its order.
pub(crate) async fn versions(books: &Books, deck: &DeckRef) -> Result<Vec<DeckVersionInfo>, Error> {
    let known = books.deck_versions(&deck.head.name).await?;
    let find = |number: &u32| {
        let found = known.iter().find(|version| version.number == *number).cloned();
        found.ok_or_else(|| Error::Damaged(format!("the deck {} has no version {number}", deck.head.name)))
    };
    deck.versions.iter().map(find).collect()
}

/// The rows of stored versions, read under a head.
pub(crate) async fn rows(
    books: &Books,
    head: &DeckHead,
    versions: &[DeckVersionInfo],
) -> Result<Vec<DeckVersion>, Error> {
    let mut all = Vec::with_capacity(versions.len());
    for version in versions {
        let csv = books.deck_csv(version).await?;
        let rows = deck_file::read(&csv, head).map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            Error::Damaged(format!("could not read {} as it was stored: {first}", version.object_path))
        })?;
        all.push(DeckVersion { number: version.number, mode: version.mode, effective: version.effective, rows });
    }
    Ok(all)
}
