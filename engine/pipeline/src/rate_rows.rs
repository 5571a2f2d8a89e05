//! Rates the rows of a batch on several threads. A record that makes rating panic is set apart, and the rest goes on.

use crate::outside::Rate;
use didtron_domain::{CallBatch, RatedCall, Reason, Rejection};
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What rating says of a record.
pub(crate) type Verdict = Result<RatedCall, Rejection>;

/// Rows below which another thread is not worth its start.
const ROWS_PER_THREAD_MIN: usize = 256;

/// What was found for a range of rows, and the rows that made rating panic, with what it said.
#[derive(Debug, Default)]
struct Found {
    verdicts: Vec<Verdict>,
    panics: Vec<(usize, String)>,
}

/// One verdict per record, whatever rating makes of malformed ones. Records that make it panic become malformed, with
/// a note (R15).
pub(crate) fn rate_rows<R: Rate>(catalog: &R, batch: &mut CallBatch, threads: usize) -> Vec<Verdict> {
    let rows = batch.len();
    let parts = threads.clamp(1, rows.div_ceil(ROWS_PER_THREAD_MIN).max(1));
    let ranges: Vec<_> = (0..parts).map(|part| rows * part / parts..rows * (part + 1) / parts).collect();
    let found = match &ranges[..] {
        [all] => rate_range(catalog, batch, all.clone()),
        _ => rate_ranges(catalog, batch, &ranges),
    };
    for (row, message) in found.panics {
        batch.spoil(row, message);
    }
    let mut verdicts = found.verdicts;
    for malformed in &batch.malformed {
        verdicts[malformed.row] = Err(MALFORMED);
    }
    verdicts
}

fn rate_ranges<R: Rate>(catalog: &R, batch: &CallBatch, ranges: &[Range<usize>]) -> Found {
    std::thread::scope(|scope| {
        let start = |range: &Range<usize>| {
            let range = range.clone();
            scope.spawn(move || rate_range(catalog, batch, range))
        };
        let running: Vec<_> = ranges[1..].iter().map(start).collect();
        let mut all = rate_range(catalog, batch, ranges[0].clone());
        for thread in running {
            let part = thread.join().expect("panics of rating are caught within the thread");
            all.verdicts.extend(part.verdicts);
            all.panics.extend(part.panics);
        }
        all
    })
}

fn rate_range<R: Rate>(catalog: &R, batch: &CallBatch, range: Range<usize>) -> Found {
    if let Ok(verdicts) = rate_caught(catalog, batch, range.clone()) {
        return Found { verdicts, panics: Vec::new() };
    }
    let mut found = Found::default();
    for row in range {
        match rate_caught(catalog, batch, row..row + 1) {
            Ok(verdicts) => found.verdicts.extend(verdicts),
            Err(payload) => {
                found.verdicts.push(Err(MALFORMED));
                found.panics.push((row, format!("rating the record broke off: {}", said(&*payload))));
            }
        }
    }
    found
}

fn rate_caught<R: Rate>(
    catalog: &R,
    batch: &CallBatch,
    range: Range<usize>,
) -> Result<Vec<Verdict>, Box<dyn Any + Send>> {
    // What a panic leaves half done is the vector alone, and that is dropped.
    catch_unwind(AssertUnwindSafe(|| {
        let mut verdicts = Vec::with_capacity(range.len());
        catalog.rate(batch, range.clone(), &mut verdicts);
        assert_eq!(verdicts.len(), range.len(), "rating gives one result per record");
        verdicts
    }))
}

const MALFORMED: Rejection =
    Rejection { reason: Reason::MalformedRecord, side: None, customer_charge: None, supplier_charge: None };

fn said(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::{CallRecord, Currency, IdentityKey};

    /// Panics on rows whose duration is 13 ms; gives the duration as the reason's absence elsewhere.
    struct Superstitious;

    impl Rate for Superstitious {
        fn rate(&self, batch: &CallBatch, rows: Range<usize>, out: &mut Vec<Verdict>) {
            for row in rows {
                assert!(batch.duration_ms[row] != 13, "unlucky row");
                out.push(if batch.duration_ms[row].is_multiple_of(2) {
                    Ok(RatedCall::default())
                } else {
                    Err(MALFORMED)
                });
            }
        }
        fn version(&self) -> u32 {
            1
        }
        fn base_currency(&self) -> Option<Currency> {
            None
        }
    }

    fn batch(durations: &[u64]) -> CallBatch {
        let mut batch = CallBatch { raw: vec![b'x'; durations.len()], ..CallBatch::default() };
        for (row, &duration_ms) in durations.iter().enumerate() {
            let call = CallRecord { duration_ms, ..CallRecord::PLACEHOLDER };
            batch.push(row..row + 1, 1, IdentityKey(row as u128), &call);
        }
        batch
    }

    #[test]
    fn a_panic_costs_one_record() {
        let mut small = batch(&[2, 13, 4]);
        let verdicts = rate_rows(&Superstitious, &mut small, 1);
        assert!(verdicts[0].is_ok() && verdicts[1] == Err(MALFORMED) && verdicts[2].is_ok());
        let told = small.malformed_at(1).expect("the record became malformed");
        assert_eq!(told.message, "rating the record broke off: unlucky row");
        assert_eq!(small.identity[1], IdentityKey::of_malformed(b"x"));
    }

    #[test]
    fn threads_change_nothing() {
        let durations: Vec<u64> = (0..2000).map(|at| at % 29).collect();
        let (mut one, mut many) = (batch(&durations), batch(&durations));
        assert_eq!(rate_rows(&Superstitious, &mut one, 1), rate_rows(&Superstitious, &mut many, 5));
        assert_eq!(one.malformed, many.malformed);
        assert_eq!(rate_rows(&Superstitious, &mut batch(&[]), 4), vec![]);
    }
}
