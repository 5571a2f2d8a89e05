//! Why the pipeline stopped, by what the caller would do differently.

use didtron_domain::{Currency, Day, NameId};
use didtron_ports::{Error, RowPlace};
use std::ops::Range;

/// A stop of the pipeline. What was settled stands; what was claimed is done again by the next run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Books, store, feed or decoder failed.
    #[error(transparent)]
    Port(#[from] Error),
    /// The input of an unsettled claim is not what was claimed. An alarm: the partition stands still until the input is
    /// back or the claim is voided.
    #[error(
        "could not do batch {seq} of partition {partition} again: its input ({input}, {range:?}) is not what was claimed; \
         bring that input back, or void the batch"
    )]
    InputChanged {
        /// Of the books' partitions.
        partition: u32,
        /// The batch.
        seq: u64,
        /// What the claim reads.
        input: String,
        /// Bytes of a feed, or packed places in suspense.
        range: Range<u64>,
    },
    /// An unsettled claim belongs to other rules than this program's.
    #[error(
        "could not do batch {seq} of partition {partition} again: it was claimed under revision {claimed} of the rating \
         rules and this program has {own}; finish it with the program that claimed it, or void the batch"
    )]
    OtherRevision {
        /// Of the books' partitions.
        partition: u32,
        /// The batch.
        seq: u64,
        /// The claim's.
        claimed: u32,
        /// This program's.
        own: u32,
    },
    /// The catalog cannot rate calls.
    #[error("could not rate with catalog version {version}: it names no base currency; load a catalog that does")]
    NoBaseCurrency {
        /// Of the catalog.
        version: u32,
    },
    /// Another owner works the partition.
    #[error("stopped work on partition {partition}: another owner has it now; what it claimed is done there")]
    NotOwner {
        /// Of the books' partitions.
        partition: u32,
    },
    /// A record to dismiss is not in suspense (any more).
    #[error("could not dismiss the record at place {seq}/{row}: it does not wait in suspense; list what waits")]
    NotWaiting {
        /// Its batch.
        seq: u64,
        /// Its row.
        row: u32,
    },
    /// Calls in scope of a re-rate have base amounts in another currency than its catalog.
    #[error(
        "could not rate calls again by catalog version {version}: its base currency is {own} and calls in scope have \
         {stored}; the differences would have no currency; narrow the scope, or choose a version in {stored}"
    )]
    OtherBaseCurrency {
        /// Of the catalog.
        version: u32,
        /// The catalog's.
        own: Currency,
        /// A call's.
        stored: Currency,
    },
    /// A re-rate was taken back, or is about to be.
    #[error("could not go on with re-rate {id}: it is undone; start another one under a new id")]
    RerateUndone {
        /// Its name.
        id: String,
    },
    /// A batch's sum does not fit the ledger.
    #[error(
        "could not sum up batch {seq}: account {carrier:?} in {currency} on {day} moves by {amount} micro-units, beyond \
         what the ledger holds; void the batch and rate with smaller ones"
    )]
    SumOverflow {
        /// The batch.
        seq: u64,
        /// Whose account.
        carrier: NameId,
        /// The account's.
        currency: Currency,
        /// Of posting.
        day: Day,
        /// The sum.
        amount: i128,
    },
}

impl RunError {
    #[cold]
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Port(Error::Damaged(what.into()))
    }

    #[cold]
    pub(crate) const fn not_waiting(place: RowPlace) -> Self {
        Self::NotWaiting { seq: place.seq, row: place.row }
    }
}

/// Why a stretch of work ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The list moved on or a settlement was lost: drop the index, read the partition again.
    Lost,
    /// Anything that the caller must hear of.
    Failed(RunError),
}

impl<E: Into<RunError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
