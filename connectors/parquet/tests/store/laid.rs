//! What a scan lays aside comes back whole, shelf by shelf, and leaves nothing behind.

use crate::rows::{Batch, Dice};
use crate::scanned::{everything, rows_of};
use crate::written::{Store, run};
use didtron_parquet::ParquetStore;
use didtron_ports::{Fields, JournalKind, See, StoredRows, UsageRow, UsageStore};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// The shelf of a row; every fifth stays where it is.
fn shelf_of(identity: u128, shelf_count: u8) -> Option<u8> {
    (!identity.is_multiple_of(5)).then(|| u8::try_from((identity >> 64) % u128::from(shelf_count)).unwrap())
}

fn lay_on(shelf_count: u8) -> See {
    Arc::new(move |rows: StoredRows| {
        let shelves = rows.columns.calls.identity.iter().map(|identity| shelf_of(identity.0, shelf_count));
        Ok((0..).zip(shelves).filter_map(|(row, shelf)| Some((row, shelf?))).collect())
    })
}

/// What stands below the root that is laid aside.
fn folders(root: &Path) -> Vec<String> {
    let names = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("laid-")).collect()
}

async fn check<'a>(
    store: &ParquetStore,
    laid: &didtron_parquet::Laid,
    all: impl Iterator<Item = &'a UsageRow<'static>>,
    shelf_count: u8,
) {
    let all: Vec<_> = all.collect();
    let on = |shelves: std::ops::Range<u8>| -> Vec<UsageRow<'static>> {
        let is_there =
            |row: &&&UsageRow<'_>| shelf_of(row.identity.0, shelf_count).is_some_and(|shelf| shelves.contains(&shelf));
        all.iter().filter(is_there).map(|row| (*row).clone()).collect()
    };
    for shelves in [0..64, 0..1, 1..3, 3..3, 63..64] {
        let rows = store.laid_rows(laid, shelves.clone()).await.unwrap();
        assert_eq!(rows_of(&rows), on(shelves));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn shelves_come_back_whole(seed in any::<u64>(), shelf_count in 1u8..=64) {
        run(async {
            let store = Store::new(seed, 5).await;
            let root = store.store.root().to_owned();
            let files = store.of(JournalKind::Usage);
            let laid = store.store.scan(&files, everything(Fields::Whole), lay_on(shelf_count)).await.unwrap();
            check(&store.store, &laid, store.usage(), shelf_count).await;
            // Another one at the same time.
            let other = store.store.scan(&files, everything(Fields::Whole), lay_on(2)).await.unwrap();
            assert_eq!(folders(&root).len(), 2);
            drop(laid);
            check(&store.store, &other, store.usage(), 2).await;
            drop(other);
            assert_eq!(folders(&root), Vec::<String>::new());
        });
    }
}

#[test]
fn a_shelf_of_many_rows_is_written_in_parts() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let store = ParquetStore::new(folder.path());
        let batch = Batch::new(&mut Dice::new(14), 1, 50_000);
        let files = store.write(&batch.claim, Arc::new(batch.journal())).await.unwrap();
        let laid = store.scan(&files[..1], everything(Fields::Whole), lay_on(3)).await.unwrap();
        check(&store, &laid, batch.usage.iter(), 3).await;
    });
}

#[test]
fn what_cannot_be_laid_aside_is_an_error_and_leaves_nothing() {
    run(async {
        let store = Store::new(15, 3).await;
        let files = store.of(JournalKind::Usage);
        let told = store.store.scan(&files, everything(Fields::Judged), lay_on(4)).await.expect_err("too few columns");
        assert!(told.to_string().contains("cannot lay aside rows of a scan that does not read all columns"), "{told}");
        for named in [(0, 64), (u32::MAX, 0)] {
            let see: See = Arc::new(move |_| Ok(vec![named]));
            let told = store.store.scan(&files, everything(Fields::Whole), see).await.expect_err("it is not there");
            assert!(told.to_string().contains("a row or a shelf that is not there was named"), "{told}");
        }
        // Nothing to lay aside makes no folder either.
        let laid = store.store.scan(&[], everything(Fields::Whole), lay_on(4)).await.unwrap();
        assert!(store.store.laid_rows(&laid, 0..64).await.unwrap().is_empty());
        assert_eq!(folders(store.store.root()), Vec::<String>::new());
    });
}

#[test]
fn what_a_crash_left_is_swept() {
    run(async {
        let store = Store::new(16, 2).await;
        let root = store.store.root();
        let files = store.of(JournalKind::Usage);
        let laid = store.store.scan(&files, everything(Fields::Whole), lay_on(4)).await.unwrap();
        // As if the process were gone.
        std::mem::forget(laid);
        std::fs::create_dir(root.join("laid-out-plans")).unwrap();
        let swept = store.store.sweep(&store.files, &[]).await.unwrap();
        assert_eq!(swept, ["laid-1"]);
        assert_eq!(folders(root), ["laid-out-plans"]);
    });
}

#[test]
fn a_shelf_that_is_spoilt_is_told_by_name() {
    run(async {
        let store = Store::new(17, 3).await;
        let files = store.of(JournalKind::Usage);
        let laid = store.store.scan(&files, everything(Fields::Whole), lay_on(1)).await.unwrap();
        let path = store.store.root().join("laid-1/00.parquet");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        let told = store.store.laid_rows(&laid, 0..64).await.expect_err("it is shorter").to_string();
        assert!(told.contains("laid-1/00.parquet") && told.contains("run the command again"), "{told}");
        std::fs::remove_file(&path).unwrap();
        let told = store.store.laid_rows(&laid, 0..64).await.expect_err("it is gone").to_string();
        assert!(told.contains("laid-1/00.parquet was laid aside and is no more in the usage store"), "{told}");
        assert!(store.store.laid_rows(&laid, 1..64).await.unwrap().is_empty());
    });
}
