//! How far a re-rate has come, and what it did so far: the sums of its settled batches.

use super::{Key, all, find};
use crate::Books;
use crate::audit::BatchState;
use crate::column::Columns;
use crate::error::failed;
use crate::transaction::begin_read;
use didtron_domain::{Currency, IdentityKey, Side};
use didtron_ports::{Error, Kept, Moved, Rerate};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// How far a re-rate has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RerateState {
    /// Calls whose [`IdentityKey::range_hash`] is below are done in every partition; what lies beyond may be in part.
    Unfinished { done_through: u64 },
    /// All calls are.
    Done,
}

/// A re-rate, and what its settled batches did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerateRecord {
    pub rerate: Rerate,
    pub state: RerateState,
    /// Calls in scope.
    pub calls: u64,
    /// Those whose figures changed.
    pub changed: u64,
    /// Those that keep their rating, by why, in the order of causes; none with 0.
    pub kept: Vec<(Kept, u64)>,
    /// The base currency and what revenue and cost differ by, in micro-units, new less old; `None` while nothing
    /// changed.
    pub differences: Option<(Currency, i128, i128)>,
}

impl Books {
    /// Every re-rate in the order in which they began, all of one state of the books.
    pub async fn rerates(&self) -> Result<Vec<RerateRecord>, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        let mut records = Vec::new();
        for rerate in all(&mut transaction).await? {
            records.push(record(&mut transaction, rerate).await?);
        }
        Ok(records)
    }

    /// A re-rate by its id, and what it moved by account and days, in order, none with 0; all of one state of the books.
    /// `None` when there is none.
    pub async fn rerate_record(&self, id: &str) -> Result<Option<(RerateRecord, Vec<Moved>)>, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        match find(&mut transaction, Key::Id(id)).await? {
            Some(rerate) => {
                let moved = moved(&mut transaction, rerate.number).await?;
                Ok(Some((record(&mut transaction, rerate).await?, moved)))
            }
            None => Ok(None),
        }
    }
}

async fn record(connection: &mut SqliteConnection, rerate: Rerate) -> Result<RerateRecord, Error> {
    let sums = sums(connection, rerate.number).await?;
    Ok(RerateRecord {
        state: sums.state(),
        calls: sums.calls,
        changed: sums.changed,
        kept: kept(connection, rerate.number).await?,
        differences: sums.differences,
        rerate,
    })
}

/// What the claims of a re-rate come to.
#[derive(Default)]
struct Sums {
    /// For each partition that has claims of it, how far its settled ranges go from 0 on without a gap.
    through: BTreeMap<u32, u64>,
    calls: u64,
    changed: u64,
    differences: Option<(Currency, i128, i128)>,
}

async fn sums(connection: &mut SqliteConnection, number: i64) -> Result<Sums, Error> {
    let rows = sqlx::query(
        "SELECT c.partition_no AS partition_no, c.state AS state, c.range_start AS range_start, \
         c.range_end AS range_end, b.call_count AS calls, b.changed_count AS changed, b.currency AS currency, \
         b.revenue AS revenue, b.cost AS cost \
         FROM claims c LEFT JOIN rerate_batches b ON b.partition_no = c.partition_no AND b.seq = c.seq \
         WHERE c.rerate = $1 ORDER BY c.partition_no, c.range_start, c.seq",
    )
    .bind(number)
    .fetch_all(connection)
    .await
    .map_err(failed("read the batches of a re-rate"))?;
    let mut sums = Sums::default();
    for row in &rows {
        sums.add(Columns(row))?;
    }
    Ok(sums)
}

impl Sums {
    /// Adds a claim, of which none before begins later in its partition.
    fn add(&mut self, row: Columns<'_>) -> Result<(), Error> {
        let through = self.through.entry(row.number("partition_no")?).or_default();
        if row.word("state", BatchState::parse)? != BatchState::Settled {
            return Ok(());
        }
        if row.integer("range_start")?.cast_unsigned() <= *through {
            *through = (*through).max(row.integer("range_end")?.cast_unsigned());
        }
        self.calls = count(self.calls, row.number("calls")?)?;
        self.changed = count(self.changed, row.number("changed")?)?;
        let Some(currency) = row.some_word("currency", |code| Currency::parse(code).ok())? else { return Ok(()) };
        let (known, revenue, cost) = self.differences.get_or_insert((currency, 0, 0));
        if *known != currency {
            return Err(Error::Damaged(format!(
                "could not add up a re-rate: its base currency is {known} in one batch and {currency} in another"
            )));
        }
        // Of as many batches as there may be, each below 2^63, the sum is far below 2^127.
        *revenue += i128::from(row.integer("revenue")?);
        *cost += i128::from(row.integer("cost")?);
        Ok(())
    }

    fn state(&self) -> RerateState {
        match self.through.values().copied().min().unwrap_or(0) {
            through if through >= IdentityKey::RANGE_END => RerateState::Done,
            done_through => RerateState::Unfinished { done_through },
        }
    }
}

fn count(sum: u64, more: u64) -> Result<u64, Error> {
    let overflow = || Error::Damaged(format!("could not add up the calls of a re-rate: {sum} and {more} are too many"));
    sum.checked_add(more).ok_or_else(overflow)
}

async fn kept(connection: &mut SqliteConnection, number: i64) -> Result<Vec<(Kept, u64)>, Error> {
    let rows = sqlx::query(
        "SELECT k.cause AS cause, CAST(SUM(k.call_count) AS BIGINT) AS calls \
         FROM claims c JOIN rerate_kept k ON k.partition_no = c.partition_no AND k.seq = c.seq \
         WHERE c.rerate = $1 GROUP BY k.cause",
    )
    .bind(number)
    .fetch_all(connection)
    .await
    .map_err(failed("read why calls keep their rating"))?;
    let read = |row: &SqliteRow| Ok((Columns(row).word("cause", Kept::parse)?, Columns(row).number("calls")?));
    let mut kept = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    kept.sort_unstable();
    Ok(kept)
}

async fn moved(connection: &mut SqliteConnection, number: i64) -> Result<Vec<Moved>, Error> {
    let rows = sqlx::query(
        "SELECT carrier, side, currency, answer_day, posting_day, amount FROM rerate_moved \
         WHERE rerate = $1 AND amount <> 0 ORDER BY carrier, side, currency, answer_day, posting_day",
    )
    .bind(number)
    .fetch_all(connection)
    .await
    .map_err(failed("read what a re-rate moved"))?;
    let read = |row: &SqliteRow| {
        let row = Columns(row);
        Ok(Moved {
            carrier: row.name_id("carrier")?,
            side: row.word("side", Side::parse)?,
            currency: row.currency("currency")?,
            answer_day: row.day("answer_day")?,
            posting_day: row.day("posting_day")?,
            amount: row.integer("amount")?,
        })
    };
    rows.iter().map(read).collect()
}
