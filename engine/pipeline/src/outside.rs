//! What the pipeline asks of the world: books, store, catalogs, feeds, decoders, time, ids; and its own settings.

use didtron_domain::{CallBatch, Currency, Instant, RatedColumns};
use didtron_ports::{Books, CallSource, Decode, Error, UsageStore};
use didtron_rating::Catalog;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

/// One immutable catalog version, as far as the pipeline needs it.
pub trait Rate: Send + Sync {
    /// Rates these records of a batch and adds what it found to `out`.
    fn rate(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns);

    /// The number of the catalog version.
    fn version(&self) -> u32;

    /// The currency of base amounts; `None` in a catalog that cannot rate calls.
    fn base_currency(&self) -> Option<Currency>;
}

impl Rate for Catalog {
    fn rate(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) {
        self.rate_batch(batch, rows, out);
    }

    fn version(&self) -> u32 {
        self.number()
    }

    fn base_currency(&self) -> Option<Currency> {
        Self::base_currency(self)
    }
}

/// The world around a pipeline.
pub trait Outside {
    /// Claims, cursors, accruals, live files, names.
    type Books: Books;
    /// The two journals.
    type Store: UsageStore;
    /// A compiled catalog version.
    type Rate: Rate + 'static;

    /// The books.
    fn books(&self) -> &Self::Books;

    /// The usage store.
    fn store(&self) -> &Self::Store;

    /// A catalog version; the newest for `None`. Asked once per run and per change of version, so that it may compile.
    fn catalog(&self, version: Option<u32>) -> impl Future<Output = Result<Arc<Self::Rate>, Error>>;

    /// Opens a known feed again, for a claim that was not settled. Wherever it lies now: its content is checked.
    fn open(&self, feed: i64) -> impl Future<Output = Result<Box<dyn CallSource>, Error>>;

    /// Decodes single records again for a re-drive.
    fn decoder(&self) -> &dyn Decode;

    /// The time of a claim.
    fn now(&self) -> Instant;

    /// A new, unique claim id (`claim_` and a UUIDv7).
    fn claim_id(&self) -> String;

    /// Whether the partition is still this owner's; asked after another one was met. Embedded, one process owns all.
    fn owns(&self, partition: u32) -> bool {
        let _ = partition;
        true
    }
}

/// How a pipeline works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Of the books' partitions; 0 when embedded.
    pub partition: u32,
    /// Records in a batch at most; values beyond [`Settings::BATCH_ROWS_MAX`] count as that, 0 as 1.
    pub batch_rows: usize,
    /// Threads that rate a batch; 0 counts as 1.
    pub threads: usize,
    /// Claims that may be unsettled at a time; 0 counts as 1.
    pub claims_ahead: usize,
    /// The revision of the rating rules in this program.
    pub rating_revision: u32,
    /// Calls that started before it are `too_old`; none by default.
    pub horizon: Option<Instant>,
    /// A planted fault, which only the simulation sets.
    #[doc(hidden)]
    pub fault: Option<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            partition: 0,
            batch_rows: 53_248,
            threads: 1,
            claims_ahead: 3,
            rating_revision: 1,
            horizon: None,
            fault: None,
        }
    }
}

impl Settings {
    /// A batch has fewer rows than 2^24 per journal, and a record makes three of them at most.
    pub const BATCH_ROWS_MAX: usize = 1 << 22;

    pub(crate) fn batch_rows(&self) -> usize {
        self.batch_rows.clamp(1, Self::BATCH_ROWS_MAX)
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

/// What the simulation breaks on purpose, to prove that it would notice.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What was lost stays in the index, and so meets itself when it is done again.
    IndexKeepsReplayedRows,
    /// Reversals do not look at batches in flight.
    NoOverlay,
    /// The answer's day although it is closed.
    PostsIntoClosedDay,
    /// Redone claims take the newest catalog.
    ReplaysWithNewestCatalog,
    /// Contents that wait, or waited, are forgotten at the start.
    IndexWithoutSuspense,
    /// A re-rate is cut by the places of rows and not by the hash of identities.
    RerateCutByPlace,
}
