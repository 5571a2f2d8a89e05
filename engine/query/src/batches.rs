//! Where batches come from, and so why a rating came about.

use crate::error::{Error, carry};
use crate::functions::over_arrays;
use crate::place_set::values;
use crate::reversals::Reversals;
use crate::source::{BatchCause, BatchKind};
use arrow::array::{UInt8Array, UInt32Array};
use arrow::datatypes::{DataType, UInt32Type, UInt64Type};
use datafusion::error::Result;
use datafusion::logical_expr::ScalarUDF;
use std::collections::HashMap;
use std::sync::Arc;

/// Why a rating came about; the codes count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Cause {
    /// A record came, and nothing was known of its call.
    First = 1,
    /// A record came with other content than was rated.
    Correction,
    /// What waited in suspense was rated.
    Redrive,
    /// The call was rated again.
    Rerate,
    /// A re-rate was taken back.
    Undo,
}

impl Cause {
    /// Every word, in the order of codes.
    pub const WORDS: &'static [&'static str] = &["first", "correction", "redrive", "rerate", "undo"];

    /// The cause of a rating in a batch of this kind. It took the place of another where the row before it in the batch
    /// is a reversal.
    #[must_use]
    pub const fn of(kind: BatchKind, takes_a_place: bool) -> Self {
        match (kind, takes_a_place) {
            (BatchKind::File, false) => Self::First,
            (BatchKind::File, true) => Self::Correction,
            (BatchKind::Redrive, _) => Self::Redrive,
            (BatchKind::Rerate, _) => Self::Rerate,
            (BatchKind::Undo, _) => Self::Undo,
        }
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize - 1]
    }
}

/// What is known of one batch.
#[derive(Clone, Copy, Debug)]
struct Known {
    kind: BatchKind,
    /// Of the re-rate or undo, as [`Batches::ids`] counts from 1.
    rerate: Option<u32>,
}

/// Batches by partition and number.
#[derive(Debug)]
pub(crate) struct Batches {
    known: HashMap<(u32, u64), Known>,
    ids: Vec<String>,
}

impl Batches {
    pub(crate) fn new(batches: Vec<BatchCause>) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut ids = Vec::new();
        let mut known = HashMap::with_capacity(batches.len());
        for BatchCause { partition, seq, kind, id } in batches {
            let rerate = id.map(|id| {
                *numbers.entry(id).or_insert_with_key(|id| {
                    ids.push(id.clone());
                    u32::try_from(ids.len()).expect("books have fewer re-rates than 2^32")
                })
            });
            known.insert((partition, seq), Known { kind, rerate });
        }
        Self { known, ids }
    }

    /// Of all re-rates and undos.
    pub(crate) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The code of the [`Cause`] of each rating, over partition, batch and number.
    pub(crate) fn causes(self: Arc<Self>, reversals: Arc<Reversals>) -> ScalarUDF {
        let takes = vec![DataType::UInt32, DataType::UInt64, DataType::UInt32];
        over_arrays("cause_code", takes, DataType::UInt8, move |args| {
            let (partitions, seqs) = (values::<UInt32Type>(&args[0]), values::<UInt64Type>(&args[1]));
            let before = reversals.before([&args[0], &args[1], &args[2]]);
            let codes = self.of_rows(partitions, seqs).zip(before);
            let codes = codes.map(|(known, before)| Ok(Cause::of(known?.kind, before.is_some()) as u8));
            Ok(Arc::new(UInt8Array::from(codes.collect::<Result<Vec<_>>>()?)))
        })
    }

    /// The number of the re-rate or undo of each row, over partition and batch; null where it is of neither.
    pub(crate) fn rerates(self: Arc<Self>) -> ScalarUDF {
        over_arrays("rerate_number", vec![DataType::UInt32, DataType::UInt64], DataType::UInt32, move |args| {
            let rows = self.of_rows(values::<UInt32Type>(&args[0]), values::<UInt64Type>(&args[1]));
            Ok(Arc::new(rows.map(|known| Ok(known?.rerate)).collect::<Result<UInt32Array>>()?))
        })
    }

    /// The batch of each row. Rows of a batch lie in runs, so that it is looked up once per run.
    fn of_rows(&self, partitions: &[u32], seqs: &[u64]) -> impl Iterator<Item = Result<Known>> {
        let mut run: Option<((u32, u64), Known)> = None;
        partitions.iter().copied().zip(seqs.iter().copied()).map(move |batch| match run {
            Some((of, known)) if of == batch => Ok(known),
            _ => {
                let known = *self.known.get(&batch).ok_or_else(|| carry(unknown(batch)))?;
                run = Some((batch, known));
                Ok(known)
            }
        })
    }
}

#[cold]
fn unknown((partition, seq): (u32, u64)) -> Error {
    Error::Damaged(format!(
        "the usage store has rows of batch {seq} in partition {partition}, which the books do not know or say has none: \
         restore both from one backup"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(seq: u64, kind: BatchKind, id: Option<&str>) -> BatchCause {
        BatchCause { partition: 0, seq, kind, id: id.map(str::to_owned) }
    }

    #[test]
    fn a_rerate_of_several_batches_has_one_number() {
        let batches = Batches::new(vec![
            batch(1, BatchKind::File, None),
            batch(2, BatchKind::Rerate, Some("may")),
            batch(3, BatchKind::Undo, Some("undo-may")),
            batch(4, BatchKind::Rerate, Some("may")),
        ]);
        assert_eq!(batches.ids(), ["may", "undo-may"]);
        let numbers: Vec<_> = batches.of_rows(&[0; 5], &[4, 4, 1, 3, 2]).map(|known| known.unwrap().rerate).collect();
        assert_eq!(numbers, [Some(1), Some(1), None, Some(2), Some(1)]);
        assert!(batches.of_rows(&[1], &[1]).next().unwrap().is_err());
    }

    #[test]
    fn causes_have_their_words() {
        for (cause, word) in [
            (Cause::of(BatchKind::File, false), "first"),
            (Cause::of(BatchKind::File, true), "correction"),
            (Cause::of(BatchKind::Redrive, true), "redrive"),
            (Cause::of(BatchKind::Rerate, true), "rerate"),
            (Cause::of(BatchKind::Undo, true), "undo"),
        ] {
            assert_eq!(cause.as_str(), word);
        }
    }
}
