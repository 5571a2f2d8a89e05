//! `didtron deck check`, and how a reading of a rate sheet is shown.

use crate::data_dir;
use crate::failure::usage;
use crate::mappings;
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::Args;
use didtron_domain::deck::{DeckHead, DeckRow};
use didtron_domain::{Currency, Increment, Side};
use didtron_schemas::deck_file;
use didtron_schemas::deck_mapping::DeckMapping;
use didtron_sheets::{DeckReading, Finding, Scope, read_deck_at};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  didtron deck check rates.xlsx
  didtron deck check rates.csv --mapping acme.toml --json

Exit code 1 when something is wrong.";

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// The rate sheet: CSV, XLSX, XLS, ODS, or an open rate card
    file: PathBuf,
    /// A built-in or saved mapping by name, or a TOML file [default: what the sheet itself proves]
    #[arg(long, value_name = "NAME")]
    mapping: Option<String>,
    /// The zone of bare dates
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    /// Increments of rows that have none, initial/next
    #[arg(long, value_name = "I/N")]
    increments: Option<String>,
    /// How many rows to show; 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    first: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn check(args: &CheckArgs, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    let dir = data_dir::read(&settings.data.value).await.ok();
    let mapping = mapping(dir.as_ref().map(|dir| &dir.books), args.mapping.as_deref()).await?;
    let head = DeckHead {
        name: "check".to_owned(),
        direction: Side::Customer,
        currency: Currency::parse("USD")?,
        zone: zone(&args.zone)?,
        increment: args.increments.as_deref().map(increments).transpose()?,
        // Whether there are country lists is for the import to say.
        country_lists: Some(String::new()),
    };
    let reading = read_deck_at(&args.file, mapping.as_ref(), &head, now())?;
    let shown = if args.first == 0 { reading.rows.len() } else { args.first.min(reading.rows.len()) };
    match args.json {
        true => show::json(out, &reading_json(&reading, shown))?,
        false => show_reading(&reading, shown, out)?,
    }
    Ok(if reading.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The mapping that a word names; `None` for no word.
pub(super) async fn mapping(books: Option<&didtron_books::Books>, word: Option<&str>) -> Result<Option<DeckMapping>> {
    match word {
        Some(word) => Ok(Some(mappings::deck_mapping(books, word).await?)),
        None => Ok(None),
    }
}

/// A zone by its IANA name.
pub(super) fn zone(name: &str) -> Result<String> {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(usage(format!("{name:?} is not a zone; expected an IANA name such as Europe/Berlin"))),
    }
}

/// Increments such as `60/1`.
pub(super) fn increments(text: &str) -> Result<Increment> {
    let parsed =
        text.split_once('/').and_then(|(initial, next)| Increment::new(initial.parse().ok()?, next.parse().ok()?));
    parsed.ok_or_else(|| usage(format!("{text:?} is not an increment in seconds such as 60/1 (R4)")))
}

/// A finding as scripts read it.
pub(super) fn finding_json(finding: &Finding) -> Value {
    json!({
        "scope": if finding.scope == Scope::Row { "row" } else { "file" },
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "message": finding.message,
    })
}

fn reading_json(reading: &DeckReading, shown: usize) -> Value {
    let (header, rows) = cells(reading, shown);
    let row = |cells: Vec<String>| {
        let pairs = header.iter().cloned().zip(cells).filter(|(_, text)| !text.is_empty());
        Value::Object(pairs.map(|(name, text)| (name, json!(text))).collect::<Map<_, _>>())
    };
    json!({
        "mapping": reading.mapping,
        "mode": reading.mode.map(|mode| mode.as_str()),
        "row_count": reading.rows.len(),
        "rows": rows.into_iter().map(row).collect::<Vec<_>>(),
        "findings": reading.findings.iter().map(finding_json).collect::<Vec<_>>(),
        "notes": reading.notes,
    })
}

fn show_reading(reading: &DeckReading, shown: usize, out: &mut Out) -> Result<()> {
    let (header, rows) = cells(reading, shown);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    if shown > 0 {
        writeln!(out, "{}", show::table(&header, &["rate_per_min"], rows))?;
    }
    for note in &reading.notes {
        writeln!(out, "note: {note}")?;
    }
    for finding in &reading.findings {
        writeln!(out, "wrong: {finding}")?;
    }
    let (rows, findings) = (reading.rows.len(), reading.findings.len());
    Ok(writeln!(out, "{rows} rows would be imported by the mapping {}, {findings} findings", reading.mapping)?)
}

/// The first rows in the plain form: the columns that any of them fills, and their cells.
fn cells(reading: &DeckReading, shown: usize) -> (Vec<String>, Vec<Vec<String>>) {
    let rows: Vec<DeckRow> = reading.rows.iter().take(shown).map(|(row, _)| row.clone()).collect();
    let text = deck_file::write(&rows);
    let mut reader = csv::Reader::from_reader(&text[..]);
    let header: Vec<String> = deck_file::COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|record| record.expect("what was just written can be read").iter().map(str::to_owned).collect())
        .collect();
    let filled: Vec<usize> = (0..header.len()).filter(|&at| rows.iter().any(|row| !row[at].is_empty())).collect();
    let keep = |row: &Vec<String>| filled.iter().map(|&at| row[at].clone()).collect::<Vec<_>>();
    (keep(&header), rows.iter().map(keep).collect())
}
