//! The rows of a batch: usage (rated calls) and suspense (rejected records), both signed and only ever added.

use crate::column::{Optional, Room};
use didtron_domain::rejection::Reason;
use didtron_domain::text::TextColumn;
use didtron_domain::{
    ContentHash, Currency, Day, IdentityKey, Instant, NameId, Price, RatedCall, RatedSide, Rejection,
};
use std::borrow::Cow;

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

/// One side's columns of the usage journal.
#[derive(Clone, Debug, Default)]
pub struct SideColumns {
    /// Whether the side is there at all (R14); everything else is absent or zero where not.
    pub present: Vec<bool>,
    pub carrier: Optional<u32>,
    pub interconnect: Optional<u32>,
    pub service: Optional<u32>,
    pub number: Optional<u64>,
    /// Only where it is not `number` (an LRN).
    pub looked_up: Optional<u64>,
    pub prefix_length: Optional<u8>,
    pub destination: Optional<u32>,
    pub group: Optional<u32>,
    pub deck: Optional<u32>,
    pub deck_version: Optional<u32>,
    pub rate: Optional<i64>,
    pub jurisdiction: Optional<u8>,
    pub currency: Optional<u32>,
    pub blocked: Vec<bool>,
    pub whole_s: Vec<u64>,
    pub billed_s: Vec<u64>,
    pub charge: Vec<i64>,
    pub amount: Vec<i64>,
    pub account_currency: Optional<u32>,
    /// Units of 10^-12.
    pub fx_rate: Optional<i128>,
    pub fx_day: Optional<i32>,
    pub base_amount: Vec<i64>,
}

impl SideColumns {
    fn rooms(&mut self) -> [&mut dyn Room; 23] {
        [
            &mut self.present,
            &mut self.carrier,
            &mut self.interconnect,
            &mut self.service,
            &mut self.number,
            &mut self.looked_up,
            &mut self.prefix_length,
            &mut self.destination,
            &mut self.group,
            &mut self.deck,
            &mut self.deck_version,
            &mut self.rate,
            &mut self.jurisdiction,
            &mut self.currency,
            &mut self.blocked,
            &mut self.whole_s,
            &mut self.billed_s,
            &mut self.charge,
            &mut self.amount,
            &mut self.account_currency,
            &mut self.fx_rate,
            &mut self.fx_day,
            &mut self.base_amount,
        ]
    }

    fn extend<'r>(&mut self, sides: &(impl Iterator<Item = Option<&'r RatedSide>> + Clone)) {
        let each = || sides.clone();
        let rows = || each().map(|side| side.and_then(|side| side.row.as_ref()));
        self.present.extend(each().map(|side| side.is_some()));
        self.carrier.extend(each().map(|side| side?.carrier.map(|x| x.0)));
        self.interconnect.extend(each().map(|side| side?.interconnect.map(|x| x.0)));
        self.service.extend(each().map(|side| side?.service.map(|x| x.0)));
        self.number.extend(each().map(|side| side?.number.map(|x| x.value())));
        let looked_up = |side: &RatedSide| side.looked_up.filter(|x| side.number != Some(*x)).map(|x| x.value());
        self.looked_up.extend(each().map(|side| looked_up(side?)));
        self.prefix_length.extend(rows().map(|row| Some(row?.prefix.length())));
        self.destination.extend(rows().map(|row| Some(row?.destination.0)));
        self.group.extend(rows().map(|row| Some(row?.group?.0)));
        self.deck.extend(rows().map(|row| Some(row?.deck.0)));
        self.deck_version.extend(rows().map(|row| Some(row?.deck_version)));
        self.rate.extend(rows().map(|row| Some(row?.rate.0)));
        self.jurisdiction.extend(rows().map(|row| Some(row?.jurisdiction?.code())));
        self.currency.extend(rows().map(|row| Some(row?.currency.to_bits())));
        self.blocked.extend(each().map(|side| side.is_some_and(|side| side.blocked)));
        self.whole_s.extend(each().map(|side| side.map_or(0, |side| side.whole_s)));
        self.billed_s.extend(each().map(|side| side.map_or(0, |side| side.billed_s)));
        self.charge.extend(each().map(|side| side.map_or(0, |side| side.charge.0)));
        self.amount.extend(each().map(|side| side.map_or(0, |side| side.amount.0)));
        self.account_currency.extend(each().map(|side| Some(side?.account_currency?.to_bits())));
        self.fx_rate.extend(each().map(|side| side?.fx_rate));
        self.fx_day.extend(each().map(|side| Some(side?.fx_day?.0)));
        self.base_amount.extend(each().map(|side| side.map_or(0, |side| side.base_amount.0)));
    }
}

/// The usage rows of a batch as columns, one entry per row in each.
#[derive(Clone, Debug, Default)]
pub struct UsageColumns {
    pub seq: Vec<u64>,
    pub row: Vec<u32>,
    pub partition: Vec<u32>,
    pub sign: Vec<i8>,
    pub reverses_seq: Optional<u64>,
    pub reverses_row: Optional<u32>,
    pub identity: Vec<u128>,
    pub content: Vec<u64>,
    pub posting_day: Vec<i32>,
    pub catalog_version: Vec<u32>,
    pub base_currency: Vec<u32>,
    pub source: Vec<u32>,
    pub call_id: TextColumn,
    pub branch: TextColumn,
    pub version: Optional<i64>,
    pub start: Vec<i64>,
    pub answer: Vec<i64>,
    pub duration_ms: Vec<u64>,
    pub marked_answered: Vec<bool>,
    pub last_attempt: Vec<bool>,
    pub clean: Vec<bool>,
    pub ingress: TextColumn,
    pub egress: TextColumn,
    pub caller: TextColumn,
    pub called: TextColumn,
    pub called_egress: TextColumn,
    pub lrn: TextColumn,
    pub stated_revenue: Optional<i64>,
    pub stated_cost: Optional<i64>,
    pub customer: SideColumns,
    pub supplier: SideColumns,
}

impl UsageColumns {
    /// Adds rows, column by column: several at a time are far cheaper than one by one.
    pub fn extend(&mut self, rows: &[UsageRow<'_>]) {
        let each = || rows.iter();
        self.seq.extend(each().map(|row| row.place.seq));
        self.row.extend(each().map(|row| row.place.row));
        self.partition.extend(each().map(|row| row.partition));
        self.sign.extend(each().map(|row| row.sign));
        self.reverses_seq.extend(each().map(|row| Some(row.reverses?.seq)));
        self.reverses_row.extend(each().map(|row| Some(row.reverses?.row)));
        self.identity.extend(each().map(|row| row.identity.0));
        self.content.extend(each().map(|row| row.content.0));
        self.posting_day.extend(each().map(|row| row.posting_day.0));
        self.catalog_version.extend(each().map(|row| row.catalog_version));
        self.base_currency.extend(each().map(|row| row.base_currency.to_bits()));
        self.source.extend(each().map(|row| row.source.0));
        self.call_id.extend(each().map(|row| &*row.call_id));
        self.branch.extend(each().map(|row| &*row.branch));
        self.version.extend(each().map(|row| row.version));
        self.start.extend(each().map(|row| row.start.0));
        self.answer.extend(each().map(|row| row.answer.0));
        self.duration_ms.extend(each().map(|row| row.duration_ms));
        self.marked_answered.extend(each().map(|row| row.marked_answered));
        self.last_attempt.extend(each().map(|row| row.last_attempt));
        self.clean.extend(each().map(|row| row.clean));
        self.ingress.extend(each().map(|row| &*row.ingress));
        self.egress.extend(each().map(|row| &*row.egress));
        self.caller.extend(each().map(|row| &*row.caller));
        self.called.extend(each().map(|row| &*row.called));
        self.called_egress.extend(each().map(|row| &*row.called_egress));
        self.lrn.extend(each().map(|row| &*row.lrn));
        self.stated_revenue.extend(each().map(|row| Some(row.stated_revenue?.0)));
        self.stated_cost.extend(each().map(|row| Some(row.stated_cost?.0)));
        self.customer.extend(&each().map(|row| row.rated.customer.as_ref()));
        self.supplier.extend(&each().map(|row| row.rated.supplier.as_ref()));
    }

    /// Makes room for `row_count` more rows, so that the columns of a large batch do not grow step by step.
    pub fn reserve(&mut self, row_count: usize) {
        self.each_room(|room| room.reserve(row_count));
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.each_room(|room| room.clear());
    }

    fn each_room(&mut self, visit: impl FnMut(&mut dyn Room)) {
        let own: [&mut dyn Room; 29] = [
            &mut self.seq,
            &mut self.row,
            &mut self.partition,
            &mut self.sign,
            &mut self.reverses_seq,
            &mut self.reverses_row,
            &mut self.identity,
            &mut self.content,
            &mut self.posting_day,
            &mut self.catalog_version,
            &mut self.base_currency,
            &mut self.source,
            &mut self.call_id,
            &mut self.branch,
            &mut self.version,
            &mut self.start,
            &mut self.answer,
            &mut self.duration_ms,
            &mut self.marked_answered,
            &mut self.last_attempt,
            &mut self.clean,
            &mut self.ingress,
            &mut self.egress,
            &mut self.caller,
            &mut self.called,
            &mut self.called_egress,
            &mut self.lrn,
            &mut self.stated_revenue,
            &mut self.stated_cost,
        ];
        own.into_iter().chain(self.customer.rooms()).chain(self.supplier.rooms()).for_each(visit);
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
