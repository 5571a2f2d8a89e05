//! What settled batches add to open days, per pair of accounts.

use crate::column::Columns;
use crate::error::failed;
use crate::ledger::AccountKind;
use crate::names::ROWS_PER_STATEMENT;
use crate::open::AccountPairs;
use didtron_domain::{Currency, Day, NameId, Side};
use didtron_ports::{Accrual, Error};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::BTreeMap;

/// Posting day, account, contra account and their currency.
type Key = (Day, i64, i64, Currency);

/// Adds accruals and returns the pairs of accounts that `known` lacks: good once the transaction is committed.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    partition: u32,
    accruals: &[Accrual],
    known: &AccountPairs,
) -> Result<AccountPairs, Error> {
    refuse_closed_days(connection, accruals).await?;
    let mut found = AccountPairs::new();
    let mut sums = BTreeMap::<Key, i64>::new();
    for accrual in accruals {
        let key = (accrual.carrier, accrual.side, accrual.currency);
        let (account, contra) = match known.get(&key).or_else(|| found.get(&key)) {
            Some(pair) => *pair,
            None => {
                let pair = account_pair(connection, key).await?;
                found.insert(key, pair);
                pair
            }
        };
        let sum = sums.entry((accrual.day, account, contra, accrual.currency)).or_default();
        *sum = sum.checked_add(accrual.amount).ok_or_else(|| overflow(accrual))?;
    }
    sums.retain(|_, amount| *amount != 0);
    upsert(connection, partition, &sums.into_iter().collect::<Vec<_>>()).await?;
    Ok(found)
}

fn overflow(accrual: &Accrual) -> Error {
    Error::Damaged(format!(
        "could not add the accruals of a batch: those of name {} on {} in {} leave the range of an amount",
        accrual.carrier.0, accrual.day, accrual.currency
    ))
}

async fn refuse_closed_days(connection: &mut SqliteConnection, accruals: &[Accrual]) -> Result<(), Error> {
    let row = sqlx::query("SELECT closed_through FROM books_state WHERE only_row = 1")
        .fetch_one(connection)
        .await
        .map_err(failed("read the closed days"))?;
    let closed = Columns(&row).day("closed_through")?;
    match accruals.iter().find(|accrual| accrual.day <= closed) {
        None => Ok(()),
        Some(accrual) => Err(Error::Damaged(format!(
            "could not add the accruals of a batch: {} is closed (days through {closed} are); nothing was settled",
            accrual.day
        ))),
    }
}

/// One statement for up to a thousand pairs and days.
async fn upsert(connection: &mut SqliteConnection, partition: u32, sums: &[(Key, i64)]) -> Result<(), Error> {
    for rows in sums.chunks(ROWS_PER_STATEMENT) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO accruals (account, contra, currency, posting_day, partition_no, amount) ",
        );
        statement.push_values(rows, |mut row, ((day, account, contra, currency), amount)| {
            row.push_bind(*account)
                .push_bind(*contra)
                .push_bind(currency.to_string())
                .push_bind(i64::from(day.0))
                .push_bind(i64::from(partition))
                .push_bind(*amount);
        });
        statement.push(
            " ON CONFLICT (posting_day, account, contra, partition_no) \
             DO UPDATE SET amount = accruals.amount + excluded.amount",
        );
        statement.build().execute(&mut *connection).await.map_err(failed("add the accruals of a batch"))?;
    }
    Ok(())
}

/// The accounts that a side's money moves between, opened where they are new.
async fn account_pair(
    connection: &mut SqliteConnection,
    (carrier, side, currency): (NameId, Side, Currency),
) -> Result<(i64, i64), Error> {
    let (kind, contra) = AccountKind::of_side(side);
    let account = account(connection, carrier, kind, currency).await?;
    Ok((account, self::account(connection, carrier, contra, currency).await?))
}

async fn account(
    connection: &mut SqliteConnection,
    carrier: NameId,
    kind: AccountKind,
    currency: Currency,
) -> Result<i64, Error> {
    let known = sqlx::query("SELECT id FROM accounts WHERE carrier = $1 AND kind = $2 AND currency = $3")
        .bind(i64::from(carrier.0))
        .bind(kind.as_str())
        .bind(currency.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed("look an account up"))?;
    if let Some(row) = known {
        return Columns(&row).integer("id");
    }
    let opened = sqlx::query(
        "INSERT INTO accounts (id, carrier, kind, currency, name) \
         SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM accounts), names.id, $2, $3, names.name || ':' || $2 || ':' || $3 \
         FROM names WHERE names.id = $1 RETURNING id",
    )
    .bind(i64::from(carrier.0))
    .bind(kind.as_str())
    .bind(currency.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed("open an account"))?;
    match opened {
        Some(row) => Columns(&row).integer("id"),
        None => Err(Error::Damaged(format!("could not open an account: name {} is not in the books", carrier.0))),
    }
}
