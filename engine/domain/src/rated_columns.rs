//! The ratings of a batch as columns, one entry per record in each.

use crate::amount::{Amount, Price};
use crate::column::Optional;
use crate::currency::Currency;
use crate::instant::Day;
use crate::name::NameId;
use crate::number::E164;
use crate::rated::{Jurisdiction, RatedCall, RatedRow, RatedSide};
use crate::rejection::Rejection;

/// One side of each call (see [`RatedSide`]).
#[derive(Clone, Debug, Default)]
pub struct SideColumns {
    /// Whether the side is there at all (R14); everything else is absent or zero where not.
    pub present: Vec<bool>,
    /// Name id.
    pub carrier: Optional<u32>,
    /// Name id.
    pub interconnect: Optional<u32>,
    /// Name id.
    pub service: Optional<u32>,
    /// The integer that it spells.
    pub number: Optional<u64>,
    /// Only where it is not `number` (an LRN).
    pub looked_up: Optional<u64>,
    /// Digits of the number looked up; absent where no row matched, as is all else of the row.
    pub prefix_length: Optional<u8>,
    /// Name id.
    pub destination: Optional<u32>,
    /// Name id.
    pub group: Optional<u32>,
    /// Name id.
    pub deck: Optional<u32>,
    /// From 1.
    pub deck_version: Optional<u32>,
    /// Nano-units a minute.
    pub rate: Optional<i64>,
    /// [`Jurisdiction::code`].
    pub jurisdiction: Optional<u8>,
    /// The deck's, as bits.
    pub currency: Optional<u32>,
    /// See [`RatedSide::blocked`].
    pub blocked: Vec<bool>,
    /// Seconds after R2.
    pub whole_s: Vec<u64>,
    /// Seconds after R4.
    pub billed_s: Vec<u64>,
    /// Micro-units of the deck's currency.
    pub charge: Vec<i64>,
    /// Micro-units of the account's currency.
    pub amount: Vec<i64>,
    /// As bits.
    pub account_currency: Optional<u32>,
    /// Units of 10^-12.
    pub fx_rate: Optional<i128>,
    /// Days since 1970-01-01.
    pub fx_day: Optional<i32>,
    /// Micro-units of the base currency.
    pub base_amount: Vec<i64>,
}

/// The same step for every column.
macro_rules! each_column {
    ($step:ident, $($given:tt)*) => {
        each_column!(@ $step, $($given)*; present carrier interconnect service number looked_up prefix_length destination
            group deck deck_version rate jurisdiction currency blocked whole_s billed_s charge amount account_currency
            fx_rate fx_day base_amount)
    };
    (@ append, $own:ident, $other:ident; $($column:ident)*) => { $($own.$column.append(&mut $other.$column);)* };
    (@ truncate, $own:ident, $row_count:ident; $($column:ident)*) => { $($own.$column.truncate($row_count);)* };
}

impl SideColumns {
    /// Adds a side for each item, column by column: several at a time are far cheaper than one by one.
    pub fn extend<'r>(&mut self, sides: &(impl Iterator<Item = Option<&'r RatedSide>> + Clone)) {
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

    /// The side at `row`; `None` where it is absent.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<RatedSide> {
        let name = |id: Option<u32>| id.map(NameId);
        let number = self.number.get(row).map(e164);
        let looked_up = self.looked_up.get(row).map(e164).or(number);
        self.present[row].then(|| RatedSide {
            carrier: name(self.carrier.get(row)),
            interconnect: name(self.interconnect.get(row)),
            service: name(self.service.get(row)),
            number,
            looked_up,
            row: self.prefix_length.get(row).map(|length| self.rated_row(row, looked_up, length)),
            blocked: self.blocked[row],
            whole_s: self.whole_s[row],
            billed_s: self.billed_s[row],
            charge: Amount(self.charge[row]),
            amount: Amount(self.amount[row]),
            account_currency: self.account_currency.get(row).map(currency),
            fx_rate: self.fx_rate.get(row),
            fx_day: self.fx_day.get(row).map(Day),
            base_amount: Amount(self.base_amount[row]),
        })
    }

    fn rated_row(&self, row: usize, looked_up: Option<E164>, length: u8) -> RatedRow {
        const WHOLE: &str = "a matched row has all of a row's columns";
        RatedRow {
            prefix: looked_up.expect("a prefix was matched by a number").prefix(length),
            destination: NameId(self.destination.get(row).expect(WHOLE)),
            group: self.group.get(row).map(NameId),
            deck: NameId(self.deck.get(row).expect(WHOLE)),
            deck_version: self.deck_version.get(row).expect(WHOLE),
            rate: Price(self.rate.get(row).expect(WHOLE)),
            jurisdiction: self.jurisdiction.get(row).and_then(Jurisdiction::from_code),
            currency: currency(self.currency.get(row).expect(WHOLE)),
        }
    }

    /// Adds the rows of others.
    fn append(&mut self, other: &mut Self) {
        each_column!(append, self, other);
    }

    fn truncate(&mut self, row_count: usize) {
        each_column!(truncate, self, row_count);
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
    /// The records that were rejected, by row; both their sides are absent.
    pub rejected: Vec<(usize, Rejection)>,
}

impl RatedColumns {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customer.present.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customer.present.is_empty()
    }

    /// Adds the outcomes of further records: several at a time are far cheaper than one by one.
    pub fn extend(&mut self, outcomes: &[Result<RatedCall, Rejection>]) {
        let rejected = (self.len()..).zip(outcomes).filter_map(|(row, outcome)| Some((row, outcome.err()?)));
        self.rejected.extend(rejected);
        let rated = || outcomes.iter().map(|outcome| outcome.as_ref().ok());
        self.customer.extend(&rated().map(|call| call?.customer.as_ref()));
        self.supplier.extend(&rated().map(|call| call?.supplier.as_ref()));
    }

    /// The outcome at `row`.
    pub fn get(&self, row: usize) -> Result<RatedCall, Rejection> {
        match self.rejected.binary_search_by_key(&row, |(rejected, _)| *rejected) {
            Ok(at) => Err(self.rejected[at].1),
            Err(_) => Ok(RatedCall { customer: self.customer.get(row), supplier: self.supplier.get(row) }),
        }
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

    /// Keeps the first records, and the memory of the others.
    pub fn truncate(&mut self, row_count: usize) {
        self.customer.truncate(row_count);
        self.supplier.truncate(row_count);
        self.rejected.retain(|(row, _)| *row < row_count);
    }
}
