//! Rows read back from the columns of a journal that is still in flight; stores in memory may use it too.

use didtron_domain::{
    Amount, ContentHash, Currency, Day, IdentityKey, Instant, NameId, RatedCall, Reason, Rejection, Side,
};
use didtron_ports::{RowPlace, SuspenseCause, SuspenseColumns, SuspenseRow, UsageColumns, UsageRow};
use std::borrow::Cow;

/// The usage row with this number.
#[must_use]
pub fn usage_row(columns: &UsageColumns, row: u32) -> UsageRow<'static> {
    let at = columns.position(row as usize);
    let (calls, rated) = (&columns.calls, &columns.rated);
    UsageRow {
        place: RowPlace { seq: columns.seq, row },
        partition: columns.partition,
        sign: columns.sign[at],
        reverses: columns.reverses.get(at).map(RowPlace::unpack),
        identity: calls.identity[at],
        content: calls.content[at],
        posting_day: Day(columns.posting_day[at]),
        catalog_version: columns.catalog_version[at],
        base_currency: currency(columns.base_currency[at]),
        source: NameId(columns.source[at]),
        call_id: owned(calls.call_id.get(at)),
        branch: owned(calls.branch.get(at)),
        version: calls.version[at],
        start: calls.start[at],
        answer: calls.answer[at],
        duration_ms: calls.duration_ms[at],
        marked_answered: calls.marked_answered[at],
        last_attempt: calls.last_attempt[at],
        clean: columns.clean[at],
        ingress: owned(calls.ingress.get(at)),
        egress: owned(calls.egress.get(at)),
        caller: owned(calls.caller.get(at)),
        called: owned(calls.called.get(at)),
        called_egress: owned(calls.called_egress.get(at)),
        lrn: owned(calls.lrn.get(at)),
        stated_revenue: calls.stated_revenue[at],
        stated_cost: calls.stated_cost[at],
        rated: RatedCall { customer: rated.customer.get(at), supplier: rated.supplier.get(at) },
    }
}

/// The suspense row at `at`.
#[must_use]
pub fn suspense_row(columns: &SuspenseColumns, at: usize) -> SuspenseRow<'static> {
    SuspenseRow {
        place: RowPlace { seq: columns.seq[at], row: columns.row[at] },
        partition: columns.partition[at],
        sign: columns.sign[at],
        cause: SuspenseCause::from_code(columns.cause[at]).expect("the column was filled with causes"),
        takes_out: place(columns.takes_out_seq.get(at), columns.takes_out_row.get(at)),
        identity: IdentityKey(columns.identity[at]),
        content: ContentHash(columns.content[at]),
        version: columns.version.get(at),
        record: Cow::Owned(columns.record[at].clone()),
        mapping: owned(columns.mapping.get(at)),
        header: owned(columns.header.get(at)),
        at: owned(columns.at.get(at)),
        source: columns.source.get(at).map(NameId),
        call_id: owned(columns.call_id.get(at)),
        branch: owned(columns.branch.get(at)),
        start: columns.start.get(at).map(Instant),
        rejection: rejection(columns, at),
        note: owned(columns.note.get(at)),
        first_seen: Instant(columns.first_seen[at]),
    }
}

fn rejection(columns: &SuspenseColumns, at: usize) -> Rejection {
    Rejection {
        reason: Reason::from_code(columns.reason[at]).expect("the column was filled with reasons"),
        side: match columns.side[at] {
            0 => None,
            1 => Some(Side::Customer),
            _ => Some(Side::Supplier),
        },
        customer_charge: columns.customer_charge.get(at).map(Amount),
        supplier_charge: columns.supplier_charge.get(at).map(Amount),
    }
}

fn place(seq: Option<u64>, row: Option<u32>) -> Option<RowPlace> {
    seq.zip(row).map(|(seq, row)| RowPlace { seq, row })
}

fn currency(bits: u32) -> Currency {
    Currency::from_bits(bits).expect("the column was filled with currencies")
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}
