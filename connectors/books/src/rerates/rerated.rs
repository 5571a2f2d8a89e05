//! What a settling batch of a re-rate did, added to its entry's sums.

use crate::column::{Columns, stored};
use crate::error::failed;
use crate::names::ROWS_PER_STATEMENT;
use didtron_domain::Currency;
use didtron_ports::{ClaimRequest, Error, Feed, Kept, Moved, Rerated, Settlement};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::BTreeMap;

/// Stores what a re-rate's batch did; other batches bring nothing.
pub(crate) async fn add(connection: &mut SqliteConnection, settlement: &Settlement) -> Result<(), Error> {
    let request = &settlement.claim.request;
    match (&request.feed, &settlement.rerated) {
        (Feed::Rerate { rerate }, Some(rerated)) => {
            if let Some(currency) = rerated.base_currency {
                check_currency(connection, *rerate, currency).await?;
            }
            add_batch(connection, request, rerated).await?;
            add_kept(connection, request, &rerated.kept).await?;
            add_moved(connection, *rerate, &rerated.moved).await
        }
        (Feed::Rerate { .. }, None) => Err(refused(request, "it rates calls again and does not say what came of it")),
        (_, Some(_)) => Err(refused(request, "it is no re-rate's and brings what one did")),
        (_, None) => Ok(()),
    }
}

fn refused(request: &ClaimRequest, why: &str) -> Error {
    Error::Damaged(format!("could not settle batch {} ({}): {why}; nothing was settled", request.seq, request.id))
}

/// Sums in two currencies would add up to nothing that means anything.
async fn check_currency(connection: &mut SqliteConnection, rerate: i64, currency: Currency) -> Result<(), Error> {
    let row = sqlx::query(
        "SELECT b.currency AS currency FROM claims c \
         JOIN rerate_batches b ON b.partition_no = c.partition_no AND b.seq = c.seq \
         WHERE c.rerate = $1 AND b.currency IS NOT NULL LIMIT 1",
    )
    .bind(rerate)
    .fetch_optional(connection)
    .await
    .map_err(failed("read a re-rate's base currency"))?;
    match row.as_ref().map(|row| Columns(row).currency("currency")).transpose()? {
        Some(known) if known != currency => Err(Error::Damaged(format!(
            "could not add up re-rate {rerate}: its base currency was {known} in earlier batches and is {currency} in \
             this one; nothing was settled"
        ))),
        _ => Ok(()),
    }
}

async fn add_batch(connection: &mut SqliteConnection, request: &ClaimRequest, rerated: &Rerated) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO rerate_batches (partition_no, seq, call_count, changed_count, currency, revenue, cost) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(i64::from(request.partition))
    .bind(stored(request.seq, "a batch's number")?)
    .bind(stored(rerated.calls, "a count of calls")?)
    .bind(stored(rerated.changed, "a count of changed calls")?)
    .bind(rerated.base_currency.map(|currency| currency.to_string()))
    .bind(rerated.revenue)
    .bind(rerated.cost)
    .execute(connection)
    .await
    .map_err(failed("store what a re-rate's batch did"))?;
    Ok(())
}

async fn add_kept(
    connection: &mut SqliteConnection,
    request: &ClaimRequest,
    kept: &[(Kept, u64)],
) -> Result<(), Error> {
    for (cause, calls) in kept {
        sqlx::query("INSERT INTO rerate_kept (partition_no, seq, cause, call_count) VALUES ($1, $2, $3, $4)")
            .bind(i64::from(request.partition))
            .bind(stored(request.seq, "a batch's number")?)
            .bind(cause.as_str())
            .bind(stored(*calls, "a count of calls")?)
            .execute(&mut *connection)
            .await
            .map_err(failed("store why calls keep their rating"))?;
    }
    Ok(())
}

/// One statement for up to a thousand accounts and days.
async fn add_moved(connection: &mut SqliteConnection, rerate: i64, moved: &[Moved]) -> Result<(), Error> {
    let sums: Vec<(Moved, i64)> = add_up(moved)?.into_iter().filter(|(_, amount)| *amount != 0).collect();
    for rows in sums.chunks(ROWS_PER_STATEMENT) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO rerate_moved (rerate, carrier, side, currency, answer_day, posting_day, amount) ",
        );
        statement.push_values(rows, |mut row, (key, amount)| {
            row.push_bind(rerate)
                .push_bind(i64::from(key.carrier.0))
                .push_bind(key.side.as_str())
                .push_bind(key.currency.to_string())
                .push_bind(i64::from(key.answer_day.0))
                .push_bind(i64::from(key.posting_day.0))
                .push_bind(*amount);
        });
        statement.push(
            " ON CONFLICT (rerate, carrier, side, currency, answer_day, posting_day) \
             DO UPDATE SET amount = rerate_moved.amount + excluded.amount",
        );
        statement.build().execute(&mut *connection).await.map_err(failed("add up what a re-rate moved"))?;
    }
    Ok(())
}

/// Amounts by account and days; the keys say 0. PostgreSQL refuses to upsert a row twice in one statement.
fn add_up(moved: &[Moved]) -> Result<BTreeMap<Moved, i64>, Error> {
    let mut sums = BTreeMap::<Moved, i64>::new();
    for part in moved {
        let sum = sums.entry(Moved { amount: 0, ..*part }).or_default();
        *sum = sum.checked_add(part.amount).ok_or_else(|| {
            Error::Damaged(format!(
                "could not add up what a re-rate moved: the sum of name {} on {} in {} leaves the range of an amount",
                part.carrier.0, part.answer_day, part.currency
            ))
        })?;
    }
    Ok(sums)
}
