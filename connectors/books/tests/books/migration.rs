//! Books that an older program made, and what becomes of them.

use crate::{catalogs, claim, request, settlement};
use didtron_books::{Books, Mode};
use didtron_domain::Instant;
use didtron_ports::{Books as _, Error, Feed, RerateWhat, Rerated, Scope, SettleOutcome};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::BTreeMap;
use std::path::Path;

/// The first program's texts, and the digest under which it entered them.
const TEXTS: [&str; 2] = [
    include_str!("../../../../schemas/migrations/0001_books.sql"),
    include_str!("../../../../schemas/migrations/sqlite/0001_immutable.sql"),
];
const DIGEST: &str = "999df95150f4d8901d543a01fc62748a62a48700e07379f7af162002cef86d83";

const CREATE_VERSIONS: &str =
    "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)";

/// Rows of every table: claims of each kind and state, with all columns that they may have.
const ROWS: &str = "
INSERT INTO names VALUES (1, 'acme'), (2, 'carry'), (3, 'Germany');
INSERT INTO feeds VALUES (1, 'plain', 'switch-1', 'calls.csv', 4096, lower(hex(zeroblob(32))));
INSERT INTO partitions VALUES (0, 3, 'claim_3'), (1, -1, '');
INSERT INTO claims VALUES
    (0, 0, 'claim_0', '', 'settled', NULL, 'file', 1, NULL, NULL, 0, 100, 1, 10, lower(hex(zeroblob(32))), 1, 2,
        1780000000000000, -5, -719162, 10, 8, 1, 6, '000102030405060708090a0b0c0d0e0f'),
    (0, 1, 'claim_1', 'claim_0', 'settled', NULL, 'redrive', NULL, 10, NULL, 0, -1, 0, 0, lower(hex(zeroblob(32))), 1, 2,
        1780000000000001, NULL, -719162, 0, 3, 0, 3, 'ff0102030405060708090a0b0c0d0e0f'),
    (0, 2, 'claim_2', 'claim_1', 'settled', NULL, 'dismiss', NULL, NULL, 'a test call', 7, 8, 0, 0,
        lower(hex(zeroblob(32))), 2, 2, 1780000000000002, NULL, 20605, 0, 0, 0, 0, ''),
    (0, 3, 'claim_3', 'claim_2', 'voided', 'the file is gone', 'file', 1, NULL, NULL, 100, 200, 11, 10,
        lower(hex(zeroblob(32))), 2, 2, 1780000000000003, NULL, 20605, 0, 0, 0, 0, ''),
    (0, 4, 'claim_4', 'claim_3', 'claimed', NULL, 'file', 1, NULL, NULL, 100, 300, 11, 20,
        lower(hex(zeroblob(32))), 2, 2, 1780000000000004, NULL, 20605, 0, 0, 0, 0, ''),
    (1, 0, 'claim_5', '', 'claimed', NULL, 'redrive', NULL, NULL, NULL, 0, -1, 0, 0,
        lower(hex(zeroblob(32))), 2, 2, 1780000000000005, NULL, 20605, 0, 0, 0, 0, '');
INSERT INTO claim_suspense VALUES (0, 0, 5, 3), (0, 0, 10, 3), (0, 1, 10, -3);
INSERT INTO stored_files VALUES
    ('usage/0.parquet', 'live', 'usage', 0, 0, 0, 8, 80), ('suspense/0.parquet', 'retired', 'suspense', 0, 0, 0, 3, 30);
INSERT INTO accounts VALUES
    (1, 1, 'receivable', 'EUR', 'acme:receivable:EUR'), (2, 1, 'revenue', 'EUR', 'acme:revenue:EUR');
INSERT INTO accruals VALUES (1, 2, 'EUR', 20606, 0, 4611686018427387904), (1, 2, 'EUR', 20607, 0, -7);
INSERT INTO ledger_transactions VALUES (1, 'txn_1', 20604, 1, 2, 'EUR', 11, 'a', 'b');
UPDATE books_state SET first_open_day = 20605, closed_through = 20604, ledger_count = 1;
INSERT INTO catalog_versions VALUES (1, 1780000000000000, 'x', 1, 0, 0, ''), (2, 1780000000000001, 'y', 0, 1, 0, '');
INSERT INTO deck_versions VALUES ('base', 1, 'full', NULL, 'x', 1, 'decks/base/1.csv.zst', 1780000000000000, 'base.csv');
INSERT INTO mappings VALUES ('calls', 'plain', 1, 'a = 1', 1780000000000000);
";

async fn connect(dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(dir.join("books.sqlite")).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(connection: &mut SqliteConnection, text: &'static str) -> Result<(), String> {
    sqlx::raw_sql(text).execute(connection).await.map(|_| ()).map_err(|error| error.to_string())
}

/// What the first program left in a directory.
async fn old_books(dir: &Path) -> SqliteConnection {
    let mut connection = connect(dir).await;
    for text in [CREATE_VERSIONS, TEXTS[0], TEXTS[1], ROWS] {
        run(&mut connection, text).await.unwrap();
    }
    sqlx::query("INSERT INTO schema_versions VALUES (1, 'books', $1)")
        .bind(DIGEST)
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

async fn texts(connection: &mut SqliteConnection, query: impl Into<String>) -> Vec<String> {
    let mut query = QueryBuilder::<Sqlite>::new(query);
    query.build().fetch_all(connection).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Every table with its columns.
async fn tables(connection: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for table in texts(connection, "SELECT name FROM sqlite_master WHERE type = 'table'").await {
        let columns = texts(connection, format!("SELECT name FROM pragma_table_info('{table}')")).await;
        tables.insert(table, columns);
    }
    tables
}

/// The rows of some tables, as SQL would write them, and in some order that is always the same.
async fn rows(
    connection: &mut SqliteConnection,
    tables: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in tables {
        let values: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let rows = texts(connection, format!("SELECT {} FROM {table} ORDER BY 1", values.join(" || ', ' || "))).await;
        all.insert(table.clone(), rows);
    }
    all
}

/// Indexes that were made by name.
async fn indexes(connection: &mut SqliteConnection) -> Vec<String> {
    texts(connection, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name").await
}

#[test]
fn what_was_applied_once_never_changes() {
    let mut hasher = blake3::Hasher::new();
    for text in TEXTS {
        hasher.update(text.as_bytes());
    }
    assert_eq!(hasher.finalize().to_hex().as_str(), DIGEST);
}

#[tokio::test]
async fn older_books_keep_every_row() {
    let dir = tempfile::tempdir().unwrap();
    let mut old = old_books(dir.path()).await;
    let (tables, named) = (tables(&mut old).await, indexes(&mut old).await);
    let before = rows(&mut old, &tables).await;
    assert_eq!(before.values().find(|rows| rows.is_empty()), None, "a table without rows shows nothing");
    old.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    books.close().await.unwrap();

    let mut new = connect(dir.path()).await;
    let mut after = rows(&mut new, &tables).await;
    let versions = after.get_mut("schema_versions").unwrap();
    assert_eq!(versions.len(), 2, "the step is entered");
    versions.truncate(1);
    assert_eq!(after, before);
    assert_eq!(texts(&mut new, "SELECT \"table\" FROM pragma_foreign_key_check").await, Vec::<String>::new());
    let mut expected = [named, vec!["claims_by_rerate".to_owned()]].concat();
    expected.sort();
    assert_eq!(indexes(&mut new).await, expected);
    let on =
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'claims' ORDER BY name";
    assert_eq!(texts(&mut new, on).await, ["claims_by_feed", "claims_by_rerate", "claims_unsettled"]);
    assert_eq!(
        texts(&mut new, "SELECT name FROM sqlite_master WHERE name LIKE '%new%' OR sql LIKE '%claims_new%'").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn rebuilt_tables_refuse_what_they_refused() {
    let dir = tempfile::tempdir().unwrap();
    old_books(dir.path()).await.close().await.unwrap();
    Books::open(dir.path(), Mode::Writer).await.unwrap().close().await.unwrap();
    let mut new = connect(dir.path()).await;
    let cases = [
        ("INSERT INTO claim_suspense VALUES (0, 9, 5, 1)", "FOREIGN KEY"),
        ("UPDATE claims SET feed = 9 WHERE partition_no = 0 AND seq = 0", "FOREIGN KEY"),
        ("UPDATE claims SET partition_no = 9 WHERE id = 'claim_5'", "FOREIGN KEY"),
        ("UPDATE claims SET id = 'claim_0' WHERE id = 'claim_1'", "UNIQUE"),
        ("UPDATE claims SET seq = 0 WHERE id = 'claim_4'", "UNIQUE"),
        ("UPDATE claims SET state = 'lost' WHERE id = 'claim_1'", "CHECK"),
        ("UPDATE claims SET feed_kind = 'other' WHERE id = 'claim_1'", "CHECK"),
        ("UPDATE claims SET feed = 1 WHERE id = 'claim_1'", "CHECK"),
        ("UPDATE claims SET feed_kind = 'rerate' WHERE id = 'claim_1'", "CHECK"),
        ("UPDATE claims SET feed_kind = 'rerate', rerate = 1 WHERE id = 'claim_1'", "FOREIGN KEY"),
        ("UPDATE claims SET digest = NULL WHERE id = 'claim_1'", "NOT NULL"),
    ];
    for (statement, why) in cases {
        let refused = run(&mut new, statement).await.unwrap_err();
        assert!(refused.contains(why), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn older_books_go_on() {
    let dir = tempfile::tempdir().unwrap();
    old_books(dir.path()).await.close().await.unwrap();
    let error = Books::open(dir.path(), Mode::Reader).await.unwrap_err();
    let expected = "an older program made them (schema 1, this one needs 2); \
        run a command that writes, such as catalog load, to bring them up to date";
    assert!(matches!(&error, Error::Damaged(text) if text.ends_with(expected)), "{error}");

    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    Books::open(dir.path(), Mode::Reader).await.unwrap().close().await.unwrap();
    let state = books.partition(0).await.unwrap();
    assert_eq!(state.cursor, Some((3, "claim_3".to_owned())));
    let [unsettled] = state.unsettled.try_into().unwrap();
    assert_eq!(unsettled.request.id, "claim_4");
    let batches = books.batches().await.unwrap();
    assert_eq!(batches.len(), 6);
    assert_eq!(batches[1].claim.request.range, 0..u64::MAX);
    assert_eq!(batches[0].counts.suspense.len(), 2);
    assert_eq!(books.settle(&settlement(unsettled, Vec::new())).await.unwrap(), SettleOutcome::Settled);

    let what = RerateWhat::Rate { catalog_version: 2, scope: Scope::default() };
    let rerate = books.add_rerate("fix", &what, Instant(0)).await.unwrap().rerate.number;
    let mut next = request(5, "claim_6", Some("claim_4"));
    (next.feed, next.catalog_version) = (Feed::Rerate { rerate }, 2);
    let mut settled = settlement(claim(&books, next).await, Vec::new());
    settled.rerated = Some(Rerated::default());
    assert_eq!(books.settle(&settled).await.unwrap(), SettleOutcome::Settled);
    assert_eq!(books.partition(0).await.unwrap().cursor, Some((5, "claim_6".to_owned())));
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut old = old_books(dir.path()).await;
    // In the way of the last table that the step makes.
    run(&mut old, "CREATE TABLE rerate_moved (x BIGINT); INSERT INTO rerate_moved VALUES (1)").await.unwrap();
    let tables = tables(&mut old).await;
    let before = rows(&mut old, &tables).await;
    let error = Books::open(dir.path(), Mode::Writer).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("rerate_moved")), "{error}");
    assert_eq!(self::tables(&mut old).await, tables);
    assert_eq!(rows(&mut old, &tables).await, before);
    run(&mut old, "DROP TABLE rerate_moved").await.unwrap();
    old.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    assert_eq!(books.rerates().await.unwrap(), []);
    let published = books.publish(&catalogs::spec(), Instant(0)).await;
    assert!(published.is_err(), "the catalogs of these books were made up");
}
