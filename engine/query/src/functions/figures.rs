//! Margins and minutes, exactly.

use super::over_arrays;
use crate::columns::AMOUNT;
use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Int8Type, UInt64Type};
use datafusion::logical_expr::ScalarUDF;
use didtron_domain::{RoundingMode, round_ratio};
use std::borrow::Cow;
use std::sync::Arc;

/// One digit more than an amount: the difference of two.
pub(crate) const MARGIN: DataType = DataType::Decimal128(19, 6);
/// One digit more again: of two margins.
pub(crate) const DIFFERENCE: DataType = DataType::Decimal128(20, 6);
/// Milliseconds of one row, 64 bits and a sign.
const SIGNED_MS: DataType = DataType::Decimal128(20, 0);
/// What DataFusion makes of a sum of them: ten digits more.
const SUM_MS: DataType = DataType::Decimal128(30, 0);
const MINUTES: DataType = DataType::Decimal128(38, 6);

/// Revenue less cost, 0 where there is none.
pub(crate) fn margin() -> ScalarUDF {
    over_arrays("margin", vec![AMOUNT, AMOUNT], MARGIN, |args| {
        let (revenue, cost) = (or_zero(&args[0]), or_zero(&args[1]));
        Ok(decimals(revenue.iter().zip(cost.iter()).map(|(revenue, cost)| revenue - cost), None, MARGIN))
    })
}

/// The values, and 0 where there is none.
pub(crate) fn or_zero(array: &ArrayRef) -> Cow<'_, [i128]> {
    let array = array.as_primitive::<Decimal128Type>();
    match array.nulls() {
        None => Cow::Borrowed(array.values()),
        Some(_) => Cow::Owned(array.iter().map(Option::unwrap_or_default).collect()),
    }
}

/// Milliseconds that a reversal takes back.
pub(crate) fn signed_ms() -> ScalarUDF {
    over_arrays("signed_ms", vec![DataType::Int8, DataType::UInt64], SIGNED_MS, |args| {
        let (signs, durations) = (args[0].as_primitive::<Int8Type>(), args[1].as_primitive::<UInt64Type>());
        let pairs = signs.values().iter().zip(durations.values());
        Ok(decimals(pairs.map(|(sign, ms)| i128::from(*sign) * i128::from(*ms)), None, SIGNED_MS))
    })
}

/// The minutes of a sum of milliseconds.
pub(crate) fn minutes() -> ScalarUDF {
    over_arrays("minutes", vec![SUM_MS], MINUTES, |args| {
        let sums = or_zero(&args[0]);
        Ok(decimals(sums.iter().map(|ms| micro_minutes(*ms)), args[0].nulls().cloned(), MINUTES))
    })
}

/// Millionths of a minute, rounded half up: a millisecond is 50 / 3 of them.
pub(crate) const fn micro_minutes(ms: i128) -> i128 {
    round_ratio(ms * 50, 3, RoundingMode::HalfUp)
}

fn decimals(values: impl Iterator<Item = i128>, nulls: Option<NullBuffer>, data_type: DataType) -> ArrayRef {
    Arc::new(Decimal128Array::new(values.collect(), nulls).with_data_type(data_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_exact_to_the_millionth() {
        assert_eq!(micro_minutes(60_000), 1_000_000);
        assert_eq!(micro_minutes(1), 17);
        assert_eq!(micro_minutes(-1), -17);
        assert_eq!(micro_minutes(90_061), 1_501_017);
    }

    #[test]
    fn an_absent_side_counts_as_nothing() {
        let some: ArrayRef = Arc::new(Decimal128Array::from(vec![Some(5), None, Some(-7)]));
        assert_eq!(or_zero(&some).as_ref(), [5, 0, -7]);
    }
}
