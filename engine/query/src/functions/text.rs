//! Numbers, prefixes, currencies and places as the texts that people write.

use super::over_arrays;
use crate::columns::TEXT;
use crate::error::illegal;
use arrow::array::{Array, AsArray, StringViewArray, StringViewBuilder};
use arrow::datatypes::{ArrowPrimitiveType, DataType, UInt8Type, UInt32Type, UInt64Type};
use datafusion::error::Result;
use datafusion::logical_expr::ScalarUDF;
use didtron_domain::{Currency, E164};
use std::fmt::Write;
use std::sync::Arc;

/// The text of each row, written by `write` into a buffer of its own; null where that says `false`.
fn written(rows: usize, mut write: impl FnMut(usize, &mut String) -> Result<bool>) -> Result<StringViewArray> {
    let mut made = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        match write(row, &mut text)? {
            true => made.append_value(&text),
            false => made.append_null(),
        }
    }
    Ok(made.finish())
}

/// The value of a row, if it has one.
fn get<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Option<T::Native> {
    let array = array.as_primitive::<T>();
    array.is_valid(row).then(|| array.value(row))
}

fn number_of(value: u64) -> Result<E164> {
    E164::from_value(value).ok_or_else(|| illegal("number", value))
}

/// The digits of a number.
pub(crate) fn number() -> ScalarUDF {
    over_arrays("number", vec![DataType::UInt64], TEXT, |args| {
        let made = written(args[0].len(), |row, text| {
            let Some(value) = get::<UInt64Type>(&args[0], row) else { return Ok(false) };
            write!(text, "{}", number_of(value)?)?;
            Ok(true)
        });
        Ok(Arc::new(made?))
    })
}

/// The first digits of a number, as many as the second argument says.
pub(crate) fn prefix() -> ScalarUDF {
    over_arrays("prefix", vec![DataType::UInt64, DataType::UInt8], TEXT, |args| {
        let made = written(args[0].len(), |row, text| {
            let (value, length) = (get::<UInt64Type>(&args[0], row), get::<UInt8Type>(&args[1], row));
            let (Some(value), Some(length)) = (value, length) else { return Ok(false) };
            write!(text, "{}", number_of(value)?.prefix(length))?;
            Ok(true)
        });
        Ok(Arc::new(made?))
    })
}

/// A currency's letters.
pub(crate) fn currency() -> ScalarUDF {
    over_arrays("currency", vec![DataType::UInt32], TEXT, |args| {
        let made = written(args[0].len(), |row, text| {
            let Some(bits) = get::<UInt32Type>(&args[0], row) else { return Ok(false) };
            text.push_str(Currency::from_bits(bits).ok_or_else(|| illegal("currency", bits))?.as_str());
            Ok(true)
        });
        Ok(Arc::new(made?))
    })
}

/// `partition-seq-row`.
pub(crate) fn place() -> ScalarUDF {
    over_arrays("place", vec![DataType::UInt32, DataType::UInt64, DataType::UInt32], TEXT, |args| {
        let made = written(args[0].len(), |row, text| {
            let (seq, number) = (get::<UInt64Type>(&args[1], row), get::<UInt32Type>(&args[2], row));
            let (Some(partition), Some(seq), Some(number)) = (get::<UInt32Type>(&args[0], row), seq, number) else {
                return Ok(false);
            };
            write!(text, "{partition}-{seq}-{number}")?;
            Ok(true)
        });
        Ok(Arc::new(made?))
    })
}

/// A record as received; bytes that are no UTF-8 are replaced, for showing only.
pub(crate) fn lossy() -> ScalarUDF {
    over_arrays("lossy", vec![DataType::BinaryView], TEXT, |args| {
        let records = args[0].as_binary_view();
        let text = |record: Option<&[u8]>| record.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Ok(Arc::new(records.iter().map(text).collect::<StringViewArray>()))
    })
}
