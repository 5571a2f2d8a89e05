//! Rates the rows of a batch on several threads. A record that makes rating panic is set apart, and the rest goes on.

use crate::outside::Rate;
use didtron_domain::{CallBatch, RatedColumns, Reason, Rejection};
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows below which another thread is not worth its start.
const ROWS_PER_THREAD_MIN: usize = 256;

/// Rows that made rating panic, with what it said.
type Panics = Vec<(usize, String)>;

/// Room for the ratings of a batch, used before or not: memory that was used before is far cheaper than new.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// What holds the ratings in the end.
    pub(crate) rated: RatedColumns,
    /// What other threads rate into.
    pub(crate) parts: Vec<RatedColumns>,
}

/// Replaces what is rated in `room` by one outcome per record, whatever rating makes of malformed ones. Records that
/// make it panic become malformed, with a note (R15).
pub(crate) fn rate_rows<R: Rate>(catalog: &R, batch: &mut CallBatch, room: &mut Room, threads: usize) {
    room.rated.resize(0);
    for (row, message) in rate_parts(catalog, batch, room, threads) {
        batch.spoil(row, message);
    }
    for malformed in &batch.malformed {
        room.rated.reject(malformed.row, MALFORMED);
    }
}

/// Adds one outcome per record to what is rated in `room`, one part of them for each thread, this one among them.
pub(crate) fn rate_parts<R: Rate>(catalog: &R, batch: &CallBatch, room: &mut Room, threads: usize) -> Panics {
    let rows_per_thread = batch.len().div_ceil(threads.max(1)).max(ROWS_PER_THREAD_MIN);
    let part = |begin: usize| begin..batch.len().min(begin + rows_per_thread);
    let begins = (rows_per_thread..batch.len()).step_by(rows_per_thread);
    let Room { rated, parts } = room;
    parts.resize_with(begins.len(), RatedColumns::default);
    let panics = std::thread::scope(|scope| {
        let running: Vec<_> = begins
            .zip(&mut *parts)
            .map(|(begin, to)| scope.spawn(move || rate_part(catalog, batch, part(begin), to)))
            .collect();
        let mut panics = rate_part(catalog, batch, part(0), rated);
        for thread in running {
            panics.extend(thread.join().expect("panics of rating are caught within the thread"));
        }
        panics
    });
    parts.iter_mut().for_each(|part| rated.append(part));
    panics
}

/// Records that make rating panic are rejected.
pub(crate) fn rate_part<R: Rate>(catalog: &R, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) -> Panics {
    let mut panics = Panics::new();
    if rate_caught(catalog, batch, rows.clone(), out).is_ok() {
        return panics;
    }
    for row in rows {
        if let Err(payload) = rate_caught(catalog, batch, row..row + 1, out) {
            out.push(Err(MALFORMED));
            panics.push((row, format!("rating the record broke off: {}", said(&*payload))));
        }
    }
    panics
}

/// What a panic leaves half done is taken back.
fn rate_caught<R: Rate>(
    catalog: &R,
    batch: &CallBatch,
    rows: Range<usize>,
    out: &mut RatedColumns,
) -> Result<(), Box<dyn Any + Send>> {
    let before = out.len();
    let caught = catch_unwind(AssertUnwindSafe(|| catalog.rate(batch, rows, out)));
    if caught.is_err() {
        out.resize(before);
    }
    caught
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
    use didtron_domain::{CallRecord, Currency, IdentityKey, RatedCall};

    /// Panics on rows whose duration is 13 ms; gives the duration as the reason's absence elsewhere.
    struct Superstitious;

    impl Rate for Superstitious {
        fn rate(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) {
            for duration_ms in &batch.duration_ms[rows] {
                assert!(*duration_ms != 13, "unlucky row");
                let is_even = duration_ms.is_multiple_of(2);
                out.push(if is_even { Ok(RatedCall::default()) } else { Err(MALFORMED) });
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

    /// Into room that held the outcomes of another batch.
    fn rated(batch: &mut CallBatch, threads: usize) -> Vec<Result<RatedCall, Rejection>> {
        let mut room = Room::default();
        room.rated.push(Err(MALFORMED));
        room.rated.push(Ok(RatedCall::default()));
        rate_rows(&Superstitious, batch, &mut room, threads);
        (0..room.rated.len()).map(|row| room.rated.get(row)).collect()
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
