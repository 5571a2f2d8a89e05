//! The usage store: two journals of signed rows.

use crate::claim::Claim;
use crate::error::Error;
use crate::journal::{Journal, RowPlace, SuspenseRow, UsageRow};
use crate::stored_file::{JournalKind, StoredFile};
use didtron_domain::{ContentHash, IdentityKey, Reason};
use std::future::Future;
use std::sync::Arc;

/// What the duplicate index needs of one journal row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityEntry {
    pub journal: JournalKind,
    pub place: RowPlace,
    pub sign: i8,
    pub identity: IdentityKey,
    pub content: ContentHash,
    pub version: Option<i64>,
    /// The row of the same journal that this one reverses or takes out.
    pub reverses: Option<RowPlace>,
    /// Suspense only.
    pub reason: Option<Reason>,
}

/// What [`UsageStore::identities`] hands rows to.
pub type TakeEntries = Arc<dyn Fn(&[IdentityEntry]) + Send + Sync>;

/// The usage store as the pipeline needs it. What is written becomes readable only by the books' live list.
pub trait UsageStore {
    /// Writes a batch's rows under its claim's id, durably; the same claim and rows again leave the same files.
    fn write(&self, claim: &Claim, journal: Arc<Journal>) -> impl Future<Output = Result<Vec<StoredFile>, Error>>;

    /// Removes what a voided claim may have left.
    fn remove(&self, claim: &Claim) -> impl Future<Output = Result<(), Error>>;

    /// Usage rows by their places, in the order asked; a place that is not there is damage.
    fn usage_rows(
        &self,
        files: &[StoredFile],
        places: &[RowPlace],
    ) -> impl Future<Output = Result<Vec<UsageRow<'static>>, Error>>;

    /// Suspense rows by their places, in the order asked; a place that is not there is damage.
    fn suspense_rows(
        &self,
        files: &[StoredFile],
        places: &[RowPlace],
    ) -> impl Future<Output = Result<Vec<SuspenseRow<'static>>, Error>>;

    /// Hands every row of `files` to `take`, many at a time, in any order and from several threads at once.
    fn identities(&self, files: &[StoredFile], take: TakeEntries) -> impl Future<Output = Result<(), Error>>;
}
