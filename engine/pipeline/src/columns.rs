//! Rows read back from the columns of a journal that is still in flight; stores in memory may use it too.

use didtron_domain::{
    Amount, ContentHash, Currency, Day, E164, IdentityKey, Instant, Jurisdiction, NameId, Price, RatedCall, RatedRow,
    RatedSide, Reason, Rejection, Side,
};
use didtron_ports::journal::SideColumns;
use didtron_ports::{RowPlace, SuspenseCause, SuspenseColumns, SuspenseRow, UsageColumns, UsageRow};
use std::borrow::Cow;

/// The usage row at `at`. A batch's journal holds its rows in the order of their numbers.
#[must_use]
pub fn usage_row(columns: &UsageColumns, at: usize) -> UsageRow<'static> {
    UsageRow {
        place: RowPlace { seq: columns.seq[at], row: columns.row[at] },
        partition: columns.partition[at],
        sign: columns.sign[at],
        reverses: place(columns.reverses_seq.get(at), columns.reverses_row.get(at)),
        identity: IdentityKey(columns.identity[at]),
        content: ContentHash(columns.content[at]),
        posting_day: Day(columns.posting_day[at]),
        catalog_version: columns.catalog_version[at],
        base_currency: currency(columns.base_currency[at]),
        source: NameId(columns.source[at]),
        call_id: owned(columns.call_id.get(at)),
        branch: owned(columns.branch.get(at)),
        version: columns.version.get(at),
        start: Instant(columns.start[at]),
        answer: Instant(columns.answer[at]),
        duration_ms: columns.duration_ms[at],
        marked_answered: columns.marked_answered[at],
        last_attempt: columns.last_attempt[at],
        clean: columns.clean[at],
        ingress: owned(columns.ingress.get(at)),
        egress: owned(columns.egress.get(at)),
        caller: owned(columns.caller.get(at)),
        called: owned(columns.called.get(at)),
        called_egress: owned(columns.called_egress.get(at)),
        lrn: owned(columns.lrn.get(at)),
        stated_revenue: columns.stated_revenue.get(at).map(Price),
        stated_cost: columns.stated_cost.get(at).map(Price),
        rated: RatedCall { customer: side(&columns.customer, at), supplier: side(&columns.supplier, at) },
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

fn side(columns: &SideColumns, at: usize) -> Option<RatedSide> {
    if !columns.present[at] {
        return None;
    }
    let name = |id: Option<u32>| id.map(NameId);
    let number = columns.number.get(at).map(e164);
    let looked_up = columns.looked_up.get(at).map(e164).or(number);
    Some(RatedSide {
        carrier: name(columns.carrier.get(at)),
        interconnect: name(columns.interconnect.get(at)),
        service: name(columns.service.get(at)),
        number,
        looked_up,
        row: columns.prefix_length.get(at).map(|length| row(columns, at, looked_up, length)),
        blocked: columns.blocked[at],
        whole_s: columns.whole_s[at],
        billed_s: columns.billed_s[at],
        charge: Amount(columns.charge[at]),
        amount: Amount(columns.amount[at]),
        account_currency: columns.account_currency.get(at).map(currency),
        fx_rate: columns.fx_rate.get(at),
        fx_day: columns.fx_day.get(at).map(Day),
        base_amount: Amount(columns.base_amount[at]),
    })
}

fn row(columns: &SideColumns, at: usize, looked_up: Option<E164>, length: u8) -> RatedRow {
    let whole = "a matched row has all of a row's columns";
    RatedRow {
        prefix: looked_up.expect("a prefix was matched by a number").prefix(length),
        destination: NameId(columns.destination.get(at).expect(whole)),
        group: columns.group.get(at).map(NameId),
        deck: NameId(columns.deck.get(at).expect(whole)),
        deck_version: columns.deck_version.get(at).expect(whole),
        rate: Price(columns.rate.get(at).expect(whole)),
        jurisdiction: columns.jurisdiction.get(at).and_then(Jurisdiction::from_code),
        currency: currency(columns.currency.get(at).expect(whole)),
    }
}

fn place(seq: Option<u64>, row: Option<u32>) -> Option<RowPlace> {
    seq.zip(row).map(|(seq, row)| RowPlace { seq, row })
}

fn currency(bits: u32) -> Currency {
    Currency::from_bits(bits).expect("the column was filled with currencies")
}

fn e164(value: u64) -> E164 {
    E164::from_value(value).expect("the column was filled with numbers")
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}
