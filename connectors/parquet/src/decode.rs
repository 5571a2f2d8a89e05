//! Stored rows back into the rows of the ports: every column in the order of the layout, one after the other.

use crate::damage::illegal;
use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal64Type, Decimal128Type, Int8Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type,
    UInt64Type,
};
use didtron_domain::{
    Amount, ContentHash, Currency, Day, E164, IdentityKey, Instant, Jurisdiction, NameId, Price, RatedCall, RatedRow,
    RatedSide, Reason, Rejection, Side,
};
use didtron_ports::{RowPlace, SuspenseCause, SuspenseRow, UsageRow};
use std::borrow::Cow;
use std::fmt::Display;

/// One row of a batch that has all columns of a layout, read from its first column to its last.
struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
    /// The column that comes next.
    column: usize,
}

impl<'a> Row<'a> {
    fn new(batch: &'a RecordBatch, at: usize) -> Self {
        Self { batch, at, column: 0 }
    }

    fn next(&mut self) -> &'a dyn Array {
        self.column += 1;
        self.batch.column(self.column - 1)
    }

    /// Says that the value just read cannot be.
    #[cold]
    fn illegal(&self, value: impl Display) -> String {
        illegal(self.batch.schema_ref().field(self.column - 1).name(), value)
    }

    fn optional<T: ArrowPrimitiveType>(&mut self) -> Option<T::Native> {
        let array: &PrimitiveArray<T> = self.next().as_primitive();
        array.is_valid(self.at).then(|| array.value(self.at))
    }

    fn value<T: ArrowPrimitiveType>(&mut self) -> Result<T::Native, String> {
        self.optional::<T>().ok_or_else(|| self.illegal("nothing"))
    }

    fn optional_flag(&mut self) -> Option<bool> {
        let array = self.next().as_boolean();
        array.is_valid(self.at).then(|| array.value(self.at))
    }

    fn flag(&mut self) -> Result<bool, String> {
        self.optional_flag().ok_or_else(|| self.illegal("nothing"))
    }

    /// An absent text is an empty one.
    fn text(&mut self) -> Cow<'static, str> {
        let array = self.next().as_string::<i32>();
        let text = if array.is_valid(self.at) { array.value(self.at) } else { "" };
        Cow::Owned(text.to_owned())
    }

    fn bytes(&mut self) -> Cow<'static, [u8]> {
        Cow::Owned(self.next().as_binary::<i32>().value(self.at).to_vec())
    }

    /// A value of a type that not every stored value is one of.
    fn known<T: ArrowPrimitiveType, K>(
        &mut self,
        known: impl FnOnce(T::Native) -> Option<K>,
    ) -> Result<Option<K>, String>
    where
        T::Native: Display,
    {
        let Some(value) = self.optional::<T>() else { return Ok(None) };
        known(value).map(Some).ok_or_else(|| self.illegal(value))
    }

    fn name(&mut self) -> Option<NameId> {
        self.optional::<UInt32Type>().map(NameId)
    }

    fn currency(&mut self) -> Result<Option<Currency>, String> {
        self.known::<UInt32Type, _>(Currency::from_bits)
    }

    fn number(&mut self) -> Result<Option<E164>, String> {
        self.known::<UInt64Type, _>(E164::from_value)
    }

    fn instant(&mut self) -> Result<Instant, String> {
        self.value::<TimestampMicrosecondType>().map(Instant)
    }

    fn other_place(&mut self) -> Option<RowPlace> {
        let (seq, row) = (self.optional::<UInt64Type>(), self.optional::<UInt32Type>());
        Some(RowPlace { seq: seq?, row: row? })
    }

    fn identity(&mut self) -> Result<IdentityKey, String> {
        let (high, low) = (self.value::<UInt64Type>()?, self.value::<UInt64Type>()?);
        Ok(IdentityKey(u128::from(high) << 64 | u128::from(low)))
    }
}

/// What both journals begin with.
struct Head {
    partition: u32,
    place: RowPlace,
    sign: i8,
    identity: IdentityKey,
    content: ContentHash,
    version: Option<i64>,
}

fn head(row: &mut Row<'_>) -> Result<Head, String> {
    Ok(Head {
        partition: row.value::<UInt32Type>()?,
        place: RowPlace { seq: row.value::<UInt64Type>()?, row: row.value::<UInt32Type>()? },
        sign: row.value::<Int8Type>()?,
        identity: row.identity()?,
        content: ContentHash(row.value::<UInt64Type>()?),
        version: row.optional::<Int64Type>(),
    })
}

/// The usage row at `at` of a batch with all columns. Fields are read in the order of the layout.
pub(crate) fn usage_row(batch: &RecordBatch, at: usize) -> Result<UsageRow<'static>, String> {
    let row = &mut Row::new(batch, at);
    let Head { partition, place, sign, identity, content, version } = head(row)?;
    Ok(UsageRow {
        place,
        partition,
        sign,
        identity,
        content,
        version,
        reverses: row.other_place(),
        posting_day: Day(row.value::<Date32Type>()?),
        catalog_version: row.value::<UInt32Type>()?,
        base_currency: row.currency()?.ok_or_else(|| row.illegal("nothing"))?,
        source: NameId(row.value::<UInt32Type>()?),
        call_id: row.text(),
        branch: row.text(),
        start: row.instant()?,
        answer: row.instant()?,
        duration_ms: row.value::<UInt64Type>()?,
        marked_answered: row.flag()?,
        last_attempt: row.flag()?,
        clean: row.flag()?,
        ingress: row.text(),
        egress: row.text(),
        caller: row.text(),
        called: row.text(),
        called_egress: row.text(),
        lrn: row.text(),
        stated_revenue: row.optional::<Decimal64Type>().map(Price),
        stated_cost: row.optional::<Decimal64Type>().map(Price),
        rated: RatedCall { customer: rated_side(row)?, supplier: rated_side(row)? },
    })
}

fn rated_side(row: &mut Row<'_>) -> Result<Option<RatedSide>, String> {
    let (carrier, interconnect, service) = (row.name(), row.name(), row.name());
    let number = row.number()?;
    // Stored only where it is another number.
    let looked_up = row.number()?.or(number);
    let rated = rated_row(row, looked_up)?;
    let Some(blocked) = row.optional_flag() else {
        // The other columns of an absent side are null; only where the next one begins matters.
        row.column += SIDE_COLUMNS_AFTER_BLOCKED;
        return Ok(None);
    };
    Ok(Some(RatedSide {
        carrier,
        interconnect,
        service,
        number,
        looked_up,
        row: rated,
        blocked,
        whole_s: row.value::<UInt64Type>()?,
        billed_s: row.value::<UInt64Type>()?,
        charge: Amount(row.value::<Decimal64Type>()?),
        amount: Amount(row.value::<Decimal64Type>()?),
        account_currency: row.currency()?,
        fx_rate: row.optional::<Decimal128Type>(),
        fx_day: row.optional::<Date32Type>().map(Day),
        base_amount: Amount(row.value::<Decimal64Type>()?),
    }))
}

const SIDE_COLUMNS_AFTER_BLOCKED: usize = 8;

fn rated_row(row: &mut Row<'_>, looked_up: Option<E164>) -> Result<Option<RatedRow>, String> {
    let length = row.known::<UInt8Type, _>(|length| (1..=15).contains(&length).then_some(length))?;
    if length.is_some() && looked_up.is_none() {
        return Err(row.illegal("a length without a number"));
    }
    let (destination, group, deck) = (row.name(), row.name(), row.name());
    let deck_version = row.optional::<UInt32Type>();
    let rate = row.optional::<Decimal64Type>();
    let jurisdiction = row.known::<UInt8Type, _>(Jurisdiction::from_code)?;
    let currency = row.currency()?;
    let Some(prefix_length) = length else { return Ok(None) };
    let whole = || {
        Some(RatedRow {
            prefix_length,
            destination: destination?,
            group,
            deck: deck?,
            deck_version: deck_version?,
            rate: Price(rate?),
            jurisdiction,
            currency: currency?,
        })
    };
    whole().map(Some).ok_or_else(|| row.illegal("a rated row of which parts are missing"))
}

/// The suspense row at `at` of a batch with all columns. Fields are read in the order of the layout.
pub(crate) fn suspense_row(batch: &RecordBatch, at: usize) -> Result<SuspenseRow<'static>, String> {
    let row = &mut Row::new(batch, at);
    let Head { partition, place, sign, identity, content, version } = head(row)?;
    let cause = row.known::<UInt8Type, _>(SuspenseCause::from_code)?;
    Ok(SuspenseRow {
        place,
        partition,
        sign,
        identity,
        content,
        version,
        cause: cause.ok_or_else(|| row.illegal("nothing"))?,
        takes_out: row.other_place(),
        record: row.bytes(),
        mapping: row.text(),
        header: row.text(),
        at: row.text(),
        source: row.name(),
        call_id: row.text(),
        branch: row.text(),
        start: row.optional::<TimestampMicrosecondType>().map(Instant),
        rejection: rejection(row)?,
        note: row.text(),
        first_seen: row.instant()?,
    })
}

fn rejection(row: &mut Row<'_>) -> Result<Rejection, String> {
    let reason = row.known::<UInt8Type, _>(Reason::from_code)?;
    Ok(Rejection {
        reason: reason.ok_or_else(|| row.illegal("nothing"))?,
        side: row.known::<UInt8Type, _>(side_of)?.flatten(),
        customer_charge: row.optional::<Decimal64Type>().map(Amount),
        supplier_charge: row.optional::<Decimal64Type>().map(Amount),
    })
}

/// The side behind its number: 0 none, 1 customer, 2 supplier.
fn side_of(code: u8) -> Option<Option<Side>> {
    Some(match code {
        0 => None,
        1 => Some(Side::Customer),
        2 => Some(Side::Supplier),
        _ => return None,
    })
}
