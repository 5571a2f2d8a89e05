//! Writes the plain deck file: sorted, every column, instants in UTC, prices without trailing zeros.

use super::COLUMNS;
use didtron_domain::deck::{DeckRow, RowPrice, RowStatus};
use didtron_domain::{Instant, Price};
use std::io::Write as _;

/// The canonical text of `rows`: sorted by prefix, origin set, time class and `effective_from`.
///
/// A prefix comes directly before those that begin with it. A row that has a price also has its increments, else it
/// would take those of whatever deck it is read for.
#[must_use]
pub fn write(rows: &[DeckRow]) -> Vec<u8> {
    let mut order: Vec<&DeckRow> = rows.iter().collect();
    order.sort_by_key(|row| {
        let key = (row.prefix.first(), row.prefix.length(), &row.origin_set, &row.time_class);
        (key, row.effective_from, row.effective_to)
    });
    let mut out = Vec::with_capacity(96 * (rows.len() + 4));
    out.extend_from_slice(COLUMNS.join(",").as_bytes());
    out.push(b'\n');
    let mut written = [Written::default(), Written::default()];
    for row in order {
        line(&mut out, row, &mut written);
    }
    out
}

/// The instant written last, and its text: a deck has few, and neighbours share them.
#[derive(Default)]
struct Written {
    at: Option<Instant>,
    text: String,
}

fn line(out: &mut Vec<u8>, row: &DeckRow, written: &mut [Written; 2]) {
    display(out, Some(row.prefix));
    cell(out, Some(row.destination.as_str()));
    let (one, us, eea) = prices(row.price);
    figure(out, one[0]);
    integer(out, row.increment.map(|increment| increment.initial_s()));
    integer(out, row.increment.map(|increment| increment.next_s()));
    figure(out, Some(row.connect_fee).filter(|&fee| fee != Price(0)));
    figure(out, one[1]);
    integer(out, row.grace_s);
    instant(out, row.effective_from, &mut written[0]);
    instant(out, row.effective_to, &mut written[1]);
    cell(out, Some(row.status).filter(|&status| status != RowStatus::Open).map(RowStatus::as_str));
    for name in [&row.origin_set, &row.time_class, &row.group] {
        cell(out, name.as_deref());
    }
    for price in us.into_iter().chain(eea) {
        figure(out, price);
    }
    *out.last_mut().expect("a line has cells") = b'\n';
}

type Prices = ([Option<Price>; 2], [Option<Price>; 3], [Option<Price>; 3]);

fn prices(price: Option<RowPrice>) -> Prices {
    let none = [None; 3];
    match price {
        None => ([None; 2], none, none),
        Some(RowPrice::One { rate, initial_rate }) => ([Some(rate), initial_rate], none, none),
        Some(RowPrice::Us { inter, intra, indeterminate }) => {
            ([None; 2], [inter, intra, indeterminate].map(Some), none)
        }
        Some(RowPrice::Eea { local, eea, international }) => ([None; 2], none, [local, eea, international].map(Some)),
    }
}

/// A text and the comma after it, quoted where it would be read otherwise.
fn cell(out: &mut Vec<u8>, text: Option<&str>) {
    let text = text.unwrap_or("");
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b',');
}

fn display(out: &mut Vec<u8>, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        write!(out, "{value}").expect("writing to memory cannot fail");
    }
    out.push(b',');
}

fn integer(out: &mut Vec<u8>, value: Option<u32>) {
    display(out, value);
}

fn instant(out: &mut Vec<u8>, at: Option<Instant>, written: &mut Written) {
    if at.is_some() && at != written.at {
        written.text = at.as_ref().map_or_else(String::new, ToString::to_string);
        written.at = at;
    }
    if at.is_some() {
        out.extend_from_slice(written.text.as_bytes());
    }
    out.push(b',');
}

/// A price without trailing zeros, and the comma after it.
fn figure(out: &mut Vec<u8>, price: Option<Price>) {
    const UNIT: u64 = 1_000_000_000;
    if let Some(Price(nano)) = price {
        if nano < 0 {
            out.push(b'-');
        }
        let magnitude = nano.unsigned_abs();
        display(out, Some(magnitude / UNIT));
        // The comma that ended the whole part becomes the point, where a fraction follows.
        if magnitude % UNIT != 0 {
            *out.last_mut().expect("a figure was written") = b'.';
            fraction(out, magnitude % UNIT);
            out.push(b',');
        }
        return;
    }
    out.push(b',');
}

/// Nine digits after the point, less the zeros at their end.
fn fraction(out: &mut Vec<u8>, nano: u64) {
    let mut place = 100_000_000;
    let mut rest = nano;
    while rest > 0 {
        let digit = u8::try_from(rest / place).expect("the rest is below ten of its place");
        out.push(b'0' + digit);
        rest %= place;
        place /= 10;
    }
}
