//! Files that are not as the books say are told by name, and nothing is made up.

use crate::scanned::everything;
use crate::written::{Store, run};
use didtron_ports::{Error, Fields, JournalKind, RowPlace, StoredFile, UsageStore};
use std::sync::Arc;

async fn told(store: &Store, files: &[StoredFile], places: &[RowPlace]) -> String {
    let mut told = Vec::new();
    for outcome in [
        store.store.usage_rows(files, places).await.map(drop),
        store.store.usage_rows_of_call(files, "call-7").await.map(drop),
        store.store.identities(files, Arc::new(|_| ())).await,
        store.store.audit(files).await.map(drop),
        store.store.scan(files, everything(Fields::Whole), Arc::new(|_| Ok(Vec::new()))).await.map(drop),
        store.store.scan(files, everything(Fields::Judged), Arc::new(|_| Ok(Vec::new()))).await.map(drop),
        store.store.reversals(files, Arc::new(|_| ())).await,
    ] {
        if let Err(error) = outcome {
            assert!(matches!(error, Error::Damaged(_)), "{error:?}");
            told.push(error.to_string());
        }
    }
    told.join("\n")
}

#[test]
fn what_is_missing_or_changed_is_damage() {
    run(async {
        let store = Store::new(8, 3).await;
        let usage = store.of(JournalKind::Usage);
        let places: Vec<RowPlace> = store.batches[0].usage.iter().map(|row| row.place).collect();
        assert_eq!(told(&store, &usage, &places).await, "");
        let nowhere = told(&store, &usage, &[RowPlace { seq: 77, row: 0 }]).await;
        assert!(nowhere.contains("no live file holds batch 77"), "{nowhere}");
        let beyond = told(&store, &usage, &[RowPlace { seq: 1, row: 5000 }]).await;
        assert!(beyond.contains("row 1/5000 is not in it exactly once"), "{beyond}");
        let other_count = StoredFile { rows: 5, ..usage[0].clone() };
        let message = told(&store, &[other_count], &places).await;
        assert_eq!(message.matches("7 rows, the books say 5").count(), 7, "{message}");

        let path = store.store.root().join(&usage[0].path);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let shorter = told(&store, &usage, &places).await;
        assert_eq!(shorter.matches("bytes, the books say").count(), 7, "{shorter}");
        std::fs::remove_file(&path).unwrap();
        let gone = told(&store, &usage, &places).await;
        assert_eq!(gone.matches("is in the books' list of live files but not in the usage store").count(), 7, "{gone}");
    });
}

/// Bits that turn over on a disk: an error, or rows as they were, never a panic or an endless read.
#[test]
fn no_turned_bit_breaks_the_program() {
    run(async {
        let store = Store::new(9, 2).await;
        let usage = store.of(JournalKind::Usage);
        let places: Vec<RowPlace> = store.batches[0].usage.iter().map(|row| row.place).collect();
        let path = store.store.root().join(&usage[0].path);
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            let mut turned = whole.clone();
            turned[at] ^= 1 << (at % 8);
            std::fs::write(&path, &turned).unwrap();
            told(&store, &usage, &places).await;
        }
    });
}

#[test]
fn a_compaction_of_strangers_is_refused() {
    run(async {
        let store = Store::new(10, 3).await;
        let [usage, suspense] = [JournalKind::Usage, JournalKind::Suspense].map(|kind| store.of(kind));
        for files in [vec![usage[0].clone(), suspense[1].clone()], vec![usage[1].clone(), usage[0].clone()]] {
            let error = store.store.compact(&files).await.expect_err("they are no neighbours").to_string();
            assert!(error.contains("cannot become one file"), "{error}");
        }
        assert!(store.store.compact(&usage[..1]).await.is_err());
    });
}
