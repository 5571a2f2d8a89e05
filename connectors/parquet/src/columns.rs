//! Stored usage rows back into columns: each is copied as a whole, and what no row can have is looked for in all rows at
//! once. What is damage here is damage where single rows are read, too.

use crate::damage::illegal;
use crate::layout::{SCANNED, usage_columns};
use crate::presence::{Presence, bools};
use arrow::array::{Array, ArrowPrimitiveType, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, Int8Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type,
    UInt32Type, UInt64Type,
};
use didtron_domain::batch::WordColumn;
use didtron_domain::text::TextColumn;
use didtron_domain::{
    CallBatch, ContentHash, Currency, E164, Found, IdentityKey, Instant, Jurisdiction, Optional, Price, RatedColumns,
    SideColumns,
};
use didtron_ports::{Fields, RowPlace, StoredRows, UsageColumns};
use std::fmt::Display;
use std::sync::LazyLock;

/// How much of a column is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    /// Which rows have a value: that is part of what was found of a side.
    Presence,
    Values,
}

/// What [`Fields::Judged`] fills besides the sides, and of each side.
const JUDGED: [&str; 17] = [
    "seq",
    "row",
    "sign",
    "identity_high",
    "identity_low",
    "base_currency",
    "answer",
    "duration_ms",
    "marked_answered",
    "last_attempt",
    "clean",
    "ingress",
    "egress",
    "caller",
    "called",
    "called_egress",
    "lrn",
];
const JUDGED_OF_SIDE: [&str; 13] = [
    "carrier",
    "number",
    "looked_up",
    "prefix_length",
    "destination",
    "deck",
    "currency",
    "blocked",
    "billed_s",
    "charge",
    "amount",
    "account_currency",
    "base_amount",
];
const FOUND_OF_SIDE: [&str; 6] = ["interconnect", "service", "group", "jurisdiction", "fx_rate", "fx_day"];

/// By the column's position in the layout.
static JUDGED_PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| {
    let part = |name: &str| {
        let of_side = name.strip_prefix("customer_").or_else(|| name.strip_prefix("supplier_"));
        match of_side {
            None if JUDGED.contains(&name) => Part::Values,
            Some(name) if JUDGED_OF_SIDE.contains(&name) => Part::Values,
            Some(name) if FOUND_OF_SIDE.contains(&name) => Part::Presence,
            _ => Part::Nothing,
        }
    };
    usage_columns().iter().map(|column| part(&column.name)).collect()
});

fn part(fields: Fields, position: usize) -> Part {
    match fields {
        Fields::Whole => Part::Values,
        Fields::Judged => JUDGED_PARTS[position],
    }
}

/// The positions of the columns to read in the layout; `None` where that is all of them.
pub(crate) fn columns_of(fields: Fields) -> Option<Vec<usize>> {
    let is_read = |position: &usize| part(fields, *position) != Part::Nothing;
    (fields != Fields::Whole).then(|| (0..SCANNED.fields().len()).filter(is_read).collect())
}

/// The rows of a batch that has the columns of [`columns_of`], typed as [`SCANNED`].
pub(crate) fn stored_rows(batch: &RecordBatch, fields: Fields) -> Result<StoredRows, String> {
    let from = &mut Columns { batch, fields, next: 0, read: 0 };
    // The partition: rows are of the one that was asked for.
    from.next();
    let places = from.places()?;
    let sign = from.required::<Int8Type>()?.to_vec();
    let calls = CallBatch {
        identity: from.identities()?,
        content: from.required::<UInt64Type>()?.iter().map(|&hash| ContentHash(hash)).collect(),
        version: from.options::<Int64Type, _>(|version| version),
        ..CallBatch::default()
    };
    let columns = UsageColumns {
        order: (0..).take(batch.num_rows()).collect(),
        sign,
        reverses: from.reverses()?,
        posting_day: from.required::<Date32Type>()?.to_vec(),
        catalog_version: from.required::<UInt32Type>()?.to_vec(),
        base_currency: from.base_currency()?,
        source: from.required::<UInt32Type>()?.to_vec(),
        ..UsageColumns::default()
    };
    let (calls, clean) = rest_of_calls(from, calls)?;
    let rated = RatedColumns { customer: side(from)?, supplier: side(from)?, rejected: Vec::new() };
    Ok(StoredRows { places, columns: UsageColumns { clean, calls, rated, ..columns } })
}

/// The calls' columns from the id on, and which are clean.
fn rest_of_calls(from: &mut Columns<'_>, mut calls: CallBatch) -> Result<(CallBatch, Vec<bool>), String> {
    if from.fields == Fields::Whole {
        // The name of the source is not at hand.
        calls.source.extend_coded(1, |_| "", std::iter::repeat_n(0, from.batch.num_rows()));
    }
    calls.call_id = from.texts()?;
    calls.branch = from.texts()?;
    calls.start = from.instants()?;
    calls.answer = from.instants()?;
    calls.duration_ms = from.required::<UInt64Type>()?.to_vec();
    calls.marked_answered = from.flags()?;
    calls.last_attempt = from.flags()?;
    let clean = from.flags()?;
    calls.ingress = from.words();
    calls.egress = from.words();
    calls.caller = from.texts()?;
    calls.called = from.texts()?;
    calls.called_egress = from.texts()?;
    calls.lrn = from.texts()?;
    calls.stated_revenue = from.options::<Decimal64Type, _>(Price);
    calls.stated_cost = from.options::<Decimal64Type, _>(Price);
    Ok((calls, clean))
}

fn side(from: &mut Columns<'_>) -> Result<SideColumns, String> {
    let mut side = SideColumns::default();
    let mut found = FoundOfRows { rows: vec![Found::default(); from.batch.num_rows()], all: Found::default() };
    side.carrier = found.take(Found::CARRIER, from.optional::<UInt32Type>());
    side.interconnect = found.take(Found::INTERCONNECT, from.optional::<UInt32Type>());
    side.service = found.take(Found::SERVICE, from.optional::<UInt32Type>());
    let is_number = |value| E164::from_value(value).is_some();
    let number = from.known::<UInt64Type>(is_number)?;
    // Stored only where it is another number.
    let looked_up = from.known::<UInt64Type>(is_number)?;
    let numbers = number.there.or(&looked_up.there);
    side.number = found.take(Found::NUMBER, number);
    side.looked_up = found.take(Found::LOOKED_UP, looked_up);
    rated_rows(from, &mut side, &mut found, &numbers)?;
    let (blocked, present) = from.optional_flags();
    found.add(Found::BLOCKED, &blocked);
    side.whole_s = from.measure::<UInt64Type>(&present)?;
    side.billed_s = from.measure::<UInt64Type>(&present)?;
    side.charge = from.measure::<Decimal64Type>(&present)?;
    side.amount = from.measure::<Decimal64Type>(&present)?;
    let account_currency = from.known::<UInt32Type>(currencies())?;
    side.account_currency = found.take(Found::ACCOUNT_CURRENCY, account_currency);
    side.fx_rate = found.take(Found::FX_RATE, from.optional::<Decimal128Type>());
    side.fx_day = found.take(Found::FX_DAY, from.optional::<Date32Type>());
    side.base_amount = from.measure::<Decimal64Type>(&present)?;
    side.found = found.of_sides(&present);
    Ok(side)
}

/// The columns of the deck's row. `numbers` says which calls have a number that it can be of.
fn rated_rows(
    from: &mut Columns<'_>,
    side: &mut SideColumns,
    found: &mut FoundOfRows,
    numbers: &Presence,
) -> Result<(), String> {
    let length = from.known::<UInt8Type>(|length| (1..=15).contains(&length))?;
    if !numbers.covers(&length.there) {
        return Err(from.illegal("a length without a number"));
    }
    let matched = length.there.clone();
    side.prefix_length = found.take(Found::ROW, length);
    side.destination = from.part_of_row::<UInt32Type>(&matched)?;
    side.group = found.take(Found::GROUP, from.optional::<UInt32Type>());
    side.deck = from.part_of_row::<UInt32Type>(&matched)?;
    side.deck_version = from.part_of_row::<UInt32Type>(&matched)?;
    side.rate = from.part_of_row::<Decimal64Type>(&matched)?;
    let jurisdiction = from.known::<UInt8Type>(|code| Jurisdiction::from_code(code).is_some())?;
    side.jurisdiction = found.take(Found::JURISDICTION, jurisdiction);
    let currency = from.known::<UInt32Type>(currencies())?;
    if !currency.there.covers(&matched) {
        return Err(from.illegal("a rated row of which parts are missing"));
    }
    side.currency = currency.values;
    Ok(())
}

/// Whether bits are a currency's: most often the one before.
fn currencies() -> impl FnMut(u32) -> bool {
    let mut last = None;
    move |bits| {
        let is_known = last == Some(bits) || Currency::from_bits(bits).is_some();
        last = if is_known { Some(bits) } else { last };
        is_known
    }
}

/// What was found of one side in each row.
struct FoundOfRows {
    rows: Vec<Found>,
    /// What was found in all of them.
    all: Found,
}

impl FoundOfRows {
    fn add(&mut self, found: Found, there: &Presence) {
        match there {
            Presence::Unread | Presence::Nowhere => {}
            Presence::Everywhere => self.all |= found,
            Presence::Some(rows) => self.rows.iter_mut().zip(rows).for_each(|(row, there)| *row |= found.when(*there)),
        }
    }

    /// Says where a column has values and gives them.
    fn take<T>(&mut self, found: Found, column: Values<T>) -> Vec<T> {
        self.add(found, &column.there);
        column.values
    }

    /// All of it in those rows that have the side, nothing in the others.
    fn of_sides(mut self, present: &Presence) -> Vec<Found> {
        let all = self.all | Found::SIDE;
        match present {
            Presence::Unread | Presence::Nowhere => self.rows.fill(Found::default()),
            Presence::Everywhere => self.rows.iter_mut().for_each(|row| *row |= all),
            Presence::Some(rows) => {
                self.rows.iter_mut().zip(rows).for_each(|(row, there)| *row = (*row | all).when(*there));
            }
        }
        self.rows
    }
}

/// A column of which a row may have no value: the default is there then.
struct Values<T> {
    values: Vec<T>,
    there: Presence,
}

/// The columns of a batch, read from the first of the layout to the last.
struct Columns<'a> {
    batch: &'a RecordBatch,
    fields: Fields,
    /// Position in the layout of the column that comes next.
    next: usize,
    /// How many columns of the batch were read.
    read: usize,
}

impl<'a> Columns<'a> {
    /// The next column and how much of it is wanted; `None` where it was not read.
    fn next(&mut self) -> (Part, Option<&'a dyn Array>) {
        let part = part(self.fields, self.next);
        self.next += 1;
        if part == Part::Nothing {
            return (part, None);
        }
        self.read += 1;
        (part, Some(self.batch.column(self.read - 1)))
    }

    /// Says that a value of the column just read cannot be.
    #[cold]
    fn illegal(&self, value: impl Display) -> String {
        illegal(SCANNED.field(self.next - 1).name(), value)
    }

    /// A column with a value in every row; empty where it was not read.
    fn required<T: ArrowPrimitiveType>(&mut self) -> Result<&'a [T::Native], String> {
        let (_, Some(array)) = self.next() else { return Ok(&[]) };
        if array.null_count() > 0 {
            return Err(self.illegal("nothing"));
        }
        Ok(array.as_primitive::<T>().values())
    }

    fn optional<T: ArrowPrimitiveType>(&mut self) -> Values<T::Native> {
        let (part, Some(array)) = self.next() else { return Values { values: Vec::new(), there: Presence::Unread } };
        let there = Presence::of(array);
        let values = match part {
            Part::Values => there.zeroed(array.as_primitive::<T>().values()),
            _ => Vec::new(),
        };
        Values { values, there }
    }

    /// A column of values of which not every one is legal.
    fn known<T: ArrowPrimitiveType>(
        &mut self,
        mut legal: impl FnMut(T::Native) -> bool,
    ) -> Result<Values<T::Native>, String>
    where
        T::Native: Display,
    {
        let column = self.optional::<T>();
        let values = &column.values;
        // Without a way out of the loop, so that it is done for several rows at a time.
        let are_legal = match &column.there {
            Presence::Unread | Presence::Nowhere => true,
            Presence::Everywhere => values.iter().fold(true, |so_far, &value| so_far & legal(value)),
            Presence::Some(rows) => {
                values.iter().zip(rows).fold(true, |so_far, (&value, &there)| so_far & (legal(value) | !there))
            }
        };
        if are_legal {
            return Ok(column);
        }
        let wrong = values.iter().enumerate().find(|&(at, &value)| column.there.is_at(at) && !legal(value));
        Err(self.illegal(wrong.map_or_else(String::new, |(_, value)| value.to_string())))
    }

    /// A column that has a value wherever a deck's row matched.
    fn part_of_row<T: ArrowPrimitiveType>(&mut self, matched: &Presence) -> Result<Vec<T::Native>, String> {
        let column = self.optional::<T>();
        if column.there.covers(matched) { Ok(column.values) } else { Err(self.illegal("nothing in a rated row")) }
    }

    /// A column that has a value wherever the side is there.
    fn measure<T: ArrowPrimitiveType>(&mut self, present: &Presence) -> Result<Vec<T::Native>, String> {
        let column = self.optional::<T>();
        if column.there.covers(present) { Ok(column.values) } else { Err(self.illegal("nothing")) }
    }

    fn options<T: ArrowPrimitiveType, V: Clone>(&mut self, make: impl Fn(T::Native) -> V) -> Vec<Option<V>> {
        let (_, Some(array)) = self.next() else { return Vec::new() };
        let values = array.as_primitive::<T>().values();
        match Presence::of(array) {
            Presence::Unread | Presence::Nowhere => vec![None; values.len()],
            Presence::Everywhere => values.iter().map(|&value| Some(make(value))).collect(),
            Presence::Some(rows) => values.iter().zip(rows).map(|(&value, there)| there.then(|| make(value))).collect(),
        }
    }

    fn instants(&mut self) -> Result<Vec<Instant>, String> {
        Ok(self.required::<TimestampMicrosecondType>()?.iter().map(|&instant| Instant(instant)).collect())
    }

    fn flags(&mut self) -> Result<Vec<bool>, String> {
        let (_, Some(array)) = self.next() else { return Ok(Vec::new()) };
        if array.null_count() > 0 {
            return Err(self.illegal("nothing"));
        }
        Ok(bools(array.as_boolean().values()))
    }

    /// Where a flag is set, and where it is there at all.
    fn optional_flags(&mut self) -> (Presence, Presence) {
        let (_, Some(array)) = self.next() else { return (Presence::Unread, Presence::Unread) };
        let flags = array.as_boolean();
        let set = match array.nulls() {
            None => Presence::of_bits(flags.values()),
            Some(there) => Presence::of_bits(&(flags.values() & there.inner())),
        };
        (set, Presence::of(array))
    }

    /// Texts; an absent one is an empty one.
    fn texts(&mut self) -> Result<TextColumn, String> {
        let mut texts = TextColumn::default();
        let (_, Some(array)) = self.next() else { return Ok(texts) };
        let array = array.as_string::<i32>();
        let offsets = array.value_offsets();
        let is_hidden = |(there, ends): (bool, &[i32])| !there && ends[0] != ends[1];
        if array.nulls().is_some_and(|there| there.iter().zip(offsets.windows(2)).any(is_hidden)) {
            // An absent text is an empty one, whatever lies beneath it.
            array.iter().for_each(|text| texts.push(text.unwrap_or_default()));
            return Ok(texts);
        }
        let [begin, end] = [offsets[0], offsets[array.len()]].map(|offset| offset as usize);
        let bytes = std::str::from_utf8(&array.value_data()[begin..end]).map_err(|why| self.illegal(why))?;
        texts.extend(bytes, offsets[1..].iter().map(|&end| end as usize - begin));
        Ok(texts)
    }

    /// Words, which the file has by codes too; an absent one is an empty one.
    fn words(&mut self) -> WordColumn {
        let mut words = WordColumn::default();
        let (_, Some(array)) = self.next() else { return words };
        let array = array.as_dictionary::<Int32Type>();
        let known = array.values().as_string::<i32>();
        let absent = u32::try_from(known.len()).expect("positions of words have 32 bits");
        let word = |code| if code == absent { "" } else { known.value(code as usize) };
        let keys = array.keys();
        match Presence::of(keys) {
            Presence::Everywhere => {
                words.extend_coded(known.len(), word, keys.values().iter().map(|key| key.cast_unsigned()));
            }
            there => {
                let codes = keys.values().iter().enumerate();
                let codes = codes.map(|(at, key)| if there.is_at(at) { key.cast_unsigned() } else { absent });
                words.extend_coded(known.len() + 1, word, codes);
            }
        }
        words
    }

    /// Places, packed.
    fn places(&mut self) -> Result<Vec<u64>, String> {
        let (seq, seq_at) = (self.required::<UInt64Type>()?, self.next);
        let row = self.required::<UInt32Type>()?;
        packed(seq, row).map_err(|(column, value)| illegal(SCANNED.field(seq_at - 1 + column).name(), value))
    }

    /// Places of the rows that these take back, packed.
    fn reverses(&mut self) -> Result<Optional<u64>, String> {
        let (seq, seq_at) = (self.optional::<UInt64Type>(), self.next);
        let row = self.optional::<UInt32Type>();
        let there = seq.there.and(&row.there);
        let values = packed(&there.zeroed(&seq.values), &there.zeroed(&row.values));
        let values = values.map_err(|(column, value)| illegal(SCANNED.field(seq_at - 1 + column).name(), value))?;
        let valid = (0..values.len()).map(|at| there.is_at(at)).collect();
        Ok(Optional { values, valid })
    }

    fn identities(&mut self) -> Result<Vec<IdentityKey>, String> {
        let (high, low) = (self.required::<UInt64Type>()?, self.required::<UInt64Type>()?);
        let halves = high.iter().zip(low);
        Ok(halves.map(|(&high, &low)| IdentityKey(u128::from(high) << 64 | u128::from(low))).collect())
    }

    fn base_currency(&mut self) -> Result<Vec<u32>, String> {
        let currencies_of = self.known::<UInt32Type>(currencies())?;
        match currencies_of.there {
            Presence::Everywhere | Presence::Unread => Ok(currencies_of.values),
            _ => Err(self.illegal("nothing")),
        }
    }
}

/// Places of these batches and rows, packed; the first number that has no room there, by whether it is a row's.
fn packed(seq: &[u64], row: &[u32]) -> Result<Vec<u64>, (usize, u64)> {
    let seq_end = 1 << (u64::BITS - RowPlace::ROW_BITS);
    let row_end = 1 << RowPlace::ROW_BITS;
    if let Some(seq) = seq.iter().copied().max().filter(|&seq| seq >= seq_end) {
        return Err((0, seq));
    }
    if let Some(row) = row.iter().copied().max().filter(|&row| row >= row_end) {
        return Err((1, row.into()));
    }
    Ok(seq.iter().zip(row).map(|(&seq, &row)| RowPlace { seq, row }.packed()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_have_no_room_are_told() {
        assert_eq!(packed(&[1, 2], &[3, (1 << 24) - 1]), Ok(vec![1 << 24 | 3, (3 << 24) - 1]));
        assert_eq!(packed(&[1, 1 << 40], &[3, 4]), Err((0, 1 << 40)));
        assert_eq!(packed(&[1, 2], &[3, 1 << 24]), Err((1, 1 << 24)));
        assert_eq!(packed(&[], &[]), Ok(Vec::new()));
    }

    #[test]
    fn every_column_that_is_judged_is_in_the_layout() {
        let count = |wanted| JUDGED_PARTS.iter().filter(|part| **part == wanted).count();
        assert_eq!(count(Part::Values), JUDGED.len() + 2 * JUDGED_OF_SIDE.len());
        assert_eq!(count(Part::Presence), 2 * FOUND_OF_SIDE.len());
    }
}
