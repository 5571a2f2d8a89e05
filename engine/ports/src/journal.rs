//! The rows of a batch: usage (rated calls) and suspense (rejected records), both signed and only ever added.

use didtron_domain::column::Column;
use didtron_domain::rejection::Reason;
use didtron_domain::text::TextColumn;
use didtron_domain::{
    CallBatch, CallRecord, ContentHash, Currency, Day, IdentityKey, Instant, NameId, Optional, Price, RatedCall,
    RatedColumns, Rejection,
};
use std::borrow::Cow;
use std::ops::Range;

/// A row's place in its partition's journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowPlace {
    /// The batch.
    pub seq: u64,
    /// The row's number among the batch's rows of this journal, from 0, in the order in which they came about.
    pub row: u32,
}

impl RowPlace {
    /// Bits that the row number takes in [`RowPlace::packed`]; a batch has fewer rows than 2^24 per journal.
    pub const ROW_BITS: u32 = 24;

    /// One integer that sorts like the place.
    #[must_use]
    pub const fn packed(self) -> u64 {
        self.seq << Self::ROW_BITS | self.row as u64
    }

    /// The place behind [`RowPlace::packed`].
    #[must_use]
    pub const fn unpack(packed: u64) -> Self {
        Self { seq: packed >> Self::ROW_BITS, row: (packed & ((1 << Self::ROW_BITS) - 1)) as u32 }
    }
}

/// One row of the usage journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow<'a> {
    pub place: RowPlace,
    pub partition: u32,
    /// +1 a rating, -1 its reversal.
    pub sign: i8,
    /// The row that a reversal takes back.
    pub reverses: Option<RowPlace>,
    pub identity: IdentityKey,
    pub content: ContentHash,
    pub posting_day: Day,
    pub catalog_version: u32,
    pub base_currency: Currency,
    pub source: NameId,
    pub call_id: Cow<'a, str>,
    pub branch: Cow<'a, str>,
    pub version: Option<i64>,
    pub start: Instant,
    pub answer: Instant,
    pub duration_ms: u64,
    pub marked_answered: bool,
    pub last_attempt: bool,
    /// The mapping called the numbers clean (R9).
    pub clean: bool,
    /// The parties as received.
    pub ingress: Cow<'a, str>,
    pub egress: Cow<'a, str>,
    /// The numbers as received.
    pub caller: Cow<'a, str>,
    pub called: Cow<'a, str>,
    pub called_egress: Cow<'a, str>,
    pub lrn: Cow<'a, str>,
    pub stated_revenue: Option<Price>,
    pub stated_cost: Option<Price>,
    /// Amounts are those of the rating; on a reversal they are negated, as is the sign of its seconds' worth.
    pub rated: RatedCall,
}

impl UsageRow<'_> {
    /// The call behind it; the name of its source is not at hand, and so empty.
    #[must_use]
    pub fn call(&self) -> CallRecord<'_> {
        CallRecord {
            source: "",
            call_id: &self.call_id,
            branch: &self.branch,
            version: self.version,
            start: self.start,
            answer: self.answer,
            duration_ms: self.duration_ms,
            marked_answered: self.marked_answered,
            last_attempt: self.last_attempt,
            clean: self.clean,
            ingress: &self.ingress,
            egress: &self.egress,
            caller: &self.caller,
            called: &self.called,
            called_egress: &self.called_egress,
            lrn: &self.lrn,
            stated_revenue: self.stated_revenue,
            stated_cost: self.stated_cost,
        }
    }
}

/// The usage rows of a batch as columns: those of its records, whether they are rated or not, and behind them the rows
/// of earlier batches that it takes back. `order` says which of all these are rows of the journal.
#[derive(Clone, Debug, Default)]
pub struct UsageColumns {
    /// The batch.
    pub seq: u64,
    pub partition: u32,
    /// For each row of the journal, in the order of their numbers, its position in all columns below.
    pub order: Vec<u32>,
    pub sign: Vec<i8>,
    /// [`RowPlace::packed`].
    pub reverses: Optional<u64>,
    pub posting_day: Vec<i32>,
    pub catalog_version: Vec<u32>,
    pub base_currency: Vec<u32>,
    pub source: Vec<u32>,
    pub clean: Vec<bool>,
    /// Their columns only; the texts of whole records may be gone.
    pub calls: CallBatch,
    pub rated: RatedColumns,
}

/// The same step for every column of a usage row; what their order is, each step says itself.
macro_rules! each_column {
    ($step:ident, $($given:tt)*) => {
        each_column!(@ $step, $($given)*; sign reverses posting_day catalog_version base_currency source clean calls rated)
    };
    (@ gather, $own:ident, $positions:ident; $($column:ident)*) => {
        Self {
            seq: $own.seq,
            partition: $own.partition,
            order: (0..).take($positions.len()).collect(),
            $($column: $own.$column.gather($positions),)*
        }
    };
    (@ extend_from, $own:ident, $other:ident, $positions:ident; $($column:ident)*) => {
        $($own.$column.extend_from(&$other.$column, $positions);)*
    };
    (@ reserve, $own:ident, $row_count:ident; $($column:ident)*) => { $($own.$column.reserve($row_count);)* };
    (@ clear, $own:ident; $($column:ident)*) => { $($own.$column.clear();)* };
}

impl UsageColumns {
    /// Adds a row under the next number, which must be its own.
    pub fn push(&mut self, row: &UsageRow<'_>) {
        let position = u32::try_from(self.sign.len()).expect("a batch has fewer rows than 2^24 per journal");
        debug_assert!(row.place.row as usize == self.order.len(), "rows come in the order of their numbers");
        (self.seq, self.partition) = (row.place.seq, row.partition);
        self.order.push(position);
        self.sign.push(row.sign);
        self.reverses.push(row.reverses.map(RowPlace::packed));
        self.posting_day.push(row.posting_day.0);
        self.catalog_version.push(row.catalog_version);
        self.base_currency.push(row.base_currency.to_bits());
        self.source.push(row.source.0);
        self.clean.push(row.clean);
        self.calls.push_call(row.identity, row.content, &row.call());
        self.rated.push(Ok(row.rated));
    }

    /// The columns at these positions, in this order, each of them a row.
    #[must_use]
    pub fn gather(&self, positions: &[u32]) -> Self {
        each_column!(gather, self, positions)
    }

    /// Adds the columns at these positions of others, each of them a row under the next number; columns that were not
    /// filled add nothing.
    pub fn extend_from(&mut self, other: &Self, positions: &Range<usize>) {
        let begin = u32::try_from(self.order.len()).expect("fewer rows than 2^32 are held at a time");
        self.order.extend((begin..).take(positions.len()));
        each_column!(extend_from, self, other, positions);
    }

    /// Makes room for so many more rows with all columns.
    pub fn reserve(&mut self, row_count: usize) {
        self.order.reserve(row_count);
        each_column!(reserve, self, row_count);
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.order.clear();
        each_column!(clear, self);
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The position of the row with this number.
    #[must_use]
    pub fn position(&self, row: usize) -> usize {
        self.order[row] as usize
    }
}

/// Rows of any batches as columns. `order` names all positions, from the first on; `seq` and `partition` of the columns
/// say nothing.
#[derive(Clone, Debug, Default)]
pub struct StoredRows {
    /// [`RowPlace::packed`] of each row.
    pub places: Vec<u64>,
    pub columns: UsageColumns,
}

impl StoredRows {
    /// Adds a row.
    pub fn push(&mut self, row: &UsageRow<'_>) {
        let number = u32::try_from(self.len()).expect("fewer rows than 2^32 are held at a time");
        self.places.push(row.place.packed());
        self.columns.push(&UsageRow { place: RowPlace { seq: 0, row: number }, ..row.clone() });
    }

    /// These of them, in this order.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        Self { places: self.places.gather(rows), columns: self.columns.gather(rows) }
    }

    /// Adds these rows of others.
    pub fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        self.places.extend_from(&other.places, rows);
        self.columns.extend_from(&other.columns, rows);
    }

    /// Makes room for so many more rows with all columns.
    pub fn reserve(&mut self, row_count: usize) {
        self.places.reserve(row_count);
        self.columns.reserve(row_count);
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.places.clear();
        self.columns.clear();
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Why a record leaves suspense, or why its row came with its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SuspenseCause {
    /// It was rejected: the cause of every +1 row that waits.
    Rejected = 1,
    /// Newer content took its place.
    Superseded,
    /// A re-drive could rate it.
    Redriven,
    /// A person dismissed it with a note.
    Dismissed,
    /// Older content than the newest, kept so that it is known when it comes again: +1 and -1 in one batch.
    Older,
    /// A duplicate that lent its greater version to the content in force or waiting: +1 and -1 in one batch.
    Version,
}

impl SuspenseCause {
    /// The cause behind its number in stored rows; `None` when there is none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Rejected,
            2 => Self::Superseded,
            3 => Self::Redriven,
            4 => Self::Dismissed,
            5 => Self::Older,
            6 => Self::Version,
            _ => return None,
        })
    }
}

/// One row of the suspense journal: the record whole, and what it needs to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseRow<'a> {
    pub place: RowPlace,
    pub partition: u32,
    /// +1 in, -1 out.
    pub sign: i8,
    pub cause: SuspenseCause,
    /// The row that a -1 takes out.
    pub takes_out: Option<RowPlace>,
    pub identity: IdentityKey,
    pub content: ContentHash,
    pub version: Option<i64>,
    /// The text as received, without its line end (invalid UTF-8 replaced only for showing, never here).
    pub record: Cow<'a, [u8]>,
    /// The mapping by name and the header line that decode it.
    pub mapping: Cow<'a, str>,
    pub header: Cow<'a, str>,
    /// `file:line`.
    pub at: Cow<'a, str>,
    /// `None` where the record is malformed; then call id, branch and start are absent too.
    pub source: Option<NameId>,
    pub call_id: Cow<'a, str>,
    pub branch: Cow<'a, str>,
    pub start: Option<Instant>,
    /// Why it waits. On `Older` and `Version` rows whatever the identity's own state was.
    pub rejection: Rejection,
    /// What is wrong with a malformed record, or the note of a dismissal.
    pub note: Cow<'a, str>,
    /// The claim time of the batch in which this content first came.
    pub first_seen: Instant,
}

/// The suspense rows of a batch as columns, one entry per row in each.
#[derive(Clone, Debug, Default)]
pub struct SuspenseColumns {
    pub seq: Vec<u64>,
    pub row: Vec<u32>,
    pub partition: Vec<u32>,
    pub sign: Vec<i8>,
    pub cause: Vec<u8>,
    pub takes_out_seq: Optional<u64>,
    pub takes_out_row: Optional<u32>,
    pub identity: Vec<u128>,
    pub content: Vec<u64>,
    pub version: Optional<i64>,
    pub record: Vec<Vec<u8>>,
    pub mapping: TextColumn,
    pub header: TextColumn,
    pub at: TextColumn,
    pub source: Optional<u32>,
    pub call_id: TextColumn,
    pub branch: TextColumn,
    pub start: Optional<i64>,
    pub reason: Vec<u8>,
    /// 0 none, 1 customer, 2 supplier.
    pub side: Vec<u8>,
    pub customer_charge: Optional<i64>,
    pub supplier_charge: Optional<i64>,
    pub note: TextColumn,
    pub first_seen: Vec<i64>,
}

impl SuspenseColumns {
    /// Adds a row.
    pub fn push(&mut self, row: &SuspenseRow<'_>) {
        self.seq.push(row.place.seq);
        self.row.push(row.place.row);
        self.partition.push(row.partition);
        self.sign.push(row.sign);
        self.cause.push(row.cause as u8);
        self.takes_out_seq.push(row.takes_out.map(|x| x.seq));
        self.takes_out_row.push(row.takes_out.map(|x| x.row));
        self.identity.push(row.identity.0);
        self.content.push(row.content.0);
        self.version.push(row.version);
        self.record.push(row.record.to_vec());
        self.mapping.push(&row.mapping);
        self.header.push(&row.header);
        self.at.push(&row.at);
        self.source.push(row.source.map(|x| x.0));
        self.call_id.push(&row.call_id);
        self.branch.push(&row.branch);
        self.start.push(row.start.map(|x| x.0));
        self.reason.push(Reason::code(row.rejection.reason));
        self.side.push(row.rejection.side.map_or(0, |side| side as u8 + 1));
        self.customer_charge.push(row.rejection.customer_charge.map(|x| x.0));
        self.supplier_charge.push(row.rejection.supplier_charge.map(|x| x.0));
        self.note.push(&row.note);
        self.first_seen.push(row.first_seen.0);
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seq.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seq.is_empty()
    }
}

/// All rows of a batch.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub usage: UsageColumns,
    pub suspense: SuspenseColumns,
}
