//! How differences in money are told: what calls would cost less what they cost, by customer, supplier, route and day.

use crate::commands::kept::KeptCalls;
use crate::show::{self, Out, money};
use anyhow::Result;
use didtron_books::Books;
use didtron_domain::{Currency, NameId};
use didtron_parquet::ParquetStore;
use didtron_pipeline::{Change, ChangedCall, Differences, MovedAccount};
use didtron_ports::{Kept, StoredFile, UsageRow, UsageStore as _};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Lines of a table on the screen.
const LINES_MAX: usize = 20;

/// Differences with what it takes to tell them.
pub(crate) struct Told {
    base: Option<Currency>,
    names: BTreeMap<NameId, String>,
    /// Beside `found.greatest`.
    calls: Vec<UsageRow<'static>>,
    kept: KeptCalls,
    pub(crate) found: Differences,
}

impl Told {
    /// Of calls in these files, in the base currency of the catalog that rated them. `more` are names that only it has.
    pub(crate) async fn of(
        (books, store): (&Books, &ParquetStore),
        files: &[StoredFile],
        found: Differences,
        (base, more): (Option<Currency>, Vec<(NameId, String)>),
    ) -> Result<Self> {
        let places: Vec<_> = found.greatest.iter().map(|call| call.place).collect();
        let calls = store.usage_rows(files, &places).await?;
        let total = found.kept.iter().map(|(_, calls)| calls).sum();
        let kept = KeptCalls::of((books, store), files, (total, &found.kept_calls)).await?;
        Ok(Self { base, names: books.names().await?.into_iter().chain(more).collect(), calls, kept, found })
    }

    fn name(&self, id: Option<NameId>) -> Option<&str> {
        id.map(|id| self.names.get(&id).map_or("?", String::as_str))
    }

    fn base(&self) -> String {
        self.base.map_or_else(String::new, |currency| currency.to_string())
    }

    /// What scripts read.
    pub(crate) fn json(&self) -> Map<String, Value> {
        let found = &self.found;
        let named = |key: &str, sums: &[(Option<NameId>, Change)]| -> Value {
            sums.iter().map(|(id, change)| change_json(key, self.name(*id), change)).collect::<Vec<_>>().into()
        };
        let days = found.days.iter().map(|(day, change)| change_json("day", Some(&day.to_string()), change));
        let accounts = found.moved.iter().map(|(account, amount)| self.account_json(account, *amount));
        let closed = found.moved.iter().filter(|(account, _)| account.answer_day != account.posting_day);
        let total = &found.total;
        let difference = json!({
            "currency": self.base(),
            "revenue": money(total.revenue),
            "cost": money(total.cost),
            "margin": money(total.margin()),
        });
        let parts = [
            ("calls", json!(found.calls)),
            ("changed", json!(total.calls)),
            ("failed", failed(&found.kept)),
            ("differences", json!([difference])),
            ("accounts", accounts.collect::<Vec<_>>().into()),
            (
                "closed_days",
                closed.map(|(account, amount)| self.account_json(account, *amount)).collect::<Vec<_>>().into(),
            ),
            ("customers", named("customer", &found.customers)),
            ("suppliers", named("supplier", &found.suppliers)),
            ("routes", named("destination", &found.routes)),
            ("days", days.collect::<Vec<_>>().into()),
            ("greatest", self.greatest_json()),
        ];
        parts.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(self.kept.json()).collect()
    }

    fn account_json(&self, account: &MovedAccount, amount: i128) -> Value {
        json!({
            "carrier": self.name(Some(account.carrier)),
            "side": account.side.as_str(),
            "currency": account.currency.to_string(),
            "day": account.answer_day.to_string(),
            "posting_day": account.posting_day.to_string(),
            "amount": money(amount),
        })
    }

    fn greatest_json(&self) -> Value {
        let both =
            |(revenue, cost): (i64, i64)| json!({ "revenue": money(revenue.into()), "cost": money(cost.into()) });
        let call = |(row, change): (&UsageRow<'_>, &ChangedCall)| {
            json!({
                "source": self.name(Some(row.source)),
                "call_id": row.call_id,
                "branch": Some(&row.branch).filter(|branch| !branch.is_empty()),
                "start": row.start.to_string(),
                "old": both(change.old),
                "new": both(change.new),
            })
        };
        self.calls.iter().zip(&self.found.greatest).map(call).collect::<Vec<_>>().into()
    }

    /// What people read.
    pub(crate) fn tell(&self, out: &mut Out) -> Result<()> {
        let (found, base) = (&self.found, self.base());
        let total = &found.total;
        let [revenue, cost, margin] = [total.revenue, total.cost, total.margin()].map(money);
        writeln!(
            out,
            "{} of {} calls would change: revenue {revenue}, cost {cost}, margin {margin} {base}",
            total.calls, found.calls
        )?;
        for (why, calls) in &found.kept {
            writeln!(out, "{calls} calls would keep their rating: {}", why.as_str())?;
        }
        let named = |sums: &[(Option<NameId>, Change)]| {
            sums.iter().map(|(id, change)| (self.name(*id).unwrap_or("(none)").to_owned(), *change)).collect::<Vec<_>>()
        };
        write_changes("customer", named(&found.customers), out)?;
        write_changes("supplier", named(&found.suppliers), out)?;
        write_changes("destination", named(&found.routes), out)?;
        write_changes("day", found.days.iter().map(|(day, change)| (day.to_string(), *change)).collect(), out)?;
        self.write_greatest(out)?;
        self.kept.tell(out)?;
        let closed = found.moved.iter().filter(|(account, _)| account.answer_day != account.posting_day).count();
        if closed > 0 {
            writeln!(out, "\n{closed} sums of closed days would post into the first open day; --json lists them")?;
        }
        Ok(())
    }

    fn write_greatest(&self, out: &mut Out) -> Result<()> {
        if self.calls.is_empty() {
            return Ok(());
        }
        let rows = self.calls.iter().zip(&self.found.greatest).map(|(row, change)| {
            let figures = [change.old.0, change.new.0, change.old.1, change.new.1];
            let mut cells = vec![row.call_id.to_string(), row.start.to_string()];
            cells.extend(figures.map(|figure| money(figure.into())));
            cells
        });
        let header = ["call", "start", "old revenue", "new revenue", "old cost", "new cost"];
        Ok(writeln!(out, "\n{}", show::table(&header, &header[2..], rows))?)
    }
}

fn change_json(key: &str, value: Option<&str>, change: &Change) -> Value {
    json!({
        key: value,
        "calls": change.calls,
        "revenue": money(change.revenue),
        "cost": money(change.cost),
        "margin": money(change.margin()),
    })
}

/// Those that move most first, cut to what a person reads.
fn write_changes(what: &str, mut changes: Vec<(String, Change)>, out: &mut Out) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    changes.sort_by_key(|(_, change)| std::cmp::Reverse(change.margin().unsigned_abs()));
    let rest = changes.len().saturating_sub(LINES_MAX);
    let rows = changes.into_iter().take(LINES_MAX).map(|(name, change)| {
        let figures = [change.revenue, change.cost, change.margin()].map(money);
        std::iter::once(name).chain([change.calls.to_string()]).chain(figures).collect()
    });
    let header = [what, "calls", "revenue", "cost", "margin"];
    writeln!(out, "\n{}", show::table(&header, &header[1..], rows))?;
    if rest > 0 {
        writeln!(out, "and {rest} more; --json lists them all")?;
    }
    Ok(())
}

/// Calls that keep their rating, by why.
pub(crate) fn failed(kept: &[(Kept, u64)]) -> Value {
    kept.iter().map(|(why, calls)| (why.as_str().to_owned(), json!(calls))).collect::<Map<_, _>>().into()
}
