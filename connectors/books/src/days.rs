//! Open and closed posting days, and closing one: its accruals become transactions of the ledger.

use crate::Books;
use crate::column::{Columns, hex};
use crate::error::failed;
use crate::ledger::{self, Transaction};
use crate::names::ROWS_PER_STATEMENT;
use crate::state::{State, state};
use crate::transaction::begin_read;
use didtron_domain::{Currency, Day};
use didtron_ports::Error;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// A posting day as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRecord {
    /// The day.
    pub day: Day,
    /// Whether its accruals are posted; nothing can be added to it any more.
    pub closed: bool,
    /// By currency, in its alphabetical order.
    pub totals: Vec<DayTotal>,
}

/// What a day came to in one currency, in micro-units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTotal {
    /// The carriers' account currency.
    pub currency: Currency,
    /// What customers owe for it.
    pub receivable: i64,
    /// What suppliers are owed for it.
    pub cost: i64,
}

impl Books {
    /// The days that have anything posted or accruing, first to last.
    pub async fn days(&self) -> Result<Vec<DayRecord>, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        let state = state(&mut transaction).await?;
        let rows = sqlx::query(
            "SELECT e.posting_day AS posting_day, e.currency AS currency, \
             CAST(SUM(CASE WHEN a.kind = 'receivable' THEN e.amount ELSE 0 END) AS BIGINT) AS receivable, \
             CAST(SUM(CASE WHEN a.kind = 'cost' THEN e.amount ELSE 0 END) AS BIGINT) AS cost \
             FROM all_entries e JOIN accounts a ON a.id = e.account \
             GROUP BY e.posting_day, e.currency ORDER BY e.posting_day, e.currency",
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed("read the posting days"))?;
        let mut days: Vec<DayRecord> = Vec::new();
        for row in &rows {
            let row = Columns(row);
            let day = row.day("posting_day")?;
            let total = DayTotal {
                currency: row.currency("currency")?,
                receivable: row.integer("receivable")?,
                cost: row.integer("cost")?,
            };
            match days.last_mut().filter(|last| last.day == day) {
                Some(last) => last.totals.push(total),
                None => days.push(DayRecord { day, closed: day <= state.closed_through, totals: vec![total] }),
            }
        }
        Ok(days)
    }

    /// The first day into which new claims may post; 0001-01-01 while no day was ever closed.
    pub async fn first_open_day(&self) -> Result<Day, Error> {
        Ok(state(&mut *self.reader().await?).await?.first_open_day)
    }

    /// The last closed day; `None` while none is.
    pub async fn closed_through(&self) -> Result<Option<Day>, Error> {
        let closed = state(&mut *self.reader().await?).await?.closed_through;
        Ok(Some(closed).filter(|day| *day > BEFORE_ALL))
    }
}

/// What `closed_through` says while no day is closed: 0000-12-31.
const BEFORE_ALL: Day = Day(-719_163);

/// Lets new claims post after `day` only; never lowers what was raised before.
pub(crate) async fn raise(connection: &mut SqliteConnection, day: Day) -> Result<(), Error> {
    sqlx::query("UPDATE books_state SET first_open_day = $1 WHERE only_row = 1 AND first_open_day < $1")
        .bind(i64::from(day.plus(1).0))
        .execute(connection)
        .await
        .map_err(failed("raise the first open day"))?;
    Ok(())
}

/// Posts the accruals up to `day`, unless an unsettled claim may still add to one of those days. Nothing that the
/// caller then commits leaves a new claim that could: the first open day is raised here too.
pub(crate) async fn close(connection: &mut SqliteConnection, day: Day) -> Result<bool, Error> {
    if is_awaited(connection, day).await? {
        return Ok(false);
    }
    let state = state(connection).await?;
    if state.closed_through >= day {
        return Ok(true);
    }
    raise(connection, day).await?;
    let posted = post(connection, day, &state).await?;
    sqlx::query("DELETE FROM accruals WHERE posting_day <= $1")
        .bind(i64::from(day.0))
        .execute(&mut *connection)
        .await
        .map_err(failed("clear the accruals of closed days"))?;
    let (count, hash) = posted.last().map_or((state.ledger_count, state.ledger_hash), |last| (last.number, last.hash));
    sqlx::query("UPDATE books_state SET closed_through = $1, ledger_count = $2, ledger_hash = $3 WHERE only_row = 1")
        .bind(i64::from(day.0))
        .bind(crate::column::stored(count, "the ledger's length")?)
        .bind(hex(&hash))
        .execute(connection)
        .await
        .map_err(failed("close a day"))?;
    Ok(true)
}

async fn is_awaited(connection: &mut SqliteConnection, day: Day) -> Result<bool, Error> {
    let row = sqlx::query("SELECT 1 AS found FROM claims WHERE state = 'claimed' AND first_open_day <= $1 LIMIT 1")
        .bind(i64::from(day.0))
        .fetch_optional(connection)
        .await
        .map_err(failed("look for unsettled claims"))?;
    Ok(row.is_some())
}

/// One transaction per pair of accounts and day, chained to the ledger's last.
async fn post(connection: &mut SqliteConnection, day: Day, state: &State) -> Result<Vec<Transaction>, Error> {
    let rows = sqlx::query(
        "SELECT a.posting_day AS posting_day, a.account AS account, a.contra AS contra, a.currency AS currency, \
         d.name AS account_name, c.name AS contra_name, CAST(SUM(a.amount) AS BIGINT) AS amount \
         FROM accruals a JOIN accounts d ON d.id = a.account JOIN accounts c ON c.id = a.contra \
         WHERE a.posting_day <= $1 \
         GROUP BY a.posting_day, a.account, a.contra, a.currency, d.name, c.name \
         ORDER BY a.posting_day, d.name, c.name",
    )
    .bind(i64::from(day.0))
    .fetch_all(&mut *connection)
    .await
    .map_err(failed("add up the accruals of a day"))?;
    let (mut number, mut previous) = (state.ledger_count, state.ledger_hash);
    let mut posted = Vec::new();
    let mut accounts = Vec::new();
    for row in &rows {
        let row = Columns(row);
        if row.integer("amount")? == 0 {
            continue;
        }
        number += 1;
        let transaction = ledger::chain(row, number, previous)?;
        previous = transaction.hash;
        posted.push(transaction);
        accounts.push((row.integer("account")?, row.integer("contra")?));
    }
    insert(connection, &posted, &accounts).await?;
    Ok(posted)
}

async fn insert(
    connection: &mut SqliteConnection,
    posted: &[Transaction],
    accounts: &[(i64, i64)],
) -> Result<(), Error> {
    for (posted, accounts) in posted.chunks(ROWS_PER_STATEMENT).zip(accounts.chunks(ROWS_PER_STATEMENT)) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO ledger_transactions \
             (number, id, posting_day, account, contra, currency, amount, previous_hash, hash) ",
        );
        statement.push_values(posted.iter().zip(accounts), |mut row, (transaction, (account, contra))| {
            row.push_bind(transaction.number.cast_signed())
                .push_bind(transaction.id.as_str())
                .push_bind(i64::from(transaction.day.0))
                .push_bind(*account)
                .push_bind(*contra)
                .push_bind(transaction.currency.to_string())
                .push_bind(transaction.amount)
                .push_bind(hex(&transaction.previous_hash))
                .push_bind(hex(&transaction.hash));
        });
        statement.build().persistent(false).execute(&mut *connection).await.map_err(failed("post to the ledger"))?;
    }
    Ok(())
}
