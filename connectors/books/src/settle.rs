//! Settling a batch: the cursor moves by compare-and-swap, and everything the batch adds is added with it, or nothing.

use crate::accruals;
use crate::column::stored;
use crate::error::failed;
use crate::files;
use crate::open::{Books, Writer};
use crate::rerates::rerated;
use crate::transaction::{begin, commit};
use didtron_domain::Reason;
use didtron_ports::{ClaimRequest, Error, SettleOutcome, Settlement};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// See [`didtron_ports::Books::settle`].
pub(crate) async fn settle(books: &Books, settlement: &Settlement) -> Result<SettleOutcome, Error> {
    let mut writer = books.writer().await?;
    let Writer { connection, accounts } = &mut *writer;
    let mut transaction = begin(connection).await?;
    let request = &settlement.claim.request;
    // Dropping the transaction undoes the half of the swap that succeeded.
    if !move_cursor(&mut transaction, request).await? || !mark_settled(&mut transaction, settlement).await? {
        return Ok(SettleOutcome::Lost);
    }
    let found = accruals::add(&mut transaction, request.partition, &settlement.accruals, accounts).await?;
    add_suspense(&mut transaction, request, &settlement.counts.suspense).await?;
    rerated::add(&mut transaction, settlement).await?;
    files::insert(&mut transaction, &settlement.files).await?;
    commit(transaction).await?;
    // Only now: a pair of accounts that was rolled back must be created again.
    accounts.extend(found);
    Ok(SettleOutcome::Settled)
}

async fn move_cursor(connection: &mut SqliteConnection, request: &ClaimRequest) -> Result<bool, Error> {
    let result = sqlx::query(
        "UPDATE partitions SET cursor_seq = $3, cursor_claim = $4 \
         WHERE partition_no = $1 AND cursor_claim = $2 AND cursor_seq < $3",
    )
    .bind(i64::from(request.partition))
    .bind(request.predecessor.as_deref().unwrap_or(""))
    .bind(stored(request.seq, "a batch's number")?)
    .bind(&request.id)
    .execute(connection)
    .await
    .map_err(failed("move a cursor"))?;
    Ok(result.rows_affected() == 1)
}

async fn mark_settled(connection: &mut SqliteConnection, settlement: &Settlement) -> Result<bool, Error> {
    let (request, counts) = (&settlement.claim.request, &settlement.counts);
    let result = sqlx::query(
        "UPDATE claims SET state = 'settled', record_count = $4, usage_row_count = $5, duplicate_count = $6, \
         call_count = $7, usage_digest = $8 WHERE partition_no = $1 AND seq = $2 AND id = $3 AND state = 'claimed'",
    )
    .bind(i64::from(request.partition))
    .bind(stored(request.seq, "a batch's number")?)
    .bind(&request.id)
    .bind(stored(counts.records, "a count of records")?)
    .bind(stored(counts.usage_rows, "a count of usage rows")?)
    .bind(stored(counts.duplicates, "a count of duplicates")?)
    .bind(stored(counts.calls, "a count of calls")?)
    .bind(format!("{:032x}", settlement.digest.0))
    .execute(connection)
    .await
    .map_err(failed("settle a claim"))?;
    Ok(result.rows_affected() == 1)
}

async fn add_suspense(
    connection: &mut SqliteConnection,
    request: &ClaimRequest,
    suspense: &[(Reason, i64)],
) -> Result<(), Error> {
    if suspense.is_empty() {
        return Ok(());
    }
    let seq = stored(request.seq, "a batch's number")?;
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO claim_suspense (partition_no, seq, reason, waiting) ");
    insert.push_values(suspense, |mut row, (reason, waiting)| {
        row.push_bind(i64::from(request.partition))
            .push_bind(seq)
            .push_bind(i64::from(reason.code()))
            .push_bind(*waiting);
    });
    insert.build().execute(connection).await.map_err(failed("store a batch's counts"))?;
    Ok(())
}
