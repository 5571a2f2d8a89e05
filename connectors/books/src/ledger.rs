//! The ledger: accounts, transactions chained by hash, balances and their digest.

use crate::Books;
use crate::column::Columns;
use crate::error::failed;
use crate::state::state;
use crate::transaction::begin_read;
use didtron_domain::{Currency, Day, NameId, Side};
use didtron_ports::Error;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// What an account is for. A debit balance is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// What a customer owes.
    Receivable,
    /// What was earned from it (negative: a credit balance).
    Revenue,
    /// What a supplier's traffic cost.
    Cost,
    /// What it is owed (negative: a credit balance).
    Payable,
}

impl AccountKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 4] = [Self::Receivable, Self::Revenue, Self::Cost, Self::Payable];

    /// The word in account names and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receivable => "receivable",
            Self::Revenue => "revenue",
            Self::Cost => "cost",
            Self::Payable => "payable",
        }
    }

    /// The kind behind a word; `None` when there is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The account that a side's charge debits, and the one that it credits.
    #[must_use]
    pub const fn of_side(side: Side) -> (Self, Self) {
        match side {
            Side::Customer => (Self::Receivable, Self::Revenue),
            Side::Supplier => (Self::Cost, Self::Payable),
        }
    }
}

/// An account and what stands on it: posted entries and open accruals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Such as `acme:receivable:EUR`.
    pub account: String,
    /// Whose account it is.
    pub carrier: NameId,
    /// What it is for.
    pub kind: AccountKind,
    /// Of the account.
    pub currency: Currency,
    /// Micro-units; positive is a debit balance.
    pub amount: i64,
}

/// A posted transaction: two entries, `amount` on `account` and minus `amount` on `contra`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Counted from 1.
    pub number: u64,
    /// `txn_` and a UUIDv7.
    pub id: String,
    /// The posting day.
    pub day: Day,
    /// The account debited, by name.
    pub account: String,
    /// The account credited, by name.
    pub contra: String,
    /// Of both accounts.
    pub currency: Currency,
    /// Micro-units; what was mostly reversals is negative.
    pub amount: i64,
    /// The hash of the transaction before; zeros before the first.
    pub previous_hash: [u8; 32],
    /// BLAKE3 of the previous hash and everything above.
    pub hash: [u8; 32],
}

impl Transaction {
    fn computed_hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.previous_hash).update(&self.number.to_le_bytes()).update(&self.day.0.to_le_bytes());
        for text in [self.id.as_str(), &self.account, &self.contra, self.currency.as_str()] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        hasher.update(&self.amount.to_le_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// What following the chain of hashes found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainState {
    /// How many transactions there are.
    pub transaction_count: u64,
    /// The last hash that the books' state names.
    pub head: [u8; 32],
    /// What does not hold, by transaction number, for a person to read; empty when the chain is whole.
    pub findings: Vec<String>,
}

impl Books {
    /// Every account with its balance, by name.
    pub async fn balances(&self) -> Result<Vec<Balance>, Error> {
        balances(&mut *self.reader().await?).await
    }

    /// An order-free digest of all balances: two books over the same calls agree, whatever their batches were.
    pub async fn ledger_digest(&self) -> Result<u128, Error> {
        Ok(ledger_digest(&self.balances().await?))
    }

    /// The posted transactions in order.
    pub async fn transactions(&self) -> Result<Vec<Transaction>, Error> {
        transactions(&mut *self.reader().await?).await
    }

    /// Follows the chain of hashes from its first transaction to the head that the books' state names.
    pub async fn verify_chain(&self) -> Result<ChainState, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        let state = state(&mut transaction).await?;
        let transactions = transactions(&mut transaction).await?;
        let mut findings = Vec::new();
        let mut previous = [0; 32];
        for (number, transaction) in (1u64..).zip(&transactions) {
            if transaction.number != number {
                findings.push(format!("transaction {number} is missing; {} follows instead", transaction.number));
            }
            if transaction.previous_hash != previous {
                findings.push(format!("transaction {} is not chained to the one before", transaction.number));
            }
            if transaction.hash != transaction.computed_hash() {
                findings.push(format!("transaction {} is not what was posted: its hash differs", transaction.number));
            }
            previous = transaction.hash;
        }
        if (transactions.len() as u64, previous) != (state.ledger_count, state.ledger_hash) {
            findings.push(format!(
                "the ledger ends with transaction {}, not with transaction {} as it was left",
                transactions.len(),
                state.ledger_count
            ));
        }
        Ok(ChainState { transaction_count: transactions.len() as u64, head: state.ledger_hash, findings })
    }
}

/// See [`Books::ledger_digest`]: a sum modulo 2^128 of hash(account, currency, balance) over balances that are not 0.
#[must_use]
pub fn ledger_digest(balances: &[Balance]) -> u128 {
    let mut sum = 0u128;
    for balance in balances.iter().filter(|balance| balance.amount != 0) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(balance.account.len() as u64).to_le_bytes()).update(balance.account.as_bytes());
        hasher.update(balance.currency.as_str().as_bytes()).update(&balance.amount.to_le_bytes());
        let hash = hasher.finalize();
        let (low, _) = hash.as_bytes().split_first_chunk::<16>().expect("a BLAKE3 digest has 32 bytes");
        sum = sum.wrapping_add(u128::from_le_bytes(*low));
    }
    sum
}

pub(crate) async fn balances(connection: &mut SqliteConnection) -> Result<Vec<Balance>, Error> {
    let rows = sqlx::query(
        "SELECT a.name AS name, a.carrier AS carrier, a.kind AS kind, a.currency AS currency, \
         CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) AS amount \
         FROM accounts a LEFT JOIN all_entries e ON e.account = a.id \
         GROUP BY a.id, a.name, a.carrier, a.kind, a.currency ORDER BY a.name",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("read the balances"))?;
    rows.iter()
        .map(|row| {
            let row = Columns(row);
            Ok(Balance {
                account: row.text("name")?,
                carrier: row.name_id("carrier")?,
                kind: row.word("kind", AccountKind::parse)?,
                currency: row.currency("currency")?,
                amount: row.integer("amount")?,
            })
        })
        .collect()
}

pub(crate) async fn transactions(connection: &mut SqliteConnection) -> Result<Vec<Transaction>, Error> {
    let rows = sqlx::query(
        "SELECT t.number AS number, t.id AS id, t.posting_day AS posting_day, t.currency AS currency, \
         t.amount AS amount, t.previous_hash AS previous_hash, t.hash AS hash, \
         d.name AS account_name, c.name AS contra_name \
         FROM ledger_transactions t JOIN accounts d ON d.id = t.account JOIN accounts c ON c.id = t.contra \
         ORDER BY t.number",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("read the ledger"))?;
    rows.iter()
        .map(|row| {
            let row = Columns(row);
            let hash = row.digest("hash")?;
            Ok(Transaction {
                hash,
                ..unhashed(row, row.number("number")?, row.text("id")?, row.digest("previous_hash")?)?
            })
        })
        .collect()
}

/// The transaction that a row of added-up accruals becomes.
pub(crate) fn chain(row: Columns<'_>, number: u64, previous_hash: [u8; 32]) -> Result<Transaction, Error> {
    let mut transaction = unhashed(row, number, format!("txn_{}", Uuid::now_v7()), previous_hash)?;
    transaction.hash = transaction.computed_hash();
    Ok(transaction)
}

fn unhashed(row: Columns<'_>, number: u64, id: String, previous_hash: [u8; 32]) -> Result<Transaction, Error> {
    Ok(Transaction {
        number,
        id,
        day: row.day("posting_day")?,
        account: row.text("account_name")?,
        contra: row.text("contra_name")?,
        currency: row.currency("currency")?,
        amount: row.integer("amount")?,
        previous_hash,
        hash: [0; 32],
    })
}
