//! The list of live files.

use crate::{batch, claim, furnished, request, settlement};
use didtron_ports::{Books as _, Error, JournalKind, SettleOutcome, StoredFile};

fn file(path: &str, journal: JournalKind, seqs: (u64, u64), rows: u64) -> StoredFile {
    StoredFile {
        journal,
        partition: 0,
        seq_first: seqs.0,
        seq_last: seqs.1,
        path: path.to_owned(),
        rows,
        bytes: rows * 9,
    }
}

#[tokio::test]
async fn files_are_live_from_the_settle_on_and_replaced_at_once() {
    let (_dir, books) = furnished().await;
    let one = file("usage/1.parquet", JournalKind::Usage, (1, 1), 5);
    let aside = file("suspense/1.parquet", JournalKind::Suspense, (1, 1), 2);
    let two = file("usage/2.parquet", JournalKind::Usage, (2, 2), 6);
    let claimed = claim(&books, request(1, "claim_1", None)).await;
    assert_eq!(books.live_files(0).await.unwrap(), []);
    let mut settled = settlement(claimed, Vec::new());
    settled.files = vec![one.clone(), aside.clone()];
    assert_eq!(books.settle(&settled).await.unwrap(), SettleOutcome::Settled);
    let mut settled = settlement(claim(&books, request(2, "claim_2", Some("claim_1"))).await, Vec::new());
    settled.files = vec![two.clone()];
    books.settle(&settled).await.unwrap();
    assert_eq!(books.live_files(0).await.unwrap(), [aside.clone(), one.clone(), two.clone()]);
    assert_eq!(books.live_files(1).await.unwrap(), []);

    let merged = file("usage/1-2.parquet", JournalKind::Usage, (1, 2), 11);
    let short = file("usage/1-2.parquet", JournalKind::Usage, (1, 2), 10);
    let old = [one.clone(), two.clone()];
    let error = books.replace_files(&old, std::slice::from_ref(&short)).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("11 rows would become 10")), "{error}");
    books.replace_files(&old, std::slice::from_ref(&merged)).await.unwrap();
    assert_eq!(books.live_files(0).await.unwrap(), [aside.clone(), merged.clone()]);
    assert_eq!(books.retired_files().await.unwrap(), old);
    let again =
        books.replace_files(&old, &[file("usage/x.parquet", JournalKind::Usage, (1, 2), 11)]).await.unwrap_err();
    assert!(matches!(&again, Error::Damaged(text) if text.contains("not a live file")), "{again}");
    assert_eq!(books.all_live_files().await.unwrap(), [aside, merged.clone()], "a refused replacement changes nothing");
    books.forget_retired(&[one, merged.clone()]).await.unwrap();
    assert_eq!(books.retired_files().await.unwrap(), [two]);
    assert!(books.live_files(0).await.unwrap().contains(&merged), "a live file is not forgotten");
}

#[tokio::test]
async fn a_path_is_entered_once() {
    let (_dir, books) = furnished().await;
    let one = file("usage/1.parquet", JournalKind::Usage, (1, 1), 5);
    let mut settled = settlement(claim(&books, request(1, "claim_1", None)).await, Vec::new());
    settled.files = vec![one.clone(), one];
    assert!(matches!(books.settle(&settled).await.unwrap_err(), Error::Damaged(_)));
    settled.files.pop();
    assert_eq!(books.settle(&settled).await.unwrap(), SettleOutcome::Settled, "the refused settle left nothing");
    batch(&books, request(2, "claim_2", Some("claim_1")), Vec::new()).await;
}
