//! The usage store: two journals of signed rows.

use crate::claim::Claim;
use crate::error::Error;
use crate::journal::{Journal, RowPlace, StoredRows, SuspenseRow, UsageRow};
use crate::stored_file::{JournalKind, StoredFile};
use didtron_domain::{ContentHash, IdentityKey, Instant, Reason};
use std::future::Future;
use std::ops::Range;
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

/// Which columns a scan fills; the others stay empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// What rating a call again takes, and the figures that it is compared by: places, identity, sign, answer, duration,
    /// answered, last attempt, clean, parties and numbers; base currency; of each side what it found, carrier, numbers, prefix
    /// length, destination, deck, currency, billed seconds, charge, amount, account currency, base amount.
    Judged,
    /// All of them.
    Whole,
}

/// What a scan of the usage journal reads.
#[derive(Clone, Debug)]
pub struct Scan {
    pub fields: Fields,
    /// Only rows answered within.
    pub answers: Range<Instant>,
    /// Only rows of these batches, ranges in order; of all for `None`.
    pub batches: Option<Vec<Range<u64>>>,
}

/// Looks at rows of a scan, some thousand at a time, in any order and from several threads at once; names those that are
/// to be laid aside, each with a shelf from 0 to 63.
pub type See = Arc<dyn Fn(StoredRows) -> Result<Vec<(u32, u8)>, Error> + Send + Sync>;

/// Takes places of rows that were taken back, each with the batch that did, in any order and from several threads.
pub type TakeReversals = Arc<dyn Fn(&[(RowPlace, u64)]) + Send + Sync>;

/// The usage store as the pipeline needs it. What is written becomes readable only by the books' live list.
pub trait UsageStore {
    /// Rows that a scan laid aside, outside of the journal; gone when it is dropped.
    type Laid;

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

    /// Shows rows of the usage files to `see` and lays aside what it names, whole.
    fn scan(&self, files: &[StoredFile], scan: Scan, see: See) -> impl Future<Output = Result<Self::Laid, Error>>;

    /// The rows of some shelves with all columns, in any order. They stay there.
    fn laid_rows(&self, laid: &Self::Laid, shelves: Range<u8>) -> impl Future<Output = Result<StoredRows, Error>>;

    /// Hands all reversals in the usage files to `take`.
    fn reversals(&self, files: &[StoredFile], take: TakeReversals) -> impl Future<Output = Result<(), Error>>;

    /// Hands every row of `files` to `take`, many at a time, in any order and from several threads at once.
    fn identities(&self, files: &[StoredFile], take: TakeEntries) -> impl Future<Output = Result<(), Error>>;
}
