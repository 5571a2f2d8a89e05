//! Files and streams that were read before, and the parts of them that were claimed.

use crate::column::{Columns, hex, stored};
use crate::error::failed;
use didtron_ports::{ClaimedRange, Error, KnownFeed};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

pub(crate) async fn named(
    connection: &mut SqliteConnection,
    mapping: &str,
    source: &str,
) -> Result<Vec<KnownFeed>, Error> {
    let rows = sqlx::query("SELECT * FROM feeds WHERE mapping = $1 AND source = $2 ORDER BY id")
        .bind(mapping)
        .bind(source)
        .fetch_all(connection)
        .await
        .map_err(failed("read the feeds"))?;
    rows.iter().map(feed).collect()
}

pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<KnownFeed>, Error> {
    let query = sqlx::query("SELECT * FROM feeds ORDER BY id");
    let rows = query.fetch_all(connection).await.map_err(failed("read the feeds"))?;
    rows.iter().map(feed).collect()
}

fn feed(row: &SqliteRow) -> Result<KnownFeed, Error> {
    let row = Columns(row);
    Ok(KnownFeed {
        id: row.integer("id")?,
        mapping: row.text("mapping")?,
        source: row.text("source")?,
        path: row.text("path")?,
        head_bytes: row.number("head_bytes")?,
        head_digest: row.digest("head_digest")?,
    })
}

pub(crate) async fn ranges(connection: &mut SqliteConnection, feed: i64) -> Result<Vec<ClaimedRange>, Error> {
    let rows = sqlx::query(
        "SELECT seq, range_start, range_end, digest, first_line, line_count FROM claims \
         WHERE feed = $1 AND state <> 'voided' ORDER BY seq",
    )
    .bind(feed)
    .fetch_all(connection)
    .await
    .map_err(failed("read the claimed ranges of a feed"))?;
    rows.iter().map(range).collect()
}

/// The claimed range of a row of `claims`.
pub(crate) fn range(row: &SqliteRow) -> Result<ClaimedRange, Error> {
    let row = Columns(row);
    Ok(ClaimedRange {
        seq: row.number("seq")?,
        range: row.integer("range_start")?.cast_unsigned()..row.integer("range_end")?.cast_unsigned(),
        digest: row.digest("digest")?,
        first_line: row.number("first_line")?,
        line_count: row.number("line_count")?,
    })
}

pub(crate) async fn add(connection: &mut SqliteConnection, feed: &KnownFeed) -> Result<i64, Error> {
    let row = sqlx::query(
        "INSERT INTO feeds (id, mapping, source, path, head_bytes, head_digest) \
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM feeds), $1, $2, $3, $4, $5) RETURNING id",
    )
    .bind(&feed.mapping)
    .bind(&feed.source)
    .bind(&feed.path)
    .bind(stored(feed.head_bytes, "the length of a feed's front")?)
    .bind(hex(&feed.head_digest))
    .fetch_one(connection)
    .await
    .map_err(failed("enter a feed"))?;
    Columns(&row).integer("id")
}
