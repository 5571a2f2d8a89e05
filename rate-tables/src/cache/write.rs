//! Writes a table as bytes.

use super::{FORMAT, HAS_GRACE, HAS_INITIAL_RATE, HEADER_BYTES, MAGIC, OWN_FROM, ROW_BYTES, TERMS_BYTES};
use crate::prefix_index::Longest;
use crate::row::{CompiledRow, RowTerms};
use crate::shared::Shared;
use crate::table::{DeckTable, List};
use didtron_domain::deck::{DeckHead, RowPrice, RowStatus};
use didtron_domain::{Increment, Instant, Price, Side};

pub(super) fn table(table: &DeckTable) -> Vec<u8> {
    let mut out =
        Vec::with_capacity(HEADER_BYTES + table.rows.len() * ROW_BYTES * 2 + table.prefixes.len() * ROW_BYTES);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&[0; 12]);
    head(&mut out, &table.head);
    for list in [&table.destinations, &table.groups, &table.origin_sets, &table.time_classes] {
        names(&mut out, list.iter().map(|name| &**name));
    }
    rows(&mut out, table);
    let parent = |list: &List| list.parent.map_or(0, Longest::bits);
    records(&mut out, table.lists.iter().map(|list| words::<2, 8>([list.begin, parent(list)])));
    records(&mut out, table.prefixes.iter().map(|prefix| prefix.value().to_le_bytes()));
    records(&mut out, table.answers.iter().map(|answer| answer.bits().to_le_bytes()));
    out.extend_from_slice(&table.index.top.to_le_bytes());
    records(&mut out, table.index.blocks.iter().map(|block| block.bits().to_le_bytes()));
    records(&mut out, table.index.answers.iter().map(|answer| answer.0.to_le_bytes()));
    let length = out.len() as u64;
    out[HEADER_BYTES - 8..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
    out
}

fn records<const N: usize>(out: &mut Vec<u8>, list: impl ExactSizeIterator<Item = [u8; N]>) {
    out.extend_from_slice(&(list.len() as u64).to_le_bytes());
    for record in list {
        out.extend_from_slice(&record);
    }
}

fn words<const N: usize, const B: usize>(words: [u32; N]) -> [u8; B] {
    const { assert!(B == N * 4) };
    let mut bytes = [0; B];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

fn names<'a>(out: &mut Vec<u8>, list: impl ExactSizeIterator<Item = &'a str> + Clone) {
    let mut end = 0;
    let ends = list.clone().map(|name| {
        end += name.len() as u64;
        end.to_le_bytes()
    });
    records(out, ends);
    for name in list {
        out.extend_from_slice(name.as_bytes());
    }
}

fn head(out: &mut Vec<u8>, head: &DeckHead) {
    let lists = head.country_lists.as_deref();
    names(out, [head.name.as_str(), head.zone.as_str(), lists.unwrap_or("")].into_iter());
    let (initial, next) = increment(head.increment);
    let side = match head.direction {
        Side::Customer => 0,
        Side::Supplier => 1,
    };
    let fields = [head.currency.to_bits(), side, initial, next, u32::from(lists.is_some())];
    records(out, fields.iter().map(|field| field.to_le_bytes()));
}

/// 0/0, which no increment is, stands for none.
fn increment(increment: Option<Increment>) -> (u32, u32) {
    increment.map_or((0, 0), |scheme| (scheme.initial_s(), scheme.next_s()))
}

fn rows(out: &mut Vec<u8>, table: &DeckTable) {
    let mut spans: Shared<(Instant, Instant)> = Shared::default();
    let numbers: Vec<u32> = table.rows.iter().map(|row| spans.number((row.from, row.to))).collect();
    records(out, table.terms.iter().map(terms_bytes));
    records(out, spans.in_order.iter().map(|(from, to)| longs::<2, 16>([from.0, to.0])));
    records(out, table.rows.iter().zip(&numbers).map(|(row, span)| row_bytes(row, *span)));
}

fn terms_bytes(terms: &RowTerms) -> [u8; TERMS_BYTES] {
    let (kind, [one, two, three]) = match terms.price {
        None => (0, [Price(0); 3]),
        Some(RowPrice::One { rate, initial_rate: None }) => (1, [rate, Price(0), Price(0)]),
        Some(RowPrice::One { rate, initial_rate: Some(initial) }) => (1 | HAS_INITIAL_RATE, [rate, initial, Price(0)]),
        Some(RowPrice::Us { inter, intra, indeterminate }) => (2, [inter, intra, indeterminate]),
        Some(RowPrice::Eea { local, eea, international }) => (3, [local, eea, international]),
    };
    let grace = if terms.grace_s.is_some() { HAS_GRACE } else { 0 };
    let (initial, next) = increment(terms.increment);
    let mut bytes = [0; TERMS_BYTES];
    bytes[..16].copy_from_slice(&words::<4, 16>([kind | grace, initial, next, terms.grace_s.unwrap_or(0)]));
    bytes[16..].copy_from_slice(&longs::<4, 32>([terms.connect_fee.0, one.0, two.0, three.0]));
    bytes
}

fn longs<const N: usize, const B: usize>(longs: [i64; N]) -> [u8; B] {
    const { assert!(B == N * 8) };
    let mut bytes = [0; B];
    for (place, long) in bytes.chunks_exact_mut(8).zip(longs) {
        place.copy_from_slice(&long.to_le_bytes());
    }
    bytes
}

fn row_bytes(row: &CompiledRow, span: u32) -> [u8; ROW_BYTES] {
    let status = match row.status {
        RowStatus::Open => 0,
        RowStatus::Blocked => 1,
        RowStatus::Closed => 2,
    };
    let own_from = if row.own_from { OWN_FROM } else { 0 };
    let name = |name: Option<u32>| name.map_or(0, |name| name + 1);
    words([
        row.terms,
        span,
        row.destination,
        name(row.group),
        name(row.origin_set),
        name(row.time_class),
        row.version,
        status | own_from,
    ])
}
