//! The functions that turn stored columns into what the views show. They are part of the views' plans and have no
//! name in SQL; each works on whole arrays, and a column that no query asks for costs nothing.

mod date_trunc;
mod figures;
mod lookup;
mod text;

pub(crate) use date_trunc::DateTrunc;
pub(crate) use figures::{DIFFERENCE, MARGIN, or_zero};
pub(crate) use lookup::Lookup;

use crate::batches::Cause;
use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarUDF, Volatility, create_udf};
use datafusion::scalar::ScalarValue;
use didtron_domain::{Jurisdiction, NameId, Reason, Side};
use std::sync::Arc;

/// All of them, made once per session.
#[derive(Debug)]
pub(crate) struct Functions {
    name: ScalarUDF,
    jurisdiction: ScalarUDF,
    reason: ScalarUDF,
    side: ScalarUDF,
    cause: ScalarUDF,
    rerate: ScalarUDF,
    currency: ScalarUDF,
    number: ScalarUDF,
    prefix: ScalarUDF,
    place: ScalarUDF,
    lossy: ScalarUDF,
    margin: ScalarUDF,
    signed_ms: ScalarUDF,
    minutes: ScalarUDF,
}

/// Calls of each function, as expressions.
impl Functions {
    /// The functions over all names, and over the ids of all re-rates.
    pub(crate) fn new(names: Vec<(NameId, String)>, rerates: &[String]) -> Result<Self, crate::Error> {
        Ok(Self {
            name: ScalarUDF::from(Lookup::names(names)?),
            jurisdiction: ScalarUDF::from(Lookup::words("jurisdiction", Jurisdiction::WORDS)),
            reason: ScalarUDF::from(Lookup::words("reason", Reason::WORDS)),
            side: ScalarUDF::from(Lookup::words("side", Side::WORDS)),
            cause: ScalarUDF::from(Lookup::words("cause", Cause::WORDS)),
            rerate: ScalarUDF::from(Lookup::rerates(rerates)),
            currency: text::currency(),
            number: text::number(),
            prefix: text::prefix(),
            place: text::place(),
            lossy: text::lossy(),
            margin: figures::margin(),
            signed_ms: figures::signed_ms(),
            minutes: figures::minutes(),
        })
    }

    /// The name behind an id.
    pub(crate) fn name(&self, id: Expr) -> Expr {
        self.name.call(vec![id])
    }

    /// The word of a jurisdiction's code.
    pub(crate) fn jurisdiction(&self, code: Expr) -> Expr {
        self.jurisdiction.call(vec![code])
    }

    /// The word of a reason's code.
    pub(crate) fn reason(&self, code: Expr) -> Expr {
        self.reason.call(vec![code])
    }

    /// The word of a side's code, which counts from 1.
    pub(crate) fn side(&self, code: Expr) -> Expr {
        self.side.call(vec![code])
    }

    /// The word of a cause's code.
    pub(crate) fn cause(&self, code: Expr) -> Expr {
        self.cause.call(vec![code])
    }

    /// The id of a re-rate by its number in the session.
    pub(crate) fn rerate(&self, number: Expr) -> Expr {
        self.rerate.call(vec![number])
    }

    /// The letters of a currency's bits.
    pub(crate) fn currency(&self, bits: Expr) -> Expr {
        self.currency.call(vec![bits])
    }

    /// The digits of a number.
    pub(crate) fn number(&self, number: Expr) -> Expr {
        self.number.call(vec![number])
    }

    /// The first `length` digits of a number.
    pub(crate) fn prefix(&self, number: Expr, length: Expr) -> Expr {
        self.prefix.call(vec![number, length])
    }

    /// `partition-seq-row`; null where there is no such place.
    pub(crate) fn place(&self, partition: Expr, seq: Expr, row: Expr) -> Expr {
        self.place.call(vec![partition, seq, row])
    }

    /// Bytes as text; what is no UTF-8 is replaced.
    pub(crate) fn lossy(&self, bytes: Expr) -> Expr {
        self.lossy.call(vec![bytes])
    }

    /// Revenue less cost; an absent one counts as 0 (R14).
    pub(crate) fn margin(&self, revenue: Expr, cost: Expr) -> Expr {
        self.margin.call(vec![revenue, cost])
    }

    /// Milliseconds with the row's sign, as a decimal that adds up over any number of rows.
    pub(crate) fn signed_ms(&self, sign: Expr, duration_ms: Expr) -> Expr {
        self.signed_ms.call(vec![sign, duration_ms])
    }

    /// The minutes of a sum of [`Functions::signed_ms`], rounded half up at 10^-6.
    pub(crate) fn minutes(&self, sum_ms: Expr) -> Expr {
        self.minutes.call(vec![sum_ms])
    }
}

/// A function over arrays of the same length that depends on nothing else.
pub(crate) fn over_arrays(
    name: &str,
    takes: Vec<DataType>,
    gives: DataType,
    work: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarUDF {
    let fun = move |args: &[ColumnarValue]| {
        let all_scalars = args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let made = work(&ColumnarValue::values_to_arrays(args)?)?;
        Ok(match all_scalars {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?),
            false => ColumnarValue::Array(made),
        })
    };
    create_udf(name, takes, gives, Volatility::Immutable, Arc::new(fun))
}
