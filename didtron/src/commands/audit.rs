//! `didtron audit`: proves per account and day, and batch by batch, that usage and ledger say the same.

mod compare;

use crate::commands::rate::PARTITION;
use crate::commands::waiting::waiting;
use crate::data_dir::{self, Reading};
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::Args;
use didtron_books::{AuditView, BatchState, ledger_digest};
use didtron_domain::Reason;
use didtron_parquet::AuditSums;
use didtron_ports::RowPlace;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

/// How to show it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  didtron audit --json | jq .clean\n\nExit code 1 when anything is missing or does not agree."
)]
pub(crate) struct AuditArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What the audit found.
pub(crate) struct Report {
    calls: i64,
    usage_rows: u64,
    duplicates: u64,
    corrections: i64,
    suspense: BTreeMap<Reason, i64>,
    totals: Vec<[String; 4]>,
    usage_digest: u128,
    ledger_digest: u128,
    pub(crate) findings: Vec<String>,
}

pub(crate) async fn run(args: &AuditArgs, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    let dir = data_dir::read(&settings.data.value).await?;
    let report = audit(&dir).await?;
    match args.json {
        true => show::json(out, &report.json())?,
        false => report.show(out)?,
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Compares what the store's rows add up to with what the books say.
pub(crate) async fn audit(dir: &Reading) -> Result<Report> {
    let view = dir.books.audit_view().await?;
    let mut findings = dir.books.check_file().await?;
    findings.extend(dir.books.verify_chain().await?.findings);
    let sums = match dir.store.audit(&view.files).await {
        Ok(sums) => Some(sums),
        Err(error) => {
            findings.push(error.to_string());
            None
        }
    };
    let waiting = match waiting(&dir.store, &view.files).await {
        Ok(waiting) => Some(by_reason(&waiting)),
        Err(error) => {
            findings.push(error.to_string());
            None
        }
    };
    let report = Report::of(&view, sums.as_ref());
    if let Some(sums) = &sums {
        compare::batches(&view, sums, &mut findings);
        compare::accounts(&view, sums, &mut findings);
    }
    if let Some(waiting) = waiting {
        compare::suspense(&report.suspense, &waiting, &mut findings);
    }
    findings.extend(compare::decks(dir).await?);
    Ok(Report { findings, ..report })
}

fn by_reason(waiting: &[(RowPlace, Reason)]) -> BTreeMap<Reason, i64> {
    let mut counts = BTreeMap::new();
    for (_, reason) in waiting {
        *counts.entry(*reason).or_insert(0) += 1;
    }
    counts
}

impl Report {
    /// The counts are the books' (what settling added), the money and digest the store's own rows.
    fn of(view: &AuditView, sums: Option<&AuditSums>) -> Self {
        let settled = || view.batches.iter().filter(|batch| batch.state == BatchState::Settled);
        let mut suspense = BTreeMap::new();
        for &(reason, change) in settled().flat_map(|batch| &batch.counts.suspense) {
            *suspense.entry(reason).or_insert(0i64) += change;
        }
        suspense.retain(|_, count| *count != 0);
        let sum = |of: fn(&didtron_ports::Counts) -> u64| settled().map(|batch| of(&batch.counts)).sum::<u64>();
        let (records, duplicates) = (sum(|counts| counts.records), sum(|counts| counts.duplicates));
        let calls = sum(|counts| counts.calls).cast_signed();
        let corrections = records.cast_signed() - calls - duplicates.cast_signed() - suspense.values().sum::<i64>();
        let totals = sums.iter().flat_map(|sums| &sums.totals).map(|(currency, totals)| {
            [currency.to_string(), show::money(totals.revenue), show::money(totals.cost), show::money(totals.margin())]
        });
        Self {
            calls,
            usage_rows: sum(|counts| counts.usage_rows),
            duplicates,
            corrections,
            suspense,
            totals: totals.collect(),
            usage_digest: sums.map_or(0, |sums| sums.digest.0),
            ledger_digest: ledger_digest(&view.balances),
            findings: Vec::new(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let suspense: Map<String, Value> =
            self.suspense.iter().map(|(reason, count)| (reason.as_str().to_owned(), json!(count))).collect();
        let total = |[currency, revenue, cost, margin]: &[String; 4]| json!({ "currency": currency, "revenue": revenue, "cost": cost, "margin": margin });
        json!({
            "clean": self.findings.is_empty(),
            "calls": self.calls,
            "usage_rows": self.usage_rows,
            "duplicates": self.duplicates,
            "corrections": self.corrections,
            "suspense": suspense,
            "totals": self.totals.iter().map(total).collect::<Vec<_>>(),
            "usage_digest": format!("{:032x}", self.usage_digest),
            "ledger_digest": format!("{:032x}", self.ledger_digest),
            "findings": self.findings,
        })
    }

    pub(crate) fn show(&self, out: &mut Out) -> Result<()> {
        match self.findings.len() {
            0 => writeln!(out, "clean: usage and ledger agree to the last micro-unit")?,
            count => writeln!(out, "NOT CLEAN: {count} findings")?,
        }
        for finding in &self.findings {
            writeln!(out, "  {finding}")?;
        }
        let mut rows = vec![
            vec!["calls in force".to_owned(), self.calls.to_string()],
            vec!["journal rows".to_owned(), self.usage_rows.to_string()],
            vec!["duplicates dropped".to_owned(), self.duplicates.to_string()],
            vec!["corrections".to_owned(), self.corrections.to_string()],
        ];
        rows.extend(
            self.suspense
                .iter()
                .map(|(reason, count)| vec![format!("in suspense, {}", reason.as_str()), count.to_string()]),
        );
        for [currency, revenue, cost, margin] in &self.totals {
            for (what, amount) in [("revenue", revenue), ("cost", cost), ("margin", margin)] {
                rows.push(vec![format!("{what}, {currency}"), amount.clone()]);
            }
        }
        rows.push(vec!["usage digest".to_owned(), format!("{:032x}", self.usage_digest)]);
        rows.push(vec!["ledger digest".to_owned(), format!("{:032x}", self.ledger_digest)]);
        Ok(writeln!(out, "{}", show::table(&["what", "value"], &["value"], rows))?)
    }
}
