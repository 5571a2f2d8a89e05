//! One value as text: decimals digit by digit, instants in RFC 3339 UTC, days as YYYY-MM-DD, nothing through a float
//! that is none.

use crate::error::Error;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampNanosecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use didtron_domain::{Day, Instant, decimal};
use std::io::Write;

const NANOS_PER_MICRO: i64 = 1000;

/// How JSON writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it stands.
    Bare,
    /// As a string.
    Quoted,
}

/// A column brought into one of few types.
pub(crate) enum Cells {
    Text(StringViewArray),
    Flag(BooleanArray),
    Signed(PrimitiveArray<Int64Type>),
    Unsigned(PrimitiveArray<UInt64Type>),
    Decimal(PrimitiveArray<Decimal128Type>, u8),
    Float(PrimitiveArray<Float64Type>),
    Micros(PrimitiveArray<TimestampMicrosecondType>),
    Nanos(PrimitiveArray<TimestampNanosecondType>),
    Day(PrimitiveArray<Date32Type>),
    /// Lists, intervals and the like, as Arrow shows them.
    Other(ArrayRef),
}

impl Cells {
    /// The cells of a column.
    pub(crate) fn of(column: &ArrayRef) -> Result<Self, Error> {
        use DataType as T;
        let to = |data_type: T| cast(column, &data_type).map_err(|e| Error::Query(e.to_string()));
        Ok(match column.data_type() {
            T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => Self::Text(to(T::Utf8View)?.as_string_view().clone()),
            T::Dictionary(_, value) => return Self::of(&to(value.as_ref().clone())?),
            T::Boolean => Self::Flag(column.as_boolean().clone()),
            T::Int8 | T::Int16 | T::Int32 | T::Int64 => Self::Signed(of_type(&to(T::Int64)?)),
            T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => Self::Unsigned(of_type(&to(T::UInt64)?)),
            T::Decimal32(_, scale) | T::Decimal64(_, scale) | T::Decimal128(_, scale) => match u8::try_from(*scale) {
                Ok(places) => Self::Decimal(of_type(&to(T::Decimal128(38, *scale))?), places),
                Err(_) => Self::Other(column.clone()),
            },
            T::Float64 => Self::Float(of_type(column)),
            T::Timestamp(TimeUnit::Nanosecond, zone) => {
                Self::Nanos(of_type(&to(T::Timestamp(TimeUnit::Nanosecond, zone.clone()))?))
            }
            T::Timestamp(_, zone) => Self::Micros(of_type(&to(T::Timestamp(TimeUnit::Microsecond, zone.clone()))?)),
            T::Date32 => Self::Day(of_type(column)),
            _ => Self::Other(column.clone()),
        })
    }

    /// The cells of every column.
    pub(crate) fn of_all(columns: &[ArrayRef]) -> Result<Vec<Self>, Error> {
        columns.iter().map(Self::of).collect()
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(array) => array.is_null(row),
            Self::Flag(array) => array.is_null(row),
            Self::Signed(array) => array.is_null(row),
            Self::Unsigned(array) => array.is_null(row),
            Self::Decimal(array, _) => array.is_null(row),
            Self::Float(array) => array.is_null(row),
            Self::Micros(array) => array.is_null(row),
            Self::Nanos(array) => array.is_null(row),
            Self::Day(array) => array.is_null(row),
            Self::Other(array) => array.is_null(row),
        }
    }

    /// The value of a row, if it has one.
    pub(crate) fn text(&self, row: usize) -> Result<Option<String>, Error> {
        if self.is_null(row) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.write(row, &mut bytes)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// How JSON writes the value of a row that has one.
    pub(crate) fn kind(&self, row: usize) -> Kind {
        match self {
            Self::Flag(_) | Self::Signed(_) | Self::Unsigned(_) => Kind::Bare,
            Self::Float(array) if array.value(row).is_finite() => Kind::Bare,
            _ => Kind::Quoted,
        }
    }

    /// Appends the value of a row that has one.
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Text(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Self::Flag(array) => write!(out, "{}", array.value(row))?,
            Self::Signed(array) => write!(out, "{}", array.value(row))?,
            Self::Unsigned(array) => write!(out, "{}", array.value(row))?,
            Self::Decimal(array, places) => out.extend(decimal::format_fixed(array.value(row), *places).into_bytes()),
            Self::Float(array) => write!(out, "{}", array.value(row))?,
            Self::Micros(array) => write!(out, "{}", Instant(array.value(row)))?,
            Self::Nanos(array) => write_nanos(array.value(row), out)?,
            Self::Day(array) => write!(out, "{}", Day(array.value(row)))?,
            Self::Other(array) => {
                let shown = ArrayFormatter::try_new(array, &FormatOptions::default());
                write!(out, "{}", shown.map_err(|e| Error::Query(e.to_string()))?.value(row))?;
            }
        }
        Ok(())
    }
}

fn of_type<T: ArrowPrimitiveType>(array: &ArrayRef) -> PrimitiveArray<T> {
    array.as_primitive::<T>().clone()
}

/// Nine digits where microseconds do not hold it.
fn write_nanos(nanos: i64, out: &mut Vec<u8>) -> Result<(), Error> {
    let at = Instant(nanos.div_euclid(NANOS_PER_MICRO));
    match nanos.rem_euclid(NANOS_PER_MICRO) {
        0 => write!(out, "{at}")?,
        rest => {
            let second = Instant(at.second() * 1_000_000).to_string();
            let micros = at.0.rem_euclid(1_000_000);
            write!(out, "{}.{micros:06}{rest:03}Z", second.trim_end_matches('Z'))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Decimal128Array, Float64Array, TimestampNanosecondArray, TimestampSecondArray};
    use std::sync::Arc;

    fn shown(array: impl Array + 'static) -> String {
        let cells = Cells::of(&(Arc::new(array) as ArrayRef)).unwrap();
        let mut out = Vec::new();
        cells.write(0, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_exact_decimals_instants_and_days() {
        let price = Decimal128Array::from(vec![-10_100_000]).with_data_type(DataType::Decimal128(18, 9));
        assert_eq!(shown(price), "-0.010100000");
        assert_eq!(shown(Date32Array::from(vec![20_605])), "2026-06-01");
        assert_eq!(shown(TimestampSecondArray::from(vec![0])), "1970-01-01T00:00:00Z");
        assert_eq!(shown(TimestampNanosecondArray::from(vec![-1])), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(shown(TimestampNanosecondArray::from(vec![1_500_000_000])), "1970-01-01T00:00:01.500000Z");
        assert_eq!(shown(Float64Array::from(vec![0.1])), "0.1");
    }
}
