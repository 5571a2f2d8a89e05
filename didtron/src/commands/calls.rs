//! `didtron calls check`: a call file as its mapping understands it, and everything that is wrong with it.

use crate::data_dir;
use crate::mappings;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::Subcommand;
use didtron_files::CheckReport;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with call files.
#[derive(Debug, Subcommand)]
pub(crate) enum CallsCommand {
    /// Show the first records as understood, and every finding; exit code 1 when there is one
    #[command(after_help = "Example:\n  didtron calls check Master.csv --mapping asterisk --first 3")]
    Check {
        /// The call file
        file: PathBuf,
        /// A built-in or saved mapping by name, or a TOML file
        #[arg(long, default_value = "plain", value_name = "NAME")]
        mapping: String,
        /// How many records to show
        #[arg(long, default_value_t = 5, value_name = "N")]
        first: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: &CallsCommand, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    let CallsCommand::Check { file, mapping, first, json: as_json } = command;
    // Saved mappings count where there are books; the check itself needs none.
    let dir = data_dir::read(&settings.data.value).await.ok();
    let mapping = mappings::call_mapping(dir.as_ref().map(|dir| &dir.books), mapping).await?.mapping;
    let report = didtron_files::check(file, &mapping, *first)?;
    match as_json {
        true => show::json(out, &report_json(&report))?,
        false => show_report(&report, out)?,
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn report_json(report: &CheckReport) -> serde_json::Value {
    let calls = report.calls.iter().map(|call| {
        let fields: serde_json::Map<_, _> =
            call.fields.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
        json!({ "line": call.line, "fields": fields })
    });
    let findings = report.findings.iter().map(
        |found| json!({ "line": found.line, "column": found.column, "value": found.value, "message": found.message }),
    );
    json!({
        "file": report.file,
        "mapping": report.mapping,
        "records": report.record_count,
        "understood": report.understood_count,
        "malformed": report.malformed_count,
        "calls": calls.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "further_findings": report.further_finding_count,
    })
}

fn show_report(report: &CheckReport, out: &mut Out) -> Result<()> {
    for call in &report.calls {
        writeln!(out, "line {}", call.line)?;
        for (name, text) in &call.fields {
            writeln!(out, "  {name:<16} {text}")?;
        }
    }
    for found in &report.findings {
        let column = found.column.as_ref().map_or_else(String::new, |column| format!("column {column}: "));
        let value = found.value.as_ref().map_or_else(String::new, |value| format!("{value:?}: "));
        writeln!(out, "{}:{}: {column}{value}{}", report.file, found.line, found.message)?;
    }
    if report.further_finding_count > 0 {
        writeln!(out, "and {} findings more", report.further_finding_count)?;
    }
    let (records, understood, malformed) = (report.record_count, report.understood_count, report.malformed_count);
    Ok(writeln!(
        out,
        "{records} records by the mapping {}: {understood} understood, {malformed} malformed",
        report.mapping
    )?)
}
