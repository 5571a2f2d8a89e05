//! The books: claims, cursors, accruals and the list of live files.

use crate::claim::{Claim, ClaimRequest, Settlement};
use crate::error::Error;
use crate::rerate::Rerate;
use crate::stored_file::StoredFile;
use didtron_domain::{Day, NameId};
use std::future::Future;
use std::ops::Range;

/// A partition as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionState {
    /// The last settled (or voided) batch and its claim's id; `None` before the first.
    pub cursor: Option<(u64, String)>,
    /// Claims after the cursor, in order.
    pub unsettled: Vec<Claim>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// It stands in the books.
    Claimed(Claim),
    /// The list's last claim is not the predecessor named: read the partition again.
    ListMovedOn,
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleOutcome {
    /// It stands in the books.
    Settled,
    /// The cursor was not just before this claim: drop the work and the index, read the partition again.
    Lost,
}

/// A file or stream that was read before, known by its content and not by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFeed {
    pub id: i64,
    /// The mapping that decodes it.
    pub mapping: String,
    /// What `--source` named; empty where nothing did.
    pub source: String,
    /// Where it was last seen.
    pub path: String,
    /// How many bytes of its front were there when it was first seen, 4 KiB at most, and their BLAKE3.
    pub head_bytes: u64,
    pub head_digest: [u8; 32],
}

/// A claimed part of a feed that was not voided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedRange {
    pub seq: u64,
    pub range: Range<u64>,
    pub digest: [u8; 32],
    pub first_line: u64,
    pub line_count: u64,
}

/// The books as the pipeline needs them. Each call is one transaction.
pub trait Books {
    /// Reads a partition's cursor and unsettled claims.
    fn partition(&self, partition: u32) -> impl Future<Output = Result<PartitionState, Error>>;

    /// Inserts a claim, reading the first open day in the same statement.
    fn claim(&self, request: ClaimRequest) -> impl Future<Output = Result<ClaimOutcome, Error>>;

    /// Moves the cursor from the batch before to this one by compare-and-swap, adds the accruals (refusing those of
    /// a closed day as damage), stores counts and digest, enters the files in the live list.
    fn settle(&self, settlement: &Settlement) -> impl Future<Output = Result<SettleOutcome, Error>>;

    /// Voids the first unsettled claim and all after it: they keep their places in the list, the cursor passes them,
    /// nothing of theirs is live. Returns what was voided, first to last. `note` is the operator's word for it.
    fn void(&self, partition: u32, note: &str) -> impl Future<Output = Result<Vec<Claim>, Error>>;

    /// The feeds that were read with this mapping and source name.
    fn feeds(&self, mapping: &str, source: &str) -> impl Future<Output = Result<Vec<KnownFeed>, Error>>;

    /// The parts of a feed that were claimed and not voided, in order; settled or not.
    fn feed_ranges(&self, feed: i64) -> impl Future<Output = Result<Vec<ClaimedRange>, Error>>;

    /// A re-rate by its number; one that is not there is damage.
    fn rerate(&self, number: i64) -> impl Future<Output = Result<Rerate, Error>>;

    /// The parts of a re-rate that were claimed and not voided, in the order of their ranges; settled or not.
    fn rerate_ranges(&self, partition: u32, number: i64) -> impl Future<Output = Result<Vec<ClaimedRange>, Error>>;

    /// The batches of re-rates in a partition that were not voided, in order, each with the re-rate's number.
    fn rerate_batches(&self, partition: u32) -> impl Future<Output = Result<Vec<(u64, i64)>, Error>>;

    /// Enters a feed (its `id` is ignored) and returns its id.
    fn add_feed(&self, feed: &KnownFeed) -> impl Future<Output = Result<i64, Error>>;

    /// The files that readers may see, in order of their first batch.
    fn live_files(&self, partition: u32) -> impl Future<Output = Result<Vec<StoredFile>, Error>>;

    /// Raises the first open day to the day after `day`, so that later claims post beyond it.
    fn raise_first_open_day(&self, day: Day) -> impl Future<Output = Result<(), Error>>;

    /// Turns the accruals up to `day` into ledger transactions, once no unsettled claim of any partition has a first
    /// open day at or before it; `false` while one has.
    fn close_through(&self, day: Day) -> impl Future<Output = Result<bool, Error>>;

    /// The ids of names, adding those that are new.
    fn intern(&self, names: &[String]) -> impl Future<Output = Result<Vec<NameId>, Error>>;
}
