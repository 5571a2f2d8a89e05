//! What an audit compares the usage store with, read as one state of the books.

use crate::Books;
use crate::claims::{claim, reason_of};
use crate::column::Columns;
use crate::error::failed;
use crate::files;
use crate::ledger::{self, AccountKind, Balance};
use crate::transaction::begin_read;
use didtron_domain::{Currency, Day, NameId, Reason, Side, UsageDigest};
use didtron_ports::{Claim, Counts, Error, KnownFeed, StoredFile};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatchState {
    /// Claimed, not settled yet.
    Claimed,
    /// Its money and its rows count.
    Settled,
    /// It keeps its place; nothing of it counts.
    Voided,
}

impl BatchState {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "claimed" => Some(Self::Claimed),
            "settled" => Some(Self::Settled),
            "voided" => Some(Self::Voided),
            _ => None,
        }
    }
}

/// A batch of a partition's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// As claimed.
    pub claim: Claim,
    /// What became of it.
    pub state: BatchState,
    /// The operator's word, on a voided one.
    pub void_note: Option<String>,
    /// Zero until it is settled.
    pub counts: Counts,
    /// Its part of the usage digest.
    pub digest: UsageDigest,
}

/// What the ledger holds for one carrier, side, currency and posting day: posted, accruing or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccruedTotal {
    /// The carrier.
    pub carrier: NameId,
    /// The customer's side counts receivables, the supplier's costs.
    pub side: Side,
    /// Of the carrier's account.
    pub currency: Currency,
    /// The posting day.
    pub day: Day,
    /// Micro-units; never 0.
    pub amount: i64,
}

/// One state of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// Every batch, by partition and number.
    pub batches: Vec<BatchRecord>,
    /// Totals that are not 0, by day, carrier, side and currency.
    pub accrued: Vec<AccruedTotal>,
    /// The live files of every partition.
    pub files: Vec<StoredFile>,
    /// Every account.
    pub balances: Vec<Balance>,
    /// Everything that was ever read.
    pub feeds: Vec<KnownFeed>,
}

impl Books {
    /// Reads everything that an audit needs in one transaction, so that batches settled meanwhile are in all or none.
    pub async fn audit_view(&self) -> Result<AuditView, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        Ok(AuditView {
            batches: batches(&mut transaction).await?,
            accrued: accrued(&mut transaction).await?,
            files: files::all_live(&mut transaction).await?,
            balances: ledger::balances(&mut transaction).await?,
            feeds: crate::feeds::all(&mut transaction).await?,
        })
    }

    /// Every batch, by partition and number.
    pub async fn batches(&self) -> Result<Vec<BatchRecord>, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        batches(&mut transaction).await
    }

    /// Totals per carrier, side, currency and posting day.
    pub async fn accrued_by(&self) -> Result<Vec<AccruedTotal>, Error> {
        accrued(&mut *self.reader().await?).await
    }

    /// Everything that was ever read.
    pub async fn all_feeds(&self) -> Result<Vec<KnownFeed>, Error> {
        crate::feeds::all(&mut *self.reader().await?).await
    }
}

async fn batches(connection: &mut SqliteConnection) -> Result<Vec<BatchRecord>, Error> {
    let mut suspense = suspense(connection).await?;
    let query = sqlx::query("SELECT * FROM claims ORDER BY partition_no, seq");
    let rows = query.fetch_all(connection).await.map_err(failed("read the claims"))?;
    rows.iter()
        .map(|found| {
            let (claim, row) = (claim(found)?, Columns(found));
            let place = (claim.request.partition, claim.request.seq);
            Ok(BatchRecord {
                state: row.word("state", BatchState::parse)?,
                void_note: row.some_text("void_note")?,
                counts: Counts {
                    records: row.number("record_count")?,
                    usage_rows: row.number("usage_row_count")?,
                    duplicates: row.number("duplicate_count")?,
                    calls: row.number("call_count")?,
                    // A batch without an entry changed no reason's count.
                    suspense: suspense.remove(&place).unwrap_or_default(),
                },
                digest: row.usage_digest("usage_digest")?,
                claim,
            })
        })
        .collect()
}

type SuspenseCounts = HashMap<(u32, u64), Vec<(Reason, i64)>>;

async fn suspense(connection: &mut SqliteConnection) -> Result<SuspenseCounts, Error> {
    let rows = sqlx::query("SELECT * FROM claim_suspense ORDER BY partition_no, seq, reason")
        .fetch_all(connection)
        .await
        .map_err(failed("read the counts of suspense"))?;
    let mut counts = SuspenseCounts::new();
    for row in &rows {
        let row = Columns(row);
        let reason = reason_of(row.integer("reason")?)?;
        let place = (row.number("partition_no")?, row.number("seq")?);
        counts.entry(place).or_default().push((reason, row.integer("waiting")?));
    }
    Ok(counts)
}

async fn accrued(connection: &mut SqliteConnection) -> Result<Vec<AccruedTotal>, Error> {
    let rows = sqlx::query(
        "SELECT a.carrier AS carrier, a.kind AS kind, a.currency AS currency, e.posting_day AS posting_day, \
         CAST(SUM(e.amount) AS BIGINT) AS amount \
         FROM all_entries e JOIN accounts a ON a.id = e.account WHERE a.kind IN ('receivable', 'cost') \
         GROUP BY a.carrier, a.kind, a.currency, e.posting_day HAVING SUM(e.amount) <> 0 \
         ORDER BY e.posting_day, a.carrier, a.kind DESC, a.currency",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("add up the ledger"))?;
    let side = |word: &str| {
        AccountKind::parse(word).and_then(|kind| {
            [Side::Customer, Side::Supplier].into_iter().find(|side| AccountKind::of_side(*side).0 == kind)
        })
    };
    rows.iter()
        .map(|row| {
            let row = Columns(row);
            Ok(AccruedTotal {
                carrier: row.name_id("carrier")?,
                side: row.word("kind", side)?,
                currency: row.currency("currency")?,
                day: row.day("posting_day")?,
                amount: row.integer("amount")?,
            })
        })
        .collect()
}
