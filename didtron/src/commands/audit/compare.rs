//! The comparisons of an audit, each naming what does not agree.

use super::{PARTITION, Reading};
use anyhow::Result;
use didtron_books::{AccruedTotal, AuditView, BatchState};
use didtron_domain::{Amount, Reason, Side};
use didtron_parquet::{AccrualKey, AuditSums, BatchSums};
use std::collections::BTreeMap;

/// Every settled batch has the rows, calls and digest that it was settled with; nothing else has any.
pub(super) fn batches(view: &AuditView, sums: &AuditSums, findings: &mut Vec<String>) {
    let mut found = sums.batches.clone();
    for batch in &view.batches {
        let place = (batch.claim.request.partition, batch.claim.request.seq);
        let there = found.remove(&place).unwrap_or_default();
        if batch.state != BatchState::Settled {
            continue;
        }
        let said =
            BatchSums { rows: batch.counts.usage_rows, calls: batch.counts.calls.cast_signed(), digest: batch.digest };
        if said != there {
            findings.push(format!(
                "batch {} of partition {}: settled with {} rows and {} calls, the usage store has {} rows and {} calls{}",
                place.1,
                place.0,
                said.rows,
                said.calls,
                there.rows,
                there.calls,
                if said.digest == there.digest { "" } else { ", with another digest" }
            ));
        }
    }
    for ((partition, seq), there) in found {
        findings.push(format!(
            "the usage store has {} rows of batch {seq} of partition {partition}, which the books lack",
            there.rows
        ));
    }
}

/// Every account and day holds what its rows add up to.
pub(super) fn accounts(view: &AuditView, sums: &AuditSums, findings: &mut Vec<String>) {
    let key = |total: &AccruedTotal| AccrualKey {
        carrier: total.carrier,
        side: total.side,
        currency: total.currency,
        day: total.day,
    };
    let mut usage = sums.accruals.clone();
    for total in &view.accrued {
        let there = usage.remove(&key(total)).unwrap_or(0);
        if there != i128::from(total.amount) {
            findings.push(unequal(view, &key(total), there, total.amount.into()));
        }
    }
    for (key, amount) in usage.into_iter().filter(|(_, amount)| *amount != 0) {
        findings.push(unequal(view, &key, amount, 0));
    }
    let kinds = |first, second| {
        let of = |kind| view.balances.iter().filter(move |balance| balance.kind == kind);
        of(first).chain(of(second)).map(|balance| i128::from(balance.amount)).sum::<i128>()
    };
    for side in [Side::Customer, Side::Supplier] {
        let (debit, credit) = didtron_books::AccountKind::of_side(side);
        let sum = kinds(debit, credit);
        if sum != 0 {
            findings.push(format!(
                "the {} and {} accounts do not sum to zero: {sum} micro-units",
                debit.as_str(),
                credit.as_str()
            ));
        }
    }
}

fn unequal(view: &AuditView, key: &AccrualKey, usage: i128, ledger: i128) -> String {
    let kind = didtron_books::AccountKind::of_side(key.side).0;
    let account = view
        .balances
        .iter()
        .find(|balance| (balance.carrier, balance.kind, balance.currency) == (key.carrier, kind, key.currency))
        .map_or_else(|| format!("carrier {} ({})", key.carrier.0, kind.as_str()), |balance| balance.account.clone());
    let shown = |amount: i128| didtron_domain::decimal::format_fixed(amount, Amount::DECIMALS);
    format!("account {account} on {}: usage adds up to {}, the ledger holds {}", key.day, shown(usage), shown(ledger))
}

/// What waits by the books and by the journal.
pub(super) fn suspense(books: &BTreeMap<Reason, i64>, journal: &BTreeMap<Reason, i64>, findings: &mut Vec<String>) {
    let reasons: std::collections::BTreeSet<_> = books.keys().chain(journal.keys()).collect();
    for reason in reasons {
        let (said, there) = (books.get(reason).unwrap_or(&0), journal.get(reason).unwrap_or(&0));
        if said != there {
            findings.push(format!(
                "suspense, {}: {said} wait by the books, {there} by the suspense journal of partition {PARTITION}",
                reason.as_str()
            ));
        }
    }
}

/// Every deck version that was published is still what it was.
pub(super) async fn decks(dir: &Reading) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for version in dir.books.all_deck_versions().await? {
        if let Err(error) = dir.books.deck_csv(&version).await {
            findings.push(error.to_string());
        }
    }
    Ok(findings)
}
