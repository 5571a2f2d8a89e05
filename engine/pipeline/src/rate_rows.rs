//! Rates the rows of a batch on several threads. A record that makes rating panic is set apart, and the rest goes on.

use crate::outside::Rate;
use didtron_domain::{CallBatch, RatedCall, Reason, Rejection};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

/// What rating says of a record.
pub(crate) type Verdict = Result<RatedCall, Rejection>;

/// Rows below which another thread is not worth its start.
const ROWS_PER_THREAD_MIN: usize = 256;

/// Rows that made rating panic, with what it said.
type Panics = Vec<(usize, String)>;

/// Replaces what `verdicts` holds by one verdict per record, whatever rating makes of malformed ones. Records that
/// make it panic become malformed, with a note (R15).
pub(crate) fn rate_rows<R: Rate>(catalog: &R, batch: &mut CallBatch, verdicts: &mut Vec<Verdict>, threads: usize) {
    verdicts.resize(batch.len(), Err(MALFORMED));
    for (row, message) in rate_parts(catalog, batch, verdicts, threads) {
        batch.spoil(row, message);
    }
    for malformed in &batch.malformed {
        verdicts[malformed.row] = Err(MALFORMED);
    }
}

/// One part for each thread, this one among them.
fn rate_parts<R: Rate>(catalog: &R, batch: &CallBatch, out: &mut [Verdict], threads: usize) -> Panics {
    let rows_per_thread = out.len().div_ceil(threads.max(1)).max(ROWS_PER_THREAD_MIN);
    let mut parts = (0..).step_by(rows_per_thread).zip(out.chunks_mut(rows_per_thread));
    let Some((begin, own)) = parts.next() else { return Panics::new() };
    std::thread::scope(|scope| {
        let start = |(begin, out)| scope.spawn(move || rate_part(catalog, batch, begin, out));
        let running: Vec<_> = parts.map(start).collect();
        let mut panics = rate_part(catalog, batch, begin, own);
        for thread in running {
            panics.extend(thread.join().expect("panics of rating are caught within the thread"));
        }
        panics
    })
}

fn rate_part<R: Rate>(catalog: &R, batch: &CallBatch, begin: usize, out: &mut [Verdict]) -> Panics {
    let mut panics = Panics::new();
    if rate_caught(catalog, batch, begin, out).is_ok() {
        return panics;
    }
    for (row, verdict) in (begin..).zip(out) {
        if let Err(payload) = rate_caught(catalog, batch, row, slice::from_mut(verdict)) {
            *verdict = Err(MALFORMED);
            panics.push((row, format!("rating the record broke off: {}", said(&*payload))));
        }
    }
    panics
}

fn rate_caught<R: Rate>(
    catalog: &R,
    batch: &CallBatch,
    begin: usize,
    out: &mut [Verdict],
) -> Result<(), Box<dyn Any + Send>> {
    // What a panic leaves half done is verdicts, and those are written again.
    catch_unwind(AssertUnwindSafe(|| catalog.rate(batch, begin, out)))
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
        fn rate(&self, batch: &CallBatch, begin: usize, out: &mut [Verdict]) {
            for (duration_ms, verdict) in batch.duration_ms[begin..].iter().zip(out) {
                assert!(*duration_ms != 13, "unlucky row");
                *verdict = if duration_ms.is_multiple_of(2) { Ok(RatedCall::default()) } else { Err(MALFORMED) };
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

    /// Into room that held the verdicts of another batch.
    fn rated(batch: &mut CallBatch, threads: usize) -> Vec<Verdict> {
        let mut verdicts = vec![Ok(RatedCall::default()); 5];
        rate_rows(&Superstitious, batch, &mut verdicts, threads);
        verdicts
    }

    #[test]
    fn a_panic_costs_one_record() {
        let mut small = batch(&[2, 13, 4]);
        let verdicts = rated(&mut small, 1);
        assert!(verdicts[0].is_ok() && verdicts[1] == Err(MALFORMED) && verdicts[2].is_ok());
        let told = small.malformed_at(1).expect("the record became malformed");
        assert_eq!(told.message, "rating the record broke off: unlucky row");
        assert_eq!(small.identity[1], IdentityKey::of_malformed(b"x"));
    }

    #[test]
    fn threads_change_nothing() {
        let durations: Vec<u64> = (0..2000).map(|at| at % 29).collect();
        let (mut one, mut many) = (batch(&durations), batch(&durations));
        assert_eq!(rated(&mut one, 1), rated(&mut many, 5));
        assert_eq!(one.malformed, many.malformed);
        assert_eq!(rated(&mut batch(&[]), 4), vec![]);
    }
}
