//! What the reversals of the usage journal took back, by place. The rating that took the place is the next row of the
//! same batch, always: so the difference that it made is asked row by row, and nothing is joined or grouped by call.

use crate::answer::Answer;
use crate::columns::AMOUNT;
use crate::error::Error;
use crate::functions::{DIFFERENCE, MARGIN, or_zero, over_arrays};
use crate::place_set::{PlaceSet, values};
use arrow::array::{ArrayRef, Decimal128Array, RecordBatch};
use arrow::datatypes::{DataType, UInt32Type, UInt64Type};
use datafusion::logical_expr::ScalarUDF;
use didtron_domain::Side;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One reversal. Amounts are in micro-units of the base currency, 0 where the side is absent, with the sign that they
/// have in the journal: the negative of what is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reversal {
    row: u32,
    base_currency: u32,
    revenue: i64,
    cost: i64,
}

impl Reversal {
    const fn amount(&self, side: Side) -> i64 {
        match side {
            Side::Customer => self.revenue,
            Side::Supplier => self.cost,
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Reversals {
    /// By partition and batch, in the order of their numbers.
    batches: FxHashMap<(u32, u64), Vec<Reversal>>,
    /// What they take back.
    places: Arc<PlaceSet>,
}

impl Reversals {
    /// What is read of each beside the place that it takes back.
    pub(crate) const COLUMNS: [&'static str; 5] =
        ["seq", "row", "base_currency", "customer_base_amount", "supplier_base_amount"];

    /// Reads the rows of sign -1: what [`PlaceSet::read`] does of each, then [`Self::COLUMNS`].
    pub(crate) async fn read(mut rows: Answer) -> Result<Self, Error> {
        let (mut batches, mut places) = (FxHashMap::default(), PlaceSet::default());
        while let Some(batch) = rows.next().await? {
            places.add(&batch);
            add(&mut batches, &batch)?;
        }
        for reversals in batches.values_mut() {
            reversals.sort_unstable_by_key(|reversal: &Reversal| reversal.row);
        }
        Ok(Self { batches, places: Arc::new(places) })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Whether each row is a rating in force, over sign, partition, batch and number.
    pub(crate) fn in_force(&self) -> ScalarUDF {
        Arc::clone(&self.places).in_force()
    }

    /// The reversal directly before each rating, whose place that took; ratings by partition, batch and number.
    /// Rows of a batch lie in runs that mostly ascend, so that both are walked along.
    pub(crate) fn before<'a>(
        &'a self,
        [partitions, seqs, rows]: [&'a ArrayRef; 3],
    ) -> impl Iterator<Item = Option<&'a Reversal>> {
        let batches = values::<UInt32Type>(partitions).iter().copied().zip(values::<UInt64Type>(seqs).iter().copied());
        let mut run = None;
        let mut reversals: &[Reversal] = &[];
        let mut at = 0;
        batches.zip(values::<UInt32Type>(rows)).map(move |(batch, row)| {
            let wanted = row.checked_sub(1)?;
            let is_behind = at > 0 && reversals[at - 1].row >= wanted;
            if run != Some(batch) || is_behind {
                run = Some(batch);
                reversals = self.batches.get(&batch).map_or(&[], Vec::as_slice);
                at = reversals.partition_point(|reversal| reversal.row < wanted);
            }
            while reversals.get(at).is_some_and(|reversal| reversal.row < wanted) {
                at += 1;
            }
            reversals.get(at).filter(|reversal| reversal.row == wanted)
        })
    }

    /// What each rating made a side's base amount differ by: an absent side counts as 0, as does what a first rating
    /// differs from. Over partition, batch, number, base currency and the amount; null where what was taken back is in
    /// another base currency.
    pub(crate) fn difference(self: Arc<Self>, side: Side) -> ScalarUDF {
        let name = match side {
            Side::Customer => "revenue_difference",
            Side::Supplier => "cost_difference",
        };
        let takes = vec![DataType::UInt32, DataType::UInt64, DataType::UInt32, DataType::UInt32, AMOUNT];
        over_arrays(name, takes, MARGIN, move |args| {
            let amounts = or_zero(&args[4]);
            let taken = self.taken_back(args, |reversal| reversal.amount(side).into());
            let made: Decimal128Array =
                amounts.iter().zip(taken).map(|(amount, taken)| Some(amount + taken?)).collect();
            Ok(Arc::new(made.with_data_type(MARGIN)))
        })
    }

    /// The same of the margin, over partition, batch, number, base currency, revenue and cost.
    pub(crate) fn margin_difference(self: Arc<Self>) -> ScalarUDF {
        let takes = vec![DataType::UInt32, DataType::UInt64, DataType::UInt32, DataType::UInt32, AMOUNT, AMOUNT];
        over_arrays("margin_difference", takes, DIFFERENCE, move |args| {
            let (revenues, costs) = (or_zero(&args[4]), or_zero(&args[5]));
            let taken = self.taken_back(args, |reversal| i128::from(reversal.revenue) - i128::from(reversal.cost));
            let figures = revenues.iter().zip(costs.iter()).zip(taken);
            let made: Decimal128Array = figures.map(|((revenue, cost), taken)| Some(revenue - cost + taken?)).collect();
            Ok(Arc::new(made.with_data_type(DIFFERENCE)))
        })
    }

    /// An amount of the reversal before each rating, whose place and base currency are the first four of `args`: 0
    /// without one, `None` where its base currency is another.
    fn taken_back<'a>(
        &'a self,
        args: &'a [ArrayRef],
        amount: impl Fn(&Reversal) -> i128 + 'a,
    ) -> impl Iterator<Item = Option<i128>> {
        let before = self.before([&args[0], &args[1], &args[2]]);
        before.zip(values::<UInt32Type>(&args[3])).map(move |(reversal, base_currency)| match reversal {
            None => Some(0),
            Some(reversal) => (reversal.base_currency == *base_currency).then(|| amount(reversal)),
        })
    }
}

fn add(batches: &mut FxHashMap<(u32, u64), Vec<Reversal>>, rows: &RecordBatch) -> Result<(), Error> {
    let [partitions, numbers, currencies] = [0, 4, 5].map(|at| values::<UInt32Type>(rows.column(at)));
    let seqs = values::<UInt64Type>(rows.column(3));
    let [revenues, costs] = [6, 7].map(|at| or_zero(rows.column(at)));
    for at in 0..rows.num_rows() {
        let reversal = Reversal {
            row: numbers[at],
            base_currency: currencies[at],
            revenue: micros(revenues[at])?,
            cost: micros(costs[at])?,
        };
        batches.entry((partitions[at], seqs[at])).or_default().push(reversal);
    }
    Ok(())
}

/// An amount has 18 digits, which 64 bits hold.
fn micros(amount: i128) -> Result<i64, Error> {
    i64::try_from(amount).map_err(|_| {
        Error::Damaged(format!(
            "the usage store holds {amount} micro-units as an amount, which no row can have: restore it and the books \
             from one backup"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{UInt32Array, UInt64Array};

    fn reversal(row: u32) -> Reversal {
        Reversal { row, base_currency: 1, revenue: -i64::from(row), cost: 0 }
    }

    #[test]
    fn finds_the_row_before_in_whatever_order_it_is_asked() {
        let batches = FxHashMap::from_iter([
            ((0, 7), [0, 2, 5, 90].map(reversal).to_vec()),
            ((1, 7), [3].map(reversal).to_vec()),
        ]);
        let reversals = Reversals { batches, places: Arc::default() };
        let asked = [
            (0, 7, 1, Some(0)),
            (0, 7, 2, None),
            (0, 7, 3, Some(2)),
            (0, 7, 91, Some(90)),
            (0, 7, 92, None),
            (0, 7, 6, Some(5)),
            (0, 7, 0, None),
            (0, 7, 6, Some(5)),
            (0, 8, 6, None),
            (1, 7, 4, Some(3)),
            (1, 7, 6, None),
            (0, 7, 4, None),
            (0, 7, 3, Some(2)),
        ];
        let partitions: ArrayRef = Arc::new(UInt32Array::from_iter_values(asked.map(|row| row.0)));
        let seqs: ArrayRef = Arc::new(UInt64Array::from_iter_values(asked.map(|row| row.1)));
        let rows: ArrayRef = Arc::new(UInt32Array::from_iter_values(asked.map(|row| row.2)));
        let found = reversals.before([&partitions, &seqs, &rows]).map(|found| found.map(|found| found.row));
        assert_eq!(found.collect::<Vec<_>>(), asked.map(|row| row.3));
    }
}
