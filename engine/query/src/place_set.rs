//! The rows of a journal that others take back, by place. A journal has far fewer of them than rows, so they are read
//! once and asked row by row instead of joined.

use crate::answer::Answer;
use crate::error::Error;
use crate::functions::over_arrays;
use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int8Type, UInt32Type, UInt64Type};
use datafusion::logical_expr::ScalarUDF;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A bit per row number.
type RowBits = Vec<u64>;

/// Places in the journals of all partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaceSet {
    /// By partition and batch. What is taken back lies in any of them, so that each row is looked up by itself.
    batches: FxHashMap<(u32, u64), RowBits>,
}

impl PlaceSet {
    /// Reads what the rows of sign -1 take back: the partition of each, then batch and number of the row taken back.
    pub(crate) async fn read(mut rows: Answer) -> Result<Self, Error> {
        let mut places = Self::default();
        while let Some(batch) = rows.next().await? {
            places.add(&batch);
        }
        Ok(places)
    }

    /// Adds such rows, whatever columns follow.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let partitions = batch.column(0).as_primitive::<UInt32Type>();
        let seqs = batch.column(1).as_primitive::<UInt64Type>().iter();
        let rows = batch.column(2).as_primitive::<UInt32Type>().iter();
        for (partition, place) in partitions.values().iter().zip(seqs.zip(rows)) {
            if let (Some(seq), Some(row)) = place {
                self.insert(*partition, seq, row);
            }
        }
    }

    fn insert(&mut self, partition: u32, seq: u64, row: u32) {
        let bits = self.batches.entry((partition, seq)).or_default();
        let word = row as usize / 64;
        if bits.len() <= word {
            bits.resize(word + 1, 0);
        }
        bits[word] |= 1 << (row % 64);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Whether each row has sign +1 and is not in the set. Rows of a batch lie in runs, so that the batch is looked up
    /// once per run.
    fn lacks(&self, signs: &[i8], partitions: &[u32], seqs: &[u64], rows: &[u32]) -> BooleanBuffer {
        let mut run = None;
        let mut bits: &[u64] = &[];
        BooleanBuffer::collect_bool(rows.len(), |at| {
            let batch = (partitions[at], seqs[at]);
            if run != Some(batch) {
                run = Some(batch);
                bits = self.batches.get(&batch).map_or(&[], Vec::as_slice);
            }
            let row = rows[at];
            signs[at] > 0 && bits.get(row as usize / 64).is_none_or(|word| word >> (row % 64) & 1 == 0)
        })
    }

    /// Whether a row is a rating that nothing takes back, over sign, partition, batch and number.
    pub(crate) fn in_force(self: Arc<Self>) -> ScalarUDF {
        let takes = vec![DataType::Int8, DataType::UInt32, DataType::UInt64, DataType::UInt32];
        over_arrays("in_force", takes, DataType::Boolean, move |args| {
            let (signs, partitions) = (values::<Int8Type>(&args[0]), values::<UInt32Type>(&args[1]));
            let kept = self.lacks(signs, partitions, values::<UInt64Type>(&args[2]), values::<UInt32Type>(&args[3]));
            Ok(Arc::new(BooleanArray::new(kept, None)))
        })
    }
}

/// The values of a column that has one in every row.
pub(crate) fn values<T: ArrowPrimitiveType>(array: &ArrayRef) -> &[T::Native] {
    array.as_primitive::<T>().values()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_places_apart_by_partition_batch_and_number_and_ratings_from_reversals() {
        let mut places = PlaceSet::default();
        places.insert(0, 7, 64);
        places.insert(1, 7, 3);
        let rows = [
            (1, 0, 7, 64),
            (1, 0, 7, 63),
            (-1, 0, 7, 63),
            (1, 0, 7, 4_000),
            (1, 1, 7, 64),
            (1, 1, 7, 3),
            (1, 0, 8, 64),
        ];
        let kept = places.lacks(&rows.map(|r| r.0), &rows.map(|r| r.1), &rows.map(|r| r.2), &rows.map(|r| r.3));
        assert_eq!(kept.iter().collect::<Vec<_>>(), [false, true, false, true, true, false, true]);
    }
}
