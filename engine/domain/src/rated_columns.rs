//! The ratings of a batch as columns, one entry per record in each.

use crate::amount::{Amount, Price};
use crate::column::Column;
use crate::currency::Currency;
use crate::instant::Day;
use crate::name::NameId;
use crate::number::E164;
use crate::rated::{Jurisdiction, RatedCall, RatedRow, RatedSide};
use crate::rejection::Rejection;
use std::ops::{BitOr, BitOrAssign, Range};

/// What was found of a side: which of its columns have a value in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found(u32);

impl Found {
    /// The side is there at all (R14); a row without this has nothing else.
    pub const SIDE: Self = Self(1);
    /// [`SideColumns::carrier`].
    pub const CARRIER: Self = Self(1 << 1);
    /// [`SideColumns::interconnect`].
    pub const INTERCONNECT: Self = Self(1 << 2);
    /// [`SideColumns::account_currency`].
    pub const ACCOUNT_CURRENCY: Self = Self(1 << 3);
    /// [`SideColumns::service`].
    pub const SERVICE: Self = Self(1 << 4);
    /// [`SideColumns::number`].
    pub const NUMBER: Self = Self(1 << 5);
    /// [`SideColumns::looked_up`].
    pub const LOOKED_UP: Self = Self(1 << 6);
    /// A row matched: its prefix, destination, deck, deck version, rate and currency are there.
    pub const ROW: Self = Self(1 << 7);
    /// [`SideColumns::group`].
    pub const GROUP: Self = Self(1 << 8);
    /// [`SideColumns::jurisdiction`].
    pub const JURISDICTION: Self = Self(1 << 9);
    /// See [`RatedSide::blocked`].
    pub const BLOCKED: Self = Self(1 << 10);
    /// [`SideColumns::fx_rate`].
    pub const FX_RATE: Self = Self(1 << 11);
    /// [`SideColumns::fx_day`].
    pub const FX_DAY: Self = Self(1 << 12);

    /// Whether all of `other` was found.
    #[inline]
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Itself where `there` says so, else nothing.
    #[inline]
    #[must_use]
    pub const fn when(self, there: bool) -> Self {
        Self(self.0 * there as u32)
    }
}

impl BitOr for Found {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Found {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// One side of each call (see [`RatedSide`]). What was not found is 0 in its column.
#[derive(Clone, Debug, Default)]
pub struct SideColumns {
    /// Which of the other columns have a value.
    pub found: Vec<Found>,
    /// Name id.
    pub carrier: Vec<u32>,
    /// Name id.
    pub interconnect: Vec<u32>,
    /// Name id.
    pub service: Vec<u32>,
    /// The integer that it spells.
    pub number: Vec<u64>,
    /// Only where it is not `number` (an LRN).
    pub looked_up: Vec<u64>,
    /// Digits of the number looked up.
    pub prefix_length: Vec<u8>,
    /// Name id.
    pub destination: Vec<u32>,
    /// Name id.
    pub group: Vec<u32>,
    /// Name id.
    pub deck: Vec<u32>,
    /// From 1.
    pub deck_version: Vec<u32>,
    /// Nano-units a minute.
    pub rate: Vec<i64>,
    /// [`Jurisdiction::code`].
    pub jurisdiction: Vec<u8>,
    /// The deck's, as bits.
    pub currency: Vec<u32>,
    /// Seconds after R2.
    pub whole_s: Vec<u64>,
    /// Seconds after R4.
    pub billed_s: Vec<u64>,
    /// Micro-units of the deck's currency.
    pub charge: Vec<i64>,
    /// Micro-units of the account's currency.
    pub amount: Vec<i64>,
    /// As bits.
    pub account_currency: Vec<u32>,
    /// Units of 10^-12.
    pub fx_rate: Vec<i128>,
    /// Days since 1970-01-01.
    pub fx_day: Vec<i32>,
    /// Micro-units of the base currency.
    pub base_amount: Vec<i64>,
}

/// The same step for every column.
macro_rules! each_column {
    ($step:ident, $($given:tt)*) => {
        each_column!(@ $step, $($given)*; found carrier interconnect service number looked_up prefix_length destination
            group deck deck_version rate jurisdiction currency whole_s billed_s charge amount account_currency fx_rate
            fx_day base_amount)
    };
    (@ append, $own:ident, $other:ident; $($column:ident)*) => { $($own.$column.append(&mut $other.$column);)* };
    (@ gather, $own:ident, $rows:ident; $($column:ident)*) => {
        Self { $($column: $own.$column.gather($rows),)* }
    };
    (@ extend_from, $own:ident, $other:ident, $rows:ident; $($column:ident)*) => {
        $($own.$column.extend_from(&$other.$column, $rows);)*
    };
    (@ reserve, $own:ident, $row_count:ident; $($column:ident)*) => { $($own.$column.reserve($row_count);)* };
    (@ resize, $own:ident, $row_count:ident; $($column:ident)*) => {
        $($own.$column.resize($row_count, Default::default());)*
    };
}

impl SideColumns {
    /// The value of a column at `row`; `None` where it was not found.
    #[inline]
    #[must_use]
    pub fn value<T: Copy>(&self, found: Found, column: &[T], row: usize) -> Option<T> {
        self.found[row].has(found).then(|| column[row])
    }

    /// Puts a side where there is none yet.
    pub fn set(&mut self, row: usize, side: &RatedSide) {
        let mut found = Found::SIDE
            | Found::CARRIER.when(side.carrier.is_some())
            | Found::INTERCONNECT.when(side.interconnect.is_some())
            | Found::ACCOUNT_CURRENCY.when(side.account_currency.is_some())
            | Found::SERVICE.when(side.service.is_some())
            | Found::BLOCKED.when(side.blocked);
        let name = |name: Option<NameId>| name.map_or(0, |name| name.0);
        self.carrier[row] = name(side.carrier);
        self.interconnect[row] = name(side.interconnect);
        self.service[row] = name(side.service);
        self.account_currency[row] = side.account_currency.map_or(0, Currency::to_bits);
        found |= self.set_number(row, side.number, side.looked_up);
        if let Some(matched) = &side.row {
            found |= self.set_row(row, matched);
        }
        (self.whole_s[row], self.billed_s[row]) = (side.whole_s, side.billed_s);
        self.charge[row] = side.charge.0;
        (self.amount[row], self.base_amount[row]) = (side.amount.0, side.base_amount.0);
        self.found[row] = found | self.set_fx(row, side.fx_rate, side.fx_day);
    }

    /// The number after R9, and the one that is looked up; returns what [`SideColumns::found`] is to have of them.
    #[inline]
    #[must_use]
    pub fn set_number(&mut self, row: usize, number: Option<E164>, looked_up: Option<E164>) -> Found {
        let other = looked_up.filter(|_| looked_up != number);
        self.number[row] = number.map_or(0, E164::value);
        self.looked_up[row] = other.map_or(0, E164::value);
        Found::NUMBER.when(number.is_some()) | Found::LOOKED_UP.when(other.is_some())
    }

    /// The row that prices the call; returns what [`SideColumns::found`] is to have of it.
    #[inline]
    #[must_use]
    pub fn set_row(&mut self, row: usize, matched: &RatedRow) -> Found {
        self.prefix_length[row] = matched.prefix_length;
        self.destination[row] = matched.destination.0;
        self.group[row] = matched.group.map_or(0, |name| name.0);
        self.deck[row] = matched.deck.0;
        self.deck_version[row] = matched.deck_version;
        self.rate[row] = matched.rate.0;
        self.jurisdiction[row] = matched.jurisdiction.map_or(0, Jurisdiction::code);
        self.currency[row] = matched.currency.to_bits();
        Found::ROW
            | Found::GROUP.when(matched.group.is_some())
            | Found::JURISDICTION.when(matched.jurisdiction.is_some())
    }

    /// The conversion to the account's currency, where there was one; returns what [`SideColumns::found`] is to have
    /// of it.
    #[inline]
    #[must_use]
    pub fn set_fx(&mut self, row: usize, rate: Option<i128>, day: Option<Day>) -> Found {
        self.fx_rate[row] = rate.unwrap_or(0);
        self.fx_day[row] = day.map_or(0, |day| day.0);
        Found::FX_RATE.when(rate.is_some()) | Found::FX_DAY.when(day.is_some())
    }

    /// The side at `row`; `None` where it is absent.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<RatedSide> {
        let name = |found, column: &[u32]| self.value(found, column, row).map(NameId);
        let number = self.value(Found::NUMBER, &self.number, row).map(e164);
        let looked_up = self.value(Found::LOOKED_UP, &self.looked_up, row).map(e164).or(number);
        self.found[row].has(Found::SIDE).then(|| RatedSide {
            carrier: name(Found::CARRIER, &self.carrier),
            interconnect: name(Found::INTERCONNECT, &self.interconnect),
            service: name(Found::SERVICE, &self.service),
            number,
            looked_up,
            row: self.found[row].has(Found::ROW).then(|| self.rated_row(row)),
            blocked: self.found[row].has(Found::BLOCKED),
            whole_s: self.whole_s[row],
            billed_s: self.billed_s[row],
            charge: Amount(self.charge[row]),
            amount: Amount(self.amount[row]),
            account_currency: self.value(Found::ACCOUNT_CURRENCY, &self.account_currency, row).map(currency),
            fx_rate: self.value(Found::FX_RATE, &self.fx_rate, row),
            fx_day: self.value(Found::FX_DAY, &self.fx_day, row).map(Day),
            base_amount: Amount(self.base_amount[row]),
        })
    }

    fn rated_row(&self, row: usize) -> RatedRow {
        RatedRow {
            prefix_length: self.prefix_length[row],
            destination: NameId(self.destination[row]),
            group: self.value(Found::GROUP, &self.group, row).map(NameId),
            deck: NameId(self.deck[row]),
            deck_version: self.deck_version[row],
            rate: Price(self.rate[row]),
            jurisdiction: self.value(Found::JURISDICTION, &self.jurisdiction, row).and_then(Jurisdiction::from_code),
            currency: currency(self.currency[row]),
        }
    }

    /// The sides of these rows, in this order; columns that were not filled stay empty.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        each_column!(gather, self, rows)
    }

    /// Adds these rows of others; columns that were not filled add nothing.
    pub fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        each_column!(extend_from, self, other, rows);
    }

    /// All amounts with the other sign; seconds stay.
    pub fn negate(&mut self) {
        for amounts in [&mut self.charge, &mut self.amount, &mut self.base_amount] {
            amounts.iter_mut().for_each(|amount| *amount = -*amount);
        }
    }

    /// Adds the rows of others.
    fn append(&mut self, other: &mut Self) {
        each_column!(append, self, other);
    }

    /// Makes room for so many more rows.
    fn reserve(&mut self, row_count: usize) {
        each_column!(reserve, self, row_count);
    }

    /// Keeps the first rows, and the memory of the others; new ones are absent.
    fn resize(&mut self, row_count: usize) {
        each_column!(resize, self, row_count);
    }
}

fn currency(bits: u32) -> Currency {
    Currency::from_bits(bits).expect("the column was filled with currencies")
}

fn e164(value: u64) -> E164 {
    E164::from_value(value).expect("the column was filled with numbers")
}

/// Both sides of each record, and which were rejected.
#[derive(Clone, Debug, Default)]
pub struct RatedColumns {
    /// See [`RatedCall::customer`].
    pub customer: SideColumns,
    /// See [`RatedCall::supplier`].
    pub supplier: SideColumns,
    /// The records that were rejected, by row; whatever their sides hold is not asked for.
    pub rejected: Vec<(usize, Rejection)>,
}

impl RatedColumns {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customer.found.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customer.found.is_empty()
    }

    /// Adds the outcome of a further record.
    pub fn push(&mut self, outcome: Result<RatedCall, Rejection>) {
        let row = self.len();
        self.resize(row + 1);
        match outcome {
            Ok(RatedCall { customer, supplier }) => {
                if let Some(side) = customer {
                    self.customer.set(row, &side);
                }
                if let Some(side) = supplier {
                    self.supplier.set(row, &side);
                }
            }
            Err(rejection) => self.rejected.push((row, rejection)),
        }
    }

    /// The outcome at `row`.
    pub fn get(&self, row: usize) -> Result<RatedCall, Rejection> {
        match self.rejected.binary_search_by_key(&row, |(rejected, _)| *rejected) {
            Ok(at) => Err(self.rejected[at].1),
            Err(_) => Ok(RatedCall { customer: self.customer.get(row), supplier: self.supplier.get(row) }),
        }
    }

    /// These records, in this order, none of them rejected.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        Self { customer: self.customer.gather(rows), supplier: self.supplier.gather(rows), rejected: Vec::new() }
    }

    /// Adds these records of others, none of them rejected; columns that were not filled add nothing.
    pub fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        self.customer.extend_from(&other.customer, rows);
        self.supplier.extend_from(&other.supplier, rows);
    }

    /// All amounts of both sides with the other sign; seconds stay.
    pub fn negate(&mut self) {
        self.customer.negate();
        self.supplier.negate();
    }

    /// Declares the record at `row` rejected, whatever was found.
    pub fn reject(&mut self, row: usize, rejection: Rejection) {
        match self.rejected.binary_search_by_key(&row, |(rejected, _)| *rejected) {
            Ok(at) => self.rejected[at].1 = rejection,
            Err(at) => self.rejected.insert(at, (row, rejection)),
        }
    }

    /// Adds the records of others behind these.
    pub fn append(&mut self, other: &mut Self) {
        let begin = self.len();
        self.rejected.extend(other.rejected.drain(..).map(|(row, rejection)| (begin + row, rejection)));
        self.customer.append(&mut other.customer);
        self.supplier.append(&mut other.supplier);
    }

    /// Makes room for so many more records.
    pub fn reserve(&mut self, row_count: usize) {
        self.customer.reserve(row_count);
        self.supplier.reserve(row_count);
    }

    /// Keeps the first records, and the memory of the others; both sides of new ones are absent.
    pub fn resize(&mut self, row_count: usize) {
        self.customer.resize(row_count);
        self.supplier.resize(row_count);
        self.rejected.retain(|(row, _)| *row < row_count);
    }

    /// Forgets all records and keeps the memory.
    pub fn clear(&mut self) {
        self.resize(0);
    }
}
