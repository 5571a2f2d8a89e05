//! A partition's list of claims: adding to it, reading it, voiding its end.

use crate::column::{Columns, hex, stored};
use crate::error::failed;
use didtron_domain::Reason;
use didtron_ports::{Claim, ClaimOutcome, ClaimRequest, Error, Feed, PartitionState};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// The cursor's row before the first batch.
const NO_CLAIM: &str = "";

pub(crate) async fn partition(connection: &mut SqliteConnection, partition: u32) -> Result<PartitionState, Error> {
    let row = sqlx::query("SELECT cursor_seq, cursor_claim FROM partitions WHERE partition_no = $1")
        .bind(i64::from(partition))
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed("read a cursor"))?;
    let Some(row) = row else { return Ok(PartitionState::default()) };
    let id = Columns(&row).text("cursor_claim")?;
    let cursor = match id.as_str() {
        NO_CLAIM => None,
        _ => Some((Columns(&row).number("cursor_seq")?, id)),
    };
    let unsettled = unsettled(connection, partition).await?;
    Ok(PartitionState { cursor, unsettled })
}

async fn unsettled(connection: &mut SqliteConnection, partition: u32) -> Result<Vec<Claim>, Error> {
    let rows = sqlx::query(
        "SELECT * FROM claims WHERE partition_no = $1 AND state = 'claimed' \
         AND seq > (SELECT cursor_seq FROM partitions WHERE partition_no = $1) ORDER BY seq",
    )
    .bind(i64::from(partition))
    .fetch_all(connection)
    .await
    .map_err(failed("read the unsettled claims"))?;
    rows.iter().map(claim).collect()
}

/// The claim of a row of `claims`.
pub(crate) fn claim(row: &SqliteRow) -> Result<Claim, Error> {
    let row = Columns(row);
    let predecessor = row.text("predecessor")?;
    let request = ClaimRequest {
        partition: row.number("partition_no")?,
        seq: row.number("seq")?,
        id: row.text("id")?,
        predecessor: (predecessor != NO_CLAIM).then_some(predecessor),
        feed: feed(row)?,
        range: row.integer("range_start")?.cast_unsigned()..row.integer("range_end")?.cast_unsigned(),
        first_line: row.number("first_line")?,
        line_count: row.number("line_count")?,
        digest: row.digest("digest")?,
        catalog_version: row.number("catalog_version")?,
        rating_revision: row.number("rating_revision")?,
        claimed_at: row.instant("claimed_at")?,
        horizon: row.some_integer("horizon")?.map(didtron_domain::Instant),
    };
    Ok(Claim { request, first_open_day: row.day("first_open_day")? })
}

fn feed(row: Columns<'_>) -> Result<Feed, Error> {
    let kind = row.text("feed_kind")?;
    let (feed, rerate) = (row.some_integer("feed")?, row.some_integer("rerate")?);
    match (kind.as_str(), feed, rerate, row.some_integer("reason")?, row.some_text("note")?) {
        ("file", Some(feed), None, None, None) => Ok(Feed::File { feed }),
        ("redrive", None, None, reason, None) => Ok(Feed::Redrive { reason: reason.map(reason_of).transpose()? }),
        ("dismiss", None, None, None, Some(note)) => Ok(Feed::Dismiss { note }),
        ("rerate", None, Some(rerate), None, None) => Ok(Feed::Rerate { rerate }),
        _ => Err(Error::Damaged(format!("could not read a claim's feed: {kind:?} with other columns than its own"))),
    }
}

/// The reason behind a stored code.
pub(crate) fn reason_of(code: i64) -> Result<Reason, Error> {
    let known = u8::try_from(code).ok().and_then(Reason::from_code);
    known.ok_or_else(|| Error::Damaged(format!("could not read a reason from the books: {code} is none")))
}

/// Inserts a claim after the list's last one, which must be the predecessor that the request names.
pub(crate) async fn add(connection: &mut SqliteConnection, request: ClaimRequest) -> Result<ClaimOutcome, Error> {
    let last = last(connection, request.partition).await?;
    if last.as_ref().map(|last| last.id.as_str()) != request.predecessor.as_deref() {
        return Ok(ClaimOutcome::ListMovedOn);
    }
    match last {
        Some(last) => check_follows(&last, &request)?,
        None => add_partition(connection, request.partition).await?,
    }
    let first_open_day = insert(connection, &request).await?;
    Ok(ClaimOutcome::Claimed(Claim { request, first_open_day }))
}

/// What the next claim must follow.
struct Last {
    seq: u64,
    id: String,
    catalog_version: u32,
}

async fn last(connection: &mut SqliteConnection, partition: u32) -> Result<Option<Last>, Error> {
    let row =
        sqlx::query("SELECT seq, id, catalog_version FROM claims WHERE partition_no = $1 ORDER BY seq DESC LIMIT 1")
            .bind(i64::from(partition))
            .fetch_optional(connection)
            .await
            .map_err(failed("read the last claim"))?;
    let read = |row: SqliteRow| {
        let row = Columns(&row);
        Ok(Last { seq: row.number("seq")?, id: row.text("id")?, catalog_version: row.number("catalog_version")? })
    };
    row.map(read).transpose()
}

fn check_follows(last: &Last, request: &ClaimRequest) -> Result<(), Error> {
    let (seq, id) = (request.seq, &request.id);
    if last.seq.checked_add(1) != Some(seq) {
        return Err(Error::Damaged(format!(
            "could not claim batch {seq} ({id}): it does not follow batch {}",
            last.seq
        )));
    }
    if request.catalog_version < last.catalog_version {
        return Err(Error::Damaged(format!(
            "could not claim batch {seq} ({id}): its catalog version {} is below {} of the batch before",
            request.catalog_version, last.catalog_version
        )));
    }
    Ok(())
}

async fn add_partition(connection: &mut SqliteConnection, partition: u32) -> Result<(), Error> {
    sqlx::query("INSERT INTO partitions (partition_no, cursor_seq, cursor_claim) VALUES ($1, -1, '')")
        .bind(i64::from(partition))
        .execute(connection)
        .await
        .map_err(failed("enter a partition"))?;
    Ok(())
}

/// A claim's feed as stored.
#[derive(Default)]
struct FeedColumns<'a> {
    kind: &'static str,
    feed: Option<i64>,
    rerate: Option<i64>,
    reason: Option<i64>,
    note: Option<&'a str>,
}

impl<'a> FeedColumns<'a> {
    fn of(feed: &'a Feed) -> Self {
        match feed {
            Feed::File { feed } => Self { kind: "file", feed: Some(*feed), ..Self::default() },
            Feed::Redrive { reason } => {
                Self { kind: "redrive", reason: reason.map(|reason| i64::from(reason.code())), ..Self::default() }
            }
            Feed::Dismiss { note } => Self { kind: "dismiss", note: Some(note), ..Self::default() },
            Feed::Rerate { rerate } => Self { kind: "rerate", rerate: Some(*rerate), ..Self::default() },
        }
    }
}

/// Reads the first open day in the statement that inserts.
async fn insert(connection: &mut SqliteConnection, request: &ClaimRequest) -> Result<didtron_domain::Day, Error> {
    let feed = FeedColumns::of(&request.feed);
    let row = sqlx::query(
        "INSERT INTO claims (partition_no, seq, id, predecessor, state, feed_kind, feed, rerate, reason, note, \
         range_start, range_end, first_line, line_count, digest, catalog_version, rating_revision, claimed_at, \
         horizon, first_open_day) \
         VALUES ($1, $2, $3, $4, 'claimed', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         (SELECT first_open_day FROM books_state WHERE only_row = 1)) RETURNING first_open_day",
    )
    .bind(i64::from(request.partition))
    .bind(stored(request.seq, "a batch's number")?)
    .bind(&request.id)
    .bind(request.predecessor.as_deref().unwrap_or(NO_CLAIM))
    .bind(feed.kind)
    .bind(feed.feed)
    .bind(feed.rerate)
    .bind(feed.reason)
    .bind(feed.note)
    .bind(request.range.start.cast_signed())
    .bind(request.range.end.cast_signed())
    .bind(stored(request.first_line, "a line's number")?)
    .bind(stored(request.line_count, "a count of lines")?)
    .bind(hex(&request.digest))
    .bind(i64::from(request.catalog_version))
    .bind(i64::from(request.rating_revision))
    .bind(request.claimed_at.0)
    .bind(request.horizon.map(|at| at.0))
    .fetch_one(connection)
    .await
    .map_err(failed("insert a claim"))?;
    Columns(&row).day("first_open_day")
}

/// Voids the unsettled claims of a partition and moves its cursor to the last of them.
pub(crate) async fn void(connection: &mut SqliteConnection, partition: u32, note: &str) -> Result<Vec<Claim>, Error> {
    let voided = unsettled(connection, partition).await?;
    let Some(last) = voided.last() else { return Ok(voided) };
    sqlx::query("UPDATE claims SET state = 'voided', void_note = $2 WHERE partition_no = $1 AND state = 'claimed'")
        .bind(i64::from(partition))
        .bind(note)
        .execute(&mut *connection)
        .await
        .map_err(failed("void the unsettled claims"))?;
    sqlx::query("UPDATE partitions SET cursor_seq = $2, cursor_claim = $3 WHERE partition_no = $1")
        .bind(i64::from(partition))
        .bind(stored(last.request.seq, "a batch's number")?)
        .bind(&last.request.id)
        .execute(connection)
        .await
        .map_err(failed("move the cursor past voided claims"))?;
    Ok(voided)
}
