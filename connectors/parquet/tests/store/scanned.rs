//! What a scan shows is what is stored: all of it, or what was asked for.

use crate::rows::{Batch, Dice};
use crate::written::{Store, run};
use didtron_domain::{Day, Found, Instant, NameId, SideColumns};
use didtron_parquet::ParquetStore;
use didtron_ports::{
    Error, Fields, JournalKind, RowPlace, Scan, StoredFile, StoredRows, UsageColumns, UsageRow, UsageStore,
};
use proptest::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// A scan of all rows.
pub fn everything(fields: Fields) -> Scan {
    Scan { fields, answers: Instant(i64::MIN)..Instant(i64::MAX), batches: None }
}

/// The row at a position of rows with all columns.
pub fn row_of(rows: &StoredRows, at: usize) -> UsageRow<'static> {
    let StoredRows { places, columns } = rows;
    assert!(columns.order[at] as usize == at, "each position is a row");
    let calls = &columns.calls;
    let text = |text: &str| Cow::Owned(text.to_owned());
    assert_eq!(calls.source.get(at), "");
    UsageRow {
        place: RowPlace::unpack(places[at]),
        partition: 0,
        sign: columns.sign[at],
        reverses: columns.reverses.get(at).map(RowPlace::unpack),
        identity: calls.identity[at],
        content: calls.content[at],
        posting_day: Day(columns.posting_day[at]),
        catalog_version: columns.catalog_version[at],
        base_currency: didtron_domain::Currency::from_bits(columns.base_currency[at]).unwrap(),
        source: NameId(columns.source[at]),
        call_id: text(calls.call_id.get(at)),
        branch: text(calls.branch.get(at)),
        version: calls.version[at],
        start: calls.start[at],
        answer: calls.answer[at],
        duration_ms: calls.duration_ms[at],
        marked_answered: calls.marked_answered[at],
        last_attempt: calls.last_attempt[at],
        clean: columns.clean[at],
        ingress: text(calls.ingress.get(at)),
        egress: text(calls.egress.get(at)),
        caller: text(calls.caller.get(at)),
        called: text(calls.called.get(at)),
        called_egress: text(calls.called_egress.get(at)),
        lrn: text(calls.lrn.get(at)),
        stated_revenue: calls.stated_revenue[at],
        stated_cost: calls.stated_cost[at],
        rated: columns.rated.get(at).unwrap(),
    }
}

/// All rows, by place.
pub fn rows_of(rows: &StoredRows) -> Vec<UsageRow<'static>> {
    let mut all: Vec<_> = (0..rows.len()).map(|at| row_of(rows, at)).collect();
    all.sort_by_key(|row| row.place);
    all
}

/// What a scan shows, in one.
pub async fn scanned(store: &ParquetStore, files: &[StoredFile], scan: Scan) -> Result<StoredRows, Error> {
    let shown = Arc::new(Mutex::new(StoredRows::default()));
    let taker = Arc::clone(&shown);
    let see = move |rows: StoredRows| {
        assert!(!rows.is_empty() && rows.len() == rows.columns.len());
        taker.lock().unwrap().extend_from(&rows, &(0..rows.len()));
        Ok(Vec::new())
    };
    store.scan(files, scan, Arc::new(see)).await?;
    Ok(std::mem::take(&mut *shown.lock().unwrap()))
}

/// Files of which some were joined.
async fn partly_compacted(store: &Store) -> Vec<StoredFile> {
    let usage = store.of(JournalKind::Usage);
    match &usage[..] {
        [first, second, rest @ ..] => {
            let joined = store.store.compact(&[first.clone(), second.clone()]).await.unwrap();
            [&[joined][..], rest].concat()
        }
        _ => usage,
    }
}

/// The columns of a side that a judge gets, by row; the others are not there.
fn judged_side(side: &SideColumns) -> impl PartialEq + std::fmt::Debug {
    let found: Vec<Found> = side.found.clone();
    let names = [&side.carrier, &side.destination, &side.deck, &side.currency, &side.account_currency].map(Vec::clone);
    let numbers = [&side.number, &side.looked_up, &side.billed_s].map(Vec::clone);
    let amounts = [&side.charge, &side.amount, &side.base_amount].map(Vec::clone);
    (found, names, numbers, side.prefix_length.clone(), amounts)
}

fn judged_calls(rows: &StoredRows) -> impl PartialEq + std::fmt::Debug {
    let calls = &rows.columns.calls;
    let texts = [&calls.caller, &calls.called, &calls.called_egress, &calls.lrn].map(Clone::clone);
    let words = [&calls.ingress, &calls.egress].map(|words| (words.codes.clone(), words.words.clone()));
    let flags = [&calls.marked_answered, &calls.last_attempt, &rows.columns.clean].map(Vec::clone);
    let call = (calls.identity.clone(), calls.answer.clone(), calls.duration_ms.clone());
    let row = (rows.places.clone(), rows.columns.sign.clone(), rows.columns.base_currency.clone());
    (texts, words, flags, call, row)
}

/// The rows of both scans in the order of their places.
fn in_order(rows: &StoredRows) -> StoredRows {
    let mut order: Vec<u32> = (0..).take(rows.len()).collect();
    order.sort_by_key(|&at| rows.places[at as usize]);
    rows.gather(&order)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_whole_scan_shows_what_reading_by_place_gives(seed in any::<u64>(), batches in 1u64..7) {
        run(async {
            let store = Store::new(seed, batches).await;
            for files in [store.files.clone(), partly_compacted(&store).await] {
                let rows = scanned(&store.store, &files, everything(Fields::Whole)).await.unwrap();
                let places: Vec<RowPlace> = store.usage().map(|row| row.place).collect();
                let by_place = store.store.usage_rows(&files, &places).await.unwrap();
                assert_eq!(rows_of(&rows), by_place);
                assert!(by_place.iter().eq(store.usage()));
            }
        });
    }

    #[test]
    fn a_judged_scan_shows_the_same_of_fewer_columns(seed in any::<u64>()) {
        run(async {
            let store = Store::new(seed, 5).await;
            let files = partly_compacted(&store).await;
            let whole = in_order(&scanned(&store.store, &files, everything(Fields::Whole)).await.unwrap());
            let judged = in_order(&scanned(&store.store, &files, everything(Fields::Judged)).await.unwrap());
            assert_eq!(judged_calls(&judged), judged_calls(&whole));
            let UsageColumns { calls, rated, .. } = &judged.columns;
            assert_eq!(judged_side(&rated.customer), judged_side(&whole.columns.rated.customer));
            assert_eq!(judged_side(&rated.supplier), judged_side(&whole.columns.rated.supplier));
            assert!(calls.call_id.is_empty() && calls.start.is_empty() && calls.content.is_empty());
            assert!(judged.columns.source.is_empty() && judged.columns.reverses.is_empty());
            for side in [&rated.customer, &rated.supplier] {
                assert!(side.interconnect.is_empty() && side.rate.is_empty() && side.whole_s.is_empty());
            }
        });
    }

    #[test]
    fn a_scan_shows_what_it_is_asked_for(
        seed in any::<u64>(),
        hours in (0i64..96, 1i64..96),
        batches in prop::option::of(prop::collection::vec(0u64..8, 0..3)),
    ) {
        run(async {
            let store = Store::new(seed, 6).await;
            let files = partly_compacted(&store).await;
            let at = |hour: i64| Instant((20_000 * 24 + hour) * 3_600_000_000);
            let answers = at(hours.0)..at(hours.0 + hours.1);
            let batches: Option<Vec<Range<u64>>> = batches.map(|mut seqs| {
                seqs.sort_unstable();
                seqs.dedup();
                seqs.into_iter().map(|seq| seq..seq + 1).collect()
            });
            let is_asked_for = |row: &&UsageRow<'_>| {
                let seq = &row.place.seq;
                answers.contains(&row.answer)
                    && batches.as_ref().is_none_or(|batches| batches.iter().any(|range| range.contains(seq)))
            };
            let expected: Vec<_> = store.usage().filter(is_asked_for).cloned().collect();
            let scan = Scan { fields: Fields::Whole, answers: answers.clone(), batches: batches.clone() };
            let rows = scanned(&store.store, &files, scan.clone()).await.unwrap();
            assert_eq!(rows_of(&rows), expected);
            let judged = scanned(&store.store, &files, Scan { fields: Fields::Judged, ..scan }).await.unwrap();
            assert_eq!(in_order(&judged).places, in_order(&rows).places);
        });
    }

    #[test]
    fn reversals_are_those_of_the_rows(seed in any::<u64>(), batches in 1u64..7) {
        run(async {
            let store = Store::new(seed, batches).await;
            let files = partly_compacted(&store).await;
            let taken = Arc::new(Mutex::new(Vec::new()));
            let taker = Arc::clone(&taken);
            store.store.reversals(&files, Arc::new(move |some| taker.lock().unwrap().extend_from_slice(some))).await.unwrap();
            let mut taken = std::mem::take(&mut *taken.lock().unwrap());
            let mut expected: Vec<(RowPlace, u64)> =
                store.usage().filter_map(|row| Some((row.reverses?, row.place.seq))).collect();
            taken.sort_unstable();
            expected.sort_unstable();
            assert_eq!(taken, expected);
        });
    }
}

#[test]
fn row_groups_without_a_row_asked_for_are_not_read() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let store = ParquetStore::new(folder.path());
        let mut batch = Batch::new(&mut Dice::new(12), 1, 40_000);
        // Two days, each a row group; nothing is taken back.
        for row in &mut batch.usage {
            row.start = Instant((20_000 + i64::from(row.place.row / 20_000)) * 86_400_000_000);
            row.answer = row.start;
            (row.sign, row.reverses) = (1, None);
        }
        let files = store.write(&batch.claim, Arc::new(batch.journal())).await.unwrap();
        // The second row group is spoilt: it is told only where it is read.
        let path = store.root().join(&files[0].path);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle + 100_000..middle + 1_000_000].fill(0xa5);
        std::fs::write(&path, &bytes).unwrap();
        let usage = &files[..1];
        let first_day = Scan { answers: Instant(0)..Instant(20_001 * 86_400_000_000), ..everything(Fields::Whole) };
        assert_eq!(scanned(&store, usage, first_day).await.unwrap().len(), 20_000);
        let other_batch = Scan { batches: Some(vec![0..1, 2..9]), ..everything(Fields::Whole) };
        assert!(scanned(&store, usage, other_batch).await.unwrap().is_empty());
        store.reversals(usage, Arc::new(|_| panic!("there are none"))).await.unwrap();
        let told = scanned(&store, usage, everything(Fields::Whole)).await.expect_err("it is spoilt").to_string();
        assert!(told.contains(&usage[0].path), "{told}");
    });
}

type Spoil = fn(&mut UsageColumns);

/// Values that no row can have, and what is told of them.
const ILLEGAL: [(&str, Spoil); 9] = [
    ("column base_currency holds 7", |usage| usage.base_currency[3] = 7),
    ("column customer_number holds 1000000000000000", |usage| {
        customer(usage, Found::NUMBER).number[3] = 1_000_000_000_000_000;
    }),
    ("column customer_looked_up holds 0", |usage| customer(usage, Found::LOOKED_UP).looked_up[3] = 0),
    ("column customer_prefix_length holds 16", |usage| {
        customer(usage, Found::NUMBER | Found::ROW).prefix_length[3] = 16;
    }),
    ("column customer_prefix_length holds a length without a number", |usage| {
        customer(usage, Found::ROW).prefix_length[3] = 2;
    }),
    ("column customer_jurisdiction holds 99", |usage| customer(usage, Found::JURISDICTION).jurisdiction[3] = 99),
    ("column customer_currency holds 8", |usage| {
        let side = customer(usage, Found::NUMBER | Found::ROW);
        (side.number[3], side.prefix_length[3], side.currency[3]) = (49, 2, 8);
    }),
    ("column customer_account_currency holds 9", |usage| {
        customer(usage, Found::ACCOUNT_CURRENCY).account_currency[3] = 9;
    }),
    ("column seq holds 1099511627776", |usage| usage.seq = 1 << 40),
];

/// The customer's side of the row with number 3, of which only this was found.
fn customer(usage: &mut UsageColumns, found: Found) -> &mut SideColumns {
    usage.rated.customer.found[3] = Found::SIDE | found;
    &mut usage.rated.customer
}

#[test]
fn values_that_no_row_can_have_are_told_with_their_column_and_file() {
    run(async {
        for (expected, spoil) in ILLEGAL {
            let folder = tempfile::tempdir().unwrap();
            let store = ParquetStore::new(folder.path());
            let batch = Batch::new(&mut Dice::new(13), 1, 9);
            let mut journal = batch.journal();
            spoil(&mut journal.usage);
            let seq = journal.usage.seq;
            let mut files = store.write(&batch.claim, Arc::new(journal)).await.unwrap();
            files.iter_mut().for_each(|file| file.seq_last = seq);
            let told = scanned(&store, &files, everything(Fields::Whole)).await.expect_err(expected);
            assert!(matches!(told, Error::Damaged(_)) && told.to_string().contains(&files[0].path), "{told}");
            assert!(told.to_string().contains(expected), "{told}");
            let by_place = store.usage_rows(&files, &[RowPlace { seq, row: 3 }]).await;
            if seq == 1 {
                assert_eq!(by_place.expect_err(expected).to_string(), told.to_string());
            }
        }
    });
}
