//! Opening books that are there, not there, damaged, newer or not to be written; names.

use crate::fresh;
use didtron_books::{Books, Mode};
use didtron_domain::NameId;
use didtron_ports::{Books as _, Error};
use sqlx::Connection;
use std::path::Path;

#[tokio::test]
async fn a_reader_needs_books_and_may_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let error = Books::open(dir.path(), Mode::Reader).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }) && error.to_string().contains("there are none yet"), "{error}");
    let writer = Books::open(dir.path(), Mode::Writer).await.unwrap();
    let reader = Books::open(dir.path(), Mode::Reader).await.unwrap();
    let error = reader.intern(&["acme".to_owned()]).await.unwrap_err();
    assert!(error.to_string().contains("opened for reading only"), "{error}");
    writer.intern(&["acme".to_owned()]).await.unwrap();
    assert_eq!(reader.intern(&["acme".to_owned()]).await.unwrap(), [NameId(1)], "a reader sees what is committed");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damage() {
    for mode in [Mode::Writer, Mode::Reader] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("books.sqlite"), "not a database at all, but long enough to be one".repeat(100))
            .unwrap();
        let error = Books::open(dir.path(), mode).await.unwrap_err();
        assert!(matches!(&error, Error::Damaged(text) if text.contains("restore it from a backup")), "{error}");
    }
}

#[tokio::test]
async fn overwritten_pages_are_found() {
    let (dir, books) = fresh().await;
    let names: Vec<String> = (0..5000).map(|n| format!("destination {n}")).collect();
    books.intern(&names).await.unwrap();
    books.close().await.unwrap();
    let path = dir.path().join("books.sqlite");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let books = Books::open(dir.path(), Mode::Reader).await.unwrap();
    let found = match books.check_file().await {
        Ok(findings) => findings.join("\n"),
        Err(error) => error.to_string(),
    };
    assert!(!found.is_empty());
    let error = books.names().await.unwrap_err();
    assert!(matches!(error, Error::Damaged(_)), "{error}");
}

async fn execute(dir: &Path, statement: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.join("books.sqlite"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn books_of_another_program_are_refused() {
    for mode in [Mode::Writer, Mode::Reader] {
        let (dir, books) = fresh().await;
        books.close().await.unwrap();
        execute(dir.path(), "INSERT INTO schema_versions VALUES (1000000, 'later', 'x')").await;
        let error = Books::open(dir.path(), mode).await.unwrap_err();
        assert!(
            matches!(&error, Error::Damaged(text) if text.contains("a newer program made them (schema 1000000")),
            "{error}"
        );
        execute(
            dir.path(),
            "DELETE FROM schema_versions WHERE version = 1000000; UPDATE schema_versions SET digest = 'x'",
        )
        .await;
        let error = Books::open(dir.path(), mode).await.unwrap_err();
        assert!(error.to_string().contains("is not the one of this program"), "{error}");
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for dir in [file.path(), Path::new("/proc/self")] {
        let error = Books::open(dir, Mode::Writer).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Unavailable { .. }) && text.contains(&dir.display().to_string()), "{text}");
    }
}

#[tokio::test]
async fn names_keep_their_ids() {
    let (dir, books) = fresh().await;
    let names = ["b", "a", "b", "", "ß"].map(str::to_owned);
    let ids = books.intern(&names).await.unwrap();
    assert_eq!(ids, [1, 2, 1, 3, 4].map(NameId));
    assert_eq!(books.intern(&[]).await.unwrap(), []);
    books.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    assert_eq!(books.intern(&["c", "a"].map(str::to_owned)).await.unwrap(), [NameId(5), NameId(2)]);
    let all: Vec<_> = books.names().await.unwrap().into_iter().map(|(id, name)| (id.0, name)).collect();
    let expected = [(1, "b"), (2, "a"), (3, ""), (4, "ß"), (5, "c")];
    assert_eq!(all, expected.map(|(id, name)| (id, name.to_owned())));
}

#[tokio::test]
async fn twenty_thousand_names_take_no_time() {
    let (_dir, books) = fresh().await;
    let names: Vec<String> = (0..20_000).map(|n| format!("Country {n} Mobile Special Services {n}")).collect();
    let begin = std::time::Instant::now();
    let ids = books.intern(&names).await.unwrap();
    let took = begin.elapsed();
    println!("20000 names: {took:?}");
    assert!(took.as_millis() < 5000, "{took:?}");
    assert_eq!(books.intern(&names).await.unwrap(), ids);
    assert_eq!(ids.last(), Some(&NameId(20_000)));
}
