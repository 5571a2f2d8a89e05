//! The ledger as text for outside tools: hledger's journal and beancount's file. Open accruals stand at the end, marked
//! as pending, so that the tool's balances are those of the books.

use crate::Books;
use crate::column::Columns;
use crate::error::failed;
use crate::ledger::{self, AccountKind, Balance};
use crate::transaction::begin_read;
use didtron_domain::{Amount, Currency, Day};
use didtron_ports::Error;
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

/// Whose form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportForm {
    /// hledger (and ledger).
    Hledger,
    /// beancount 2 and 3.
    Beancount,
}

/// One transaction of the text.
struct Entry {
    day: Day,
    is_posted: bool,
    what: String,
    account: String,
    contra: String,
    currency: Currency,
    amount: i64,
}

impl Books {
    /// The whole ledger in an outside tool's form.
    pub async fn export(&self, form: ExportForm) -> Result<String, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        let balances = ledger::balances(&mut transaction).await?;
        let entries = entries(&mut transaction).await?;
        Ok(write(form, &balances, &entries))
    }
}

async fn entries(connection: &mut SqliteConnection) -> Result<Vec<Entry>, Error> {
    let posted = ledger::transactions(connection).await?;
    let mut entries: Vec<Entry> = posted
        .into_iter()
        .map(|posted| Entry {
            day: posted.day,
            is_posted: true,
            what: format!("usage, transaction {} ({})", posted.number, posted.id),
            account: posted.account,
            contra: posted.contra,
            currency: posted.currency,
            amount: posted.amount,
        })
        .collect();
    let rows = sqlx::query(
        "SELECT a.posting_day AS posting_day, a.currency AS currency, d.name AS account_name, c.name AS contra_name, \
         CAST(SUM(a.amount) AS BIGINT) AS amount \
         FROM accruals a JOIN accounts d ON d.id = a.account JOIN accounts c ON c.id = a.contra \
         GROUP BY a.posting_day, a.currency, d.name, c.name ORDER BY a.posting_day, d.name, c.name",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("read the open accruals"))?;
    for row in &rows {
        let row = Columns(row);
        entries.push(Entry {
            day: row.day("posting_day")?,
            is_posted: false,
            what: "usage, accruing".to_owned(),
            account: row.text("account_name")?,
            contra: row.text("contra_name")?,
            currency: row.currency("currency")?,
            amount: row.integer("amount")?,
        });
    }
    Ok(entries)
}

fn write(form: ExportForm, balances: &[Balance], entries: &[Entry]) -> String {
    let names = names(form, balances);
    let mut text = String::new();
    let first = entries.iter().map(|entry| entry.day).min();
    if let (ExportForm::Beancount, Some(first)) = (form, first) {
        for balance in balances {
            text.push_str(&format!("{first} open {} {}\n", names[balance.account.as_str()], balance.currency));
        }
        text.push('\n');
    }
    for entry in entries {
        write_entry(&mut text, form, entry, &names);
    }
    text
}

fn write_entry(text: &mut String, form: ExportForm, entry: &Entry, names: &HashMap<&str, String>) {
    let flag = if entry.is_posted { '*' } else { '!' };
    let (account, contra) = (&names[entry.account.as_str()], &names[entry.contra.as_str()]);
    let (debit, credit) = (Amount(entry.amount), Amount(-entry.amount));
    let (day, what, currency) = (entry.day, &entry.what, entry.currency);
    text.push_str(&match form {
        ExportForm::Hledger => {
            format!("{day} {flag} {what}\n    {account}  {debit} {currency}\n    {contra}  {credit} {currency}\n\n")
        }
        ExportForm::Beancount => {
            format!("{day} {flag} \"{what}\"\n  {account}  {debit} {currency}\n  {contra}  {credit} {currency}\n\n")
        }
    });
}

/// Account names in the tool's alphabet; two accounts never become one.
fn names(form: ExportForm, balances: &[Balance]) -> HashMap<&str, String> {
    let mut taken = HashSet::new();
    let mut names = HashMap::with_capacity(balances.len());
    for balance in balances {
        let carrier = balance
            .account
            .strip_suffix(&format!(":{}:{}", balance.kind.as_str(), balance.currency))
            .unwrap_or(&balance.account);
        let root = root(form, balance.kind);
        let part = part(form, carrier);
        let mut name = format!("{root}:{part}:{}", balance.currency);
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{root}:{part}-{count}:{}", balance.currency);
        }
        names.insert(balance.account.as_str(), name);
    }
    names
}

const fn root(form: ExportForm, kind: AccountKind) -> &'static str {
    match (form, kind) {
        (ExportForm::Hledger, AccountKind::Receivable) => "assets:receivable",
        (ExportForm::Hledger, AccountKind::Revenue) => "revenues",
        (ExportForm::Hledger, AccountKind::Cost) => "expenses:cost",
        (ExportForm::Hledger, AccountKind::Payable) => "liabilities:payable",
        (ExportForm::Beancount, AccountKind::Receivable) => "Assets:Receivable",
        (ExportForm::Beancount, AccountKind::Revenue) => "Income:Revenue",
        (ExportForm::Beancount, AccountKind::Cost) => "Expenses:Cost",
        (ExportForm::Beancount, AccountKind::Payable) => "Liabilities:Payable",
    }
}

/// A carrier's name as one part of an account name: ASCII letters, digits and `-`; beancount's begin with a capital.
fn part(form: ExportForm, carrier: &str) -> String {
    let plain: String = carrier.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    match form {
        ExportForm::Hledger => plain,
        ExportForm::Beancount => {
            let mut letters = plain.chars();
            match letters.next() {
                Some(first) if first.is_ascii_alphanumeric() => {
                    first.to_ascii_uppercase().to_string() + letters.as_str()
                }
                _ => format!("X{plain}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::NameId;

    #[test]
    fn account_names_fit_the_tool_and_stay_apart() {
        let currency = Currency::parse("EUR").unwrap();
        let balance = |carrier: &str| Balance {
            account: format!("{carrier}:receivable:EUR"),
            carrier: NameId(1),
            kind: AccountKind::Receivable,
            currency,
            amount: 1,
        };
        let balances = ["acme", "Acme", "a b", "a.b", "-x", "ü:receivable:EUR"].map(balance);
        let names = names(ExportForm::Beancount, &balances);
        let written: Vec<&str> = balances.iter().map(|x| names[x.account.as_str()].as_str()).collect();
        assert_eq!(
            written,
            [
                "Assets:Receivable:Acme:EUR",
                "Assets:Receivable:Acme-2:EUR",
                "Assets:Receivable:A-b:EUR",
                "Assets:Receivable:A-b-2:EUR",
                "Assets:Receivable:X-x:EUR",
                "Assets:Receivable:X--receivable-EUR:EUR",
            ]
        );
    }
}
