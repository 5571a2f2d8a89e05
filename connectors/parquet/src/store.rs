//! The store behind the port. Files are read and written on tokio's blocking threads, so that rating goes on.

use crate::audit::{AuditSums, audit};
use crate::call::rows_of_call;
use crate::compact::compact;
use crate::durable::{aside, remove_if_there, sync_folder, write_whole};
use crate::identities::read_entries;
use crate::laid::{Laid, laid_rows};
use crate::places::{Placed, rows_at};
use crate::reversals::read_reversals;
use crate::scan::read_rows;
use crate::sweep::{claim_path, sweep};
use crate::usage_file::write_usage;
use crate::write::write_suspense;
use didtron_ports::{
    Claim, Error, Journal, JournalKind, RowPlace, Scan, See, StoredFile, StoredRows, SuspenseRow, TakeEntries,
    TakeReversals, UsageRow, UsageStore,
};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task;

/// Usage and suspense rows as Parquet files below a folder.
#[derive(Clone, Debug)]
pub struct ParquetStore {
    root: Arc<Path>,
}

impl ParquetStore {
    /// The store below `root`, which is created with the first file.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: Arc::from(root.into()) }
    }

    /// The folder that paths of stored files are relative to.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All usage rows with this call id, of whatever source, branch and sign, by place.
    pub async fn usage_rows_of_call(
        &self,
        files: &[StoredFile],
        call_id: &str,
    ) -> Result<Vec<UsageRow<'static>>, Error> {
        let (files, call_id) = (files.to_vec(), call_id.to_owned());
        self.blocking(move |root| rows_of_call(root, &files, &call_id)).await
    }

    /// All suspense rows with this call id, of whatever source, branch and sign, by place.
    pub async fn suspense_rows_of_call(
        &self,
        files: &[StoredFile],
        call_id: &str,
    ) -> Result<Vec<SuspenseRow<'static>>, Error> {
        let (files, call_id) = (files.to_vec(), call_id.to_owned());
        self.blocking(move |root| rows_of_call(root, &files, &call_id)).await
    }

    /// Makes one file of `files` (a group of [`crate::plan`]), durably; the same files give the same file. They stay
    /// live until the books swap them for it in one transaction, and on disk until a [`ParquetStore::sweep`].
    pub async fn compact(&self, files: &[StoredFile]) -> Result<StoredFile, Error> {
        let files = files.to_vec();
        self.blocking(move |root| compact(root, &files)).await
    }

    /// Removes files that are neither live nor of an unsettled claim, and rows that a scan laid aside before a crash;
    /// returns their paths. Call it while no reader holds an older list of live files, nor this process a [`Laid`].
    pub async fn sweep(&self, live: &[StoredFile], unsettled: &[Claim]) -> Result<Vec<String>, Error> {
        let (live, unsettled) = (live.to_vec(), unsettled.to_vec());
        self.blocking(move |root| sweep(root, &live, &unsettled)).await
    }

    /// Sums up what the usage files among `files` say, for comparison with the books.
    pub async fn audit(&self, files: &[StoredFile]) -> Result<AuditSums, Error> {
        let files = files.to_vec();
        self.blocking(move |root| audit(root, &files)).await
    }

    async fn blocking<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let root = Arc::clone(&self.root);
        let done = task::spawn_blocking(move || work(&root)).await;
        done.unwrap_or_else(|e| Err(Error::unavailable("work on the usage store broke off", e)))
    }

    async fn rows_at<R: Placed + 'static>(&self, files: &[StoredFile], places: &[RowPlace]) -> Result<Vec<R>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let (files, places) = (files.to_vec(), places.to_vec());
        self.blocking(move |root| rows_at(root, &files, &places)).await
    }
}

impl UsageStore for ParquetStore {
    type Laid = Laid;

    async fn scan(&self, files: &[StoredFile], scan: Scan, see: See) -> Result<Laid, Error> {
        let files = files.to_vec();
        self.blocking(move |root| read_rows(root, &files, &scan, &*see)).await
    }

    async fn laid_rows(&self, laid: &Laid, shelves: Range<u8>) -> Result<StoredRows, Error> {
        let files = laid.files(shelves);
        self.blocking(move |root| laid_rows(root, &files)).await
    }

    async fn reversals(&self, files: &[StoredFile], take: TakeReversals) -> Result<(), Error> {
        let files = files.to_vec();
        self.blocking(move |root| read_reversals(root, &files, &*take)).await
    }

    async fn write(&self, claim: &Claim, journal: Arc<Journal>) -> Result<Vec<StoredFile>, Error> {
        let claim = claim.clone();
        self.blocking(move |root| write_journal(root, &claim, &journal)).await
    }

    async fn remove(&self, claim: &Claim) -> Result<(), Error> {
        let claim = claim.clone();
        self.blocking(move |root| {
            remove_journal(root, &claim, JournalKind::Usage)?;
            remove_journal(root, &claim, JournalKind::Suspense)
        })
        .await
    }

    async fn usage_rows(&self, files: &[StoredFile], places: &[RowPlace]) -> Result<Vec<UsageRow<'static>>, Error> {
        self.rows_at(files, places).await
    }

    async fn suspense_rows(
        &self,
        files: &[StoredFile],
        places: &[RowPlace],
    ) -> Result<Vec<SuspenseRow<'static>>, Error> {
        self.rows_at(files, places).await
    }

    async fn identities(&self, files: &[StoredFile], take: TakeEntries) -> Result<(), Error> {
        let files = files.to_vec();
        self.blocking(move |root| read_entries(root, &files, &*take)).await
    }
}

fn write_journal(root: &Path, claim: &Claim, journal: &Journal) -> Result<Vec<StoredFile>, Error> {
    let counts = [(JournalKind::Usage, journal.usage.len()), (JournalKind::Suspense, journal.suspense.len())];
    let filled = counts.into_iter().filter(|(_, rows)| *rows > 0);
    let write = |(kind, rows): (JournalKind, usize)| {
        let path = claim_path(kind, claim);
        let bytes = write_whole(&root.join(&path), |to| match kind {
            JournalKind::Usage => write_usage(&journal.usage, to),
            JournalKind::Suspense => write_suspense(&journal.suspense, to),
        })?;
        let (partition, seq) = (claim.request.partition, claim.request.seq);
        Ok(StoredFile { journal: kind, partition, seq_first: seq, seq_last: seq, path, rows: rows as u64, bytes })
    };
    filled.map(write).collect()
}

fn remove_journal(root: &Path, claim: &Claim, journal: JournalKind) -> Result<(), Error> {
    let path = root.join(claim_path(journal, claim));
    let whole = remove_if_there(&path)?;
    let begun = remove_if_there(&aside(&path))?;
    match path.parent() {
        Some(folder) if whole || begun => {
            sync_folder(folder).map_err(|e| Error::unavailable(format!("cannot sync {}", folder.display()), e))
        }
        _ => Ok(()),
    }
}
