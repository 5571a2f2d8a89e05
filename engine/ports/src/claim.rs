//! A batch's claim and its settlement (design: the batch protocol).

use crate::rerate::Rerated;
use crate::stored_file::StoredFile;
use didtron_domain::{Currency, Day, Instant, NameId, Reason, Side, UsageDigest};
use std::ops::Range;

/// Where a batch's records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// A file or spooled standard input, by its id in the books; the range counts decompressed bytes.
    File { feed: i64 },
    /// Records that wait in suspense; the range is over their places (see `RowPlace::packed`), `reason` narrows it.
    Redrive { reason: Option<Reason> },
    /// One record in suspense that a person dismisses; the range holds its place alone.
    Dismiss { note: String },
    /// Calls that are rated again, by the number of the re-rate; the range is over `IdentityKey::range_hash`.
    Rerate { rerate: i64 },
}

/// What an owner asks for: the next batch of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Of the books' partitions; 0 when embedded.
    pub partition: u32,
    /// The number of the batch: one above the list's last.
    pub seq: u64,
    /// A new, unique id (`claim_` and a UUIDv7).
    pub id: String,
    /// The id of the list's last claim; `None` for the first batch.
    pub predecessor: Option<String>,
    /// Where the records come from.
    pub feed: Feed,
    /// Which of them, half-open.
    pub range: Range<u64>,
    /// The line of the file on which the range begins, counted from 1; 0 where there are no lines.
    pub first_line: u64,
    /// How many lines the range holds: the next one begins on `first_line + line_count`.
    pub line_count: u64,
    /// BLAKE3 of the input in the range.
    pub digest: [u8; 32],
    /// Never below the predecessor's.
    pub catalog_version: u32,
    /// The revision of the rating rules in the program.
    pub rating_revision: u32,
    /// By the owner's clock.
    pub claimed_at: Instant,
    /// Calls that started before it are `too_old`; none by default.
    pub horizon: Option<Instant>,
}

/// A claim that stands in the books. Whoever works the partition does this batch and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// As asked.
    pub request: ClaimRequest,
    /// Read by the statement that inserted the claim: answers of closed days post here.
    pub first_open_day: Day,
}

/// What happened to the records of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read from a file; a re-drive or a dismissal reads none.
    pub records: u64,
    /// Usage rows of either sign.
    pub usage_rows: u64,
    /// Contents seen before: dropped.
    pub duplicates: u64,
    /// Identities that had no rating in force before the batch and have one after it.
    pub calls: u64,
    /// Identities waiting after the batch less those waiting before it, by reason.
    pub suspense: Vec<(Reason, i64)>,
}

/// What a batch adds to one pair of accounts on one posting day: for a customer the receivable against revenue, for
/// a supplier the cost against the payable, both in the carrier's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Accrual {
    pub carrier: NameId,
    pub side: Side,
    pub currency: Currency,
    pub day: Day,
    /// Micro-units; what a reversal takes back is negative.
    pub amount: i64,
}

/// Everything that settling a batch writes, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub claim: Claim,
    pub accruals: Vec<Accrual>,
    pub counts: Counts,
    /// The batch's part of the usage digest.
    pub digest: UsageDigest,
    /// What the store wrote for it.
    pub files: Vec<StoredFile>,
    /// Of a re-rate's batch only.
    pub rerated: Option<Rerated>,
}
