//! `didtron deck import`: a rate sheet becomes a new version of a deck and of the catalog, or nothing at all.

use super::diff::{diff_json, show_diff};
use super::effect::{self, Effect};
use super::sheet::{finding_json, increments, mapping, zone};
use crate::commands::catalog::intern;
use crate::data_dir::{self, Writing};
use crate::deck_table::{self, DeckCache};
use crate::failure::{data, usage};
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::{Args, ValueEnum};
use didtron_books::NewDeckVersion;
use didtron_domain::catalog::{CatalogSpec, DeckRef};
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, VersionMode};
use didtron_domain::{Currency, Instant, NameId, Side};
use didtron_rate_tables::{DeckTable, diff};
use didtron_rating::Catalog;
use didtron_schemas::deck_file;
use didtron_sheets::{DeckReading, Place, read_deck_at};
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  didtron deck import rates.xlsx --deck acme-out --direction supplier --currency USD --mapping acme
  didtron deck import amendment.csv --deck acme-out --mode delta --effective 2026-07-01

Nothing is imported until all is resolved, or the wrong rows are skipped on purpose with --skip-bad-rows.";

/// What to import, and as what.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// The rate sheet: CSV, XLSX, XLS, ODS, or an open rate card
    file: PathBuf,
    /// The deck's name
    #[arg(long, value_name = "NAME")]
    deck: String,
    /// Whose side it prices; needed for a new deck
    #[arg(long, value_enum, value_name = "SIDE")]
    direction: Option<Direction>,
    /// The currency of its prices; needed for a new deck
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// A built-in or saved mapping by name, or a TOML file [default: what the sheet itself proves]
    #[arg(long, value_name = "NAME")]
    mapping: Option<String>,
    /// Whether the sheet lists all codes or changes only; needed once the deck has a version
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// From when it changes the versions before; needed once the deck has a version
    #[arg(long, value_name = "TIME")]
    effective: Option<String>,
    /// The zone of its bare dates [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Increments of rows that have none, initial/next
    #[arg(long, value_name = "I/N")]
    increments: Option<String>,
    /// Import the right rows although some are wrong
    #[arg(long)]
    skip_bad_rows: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Direction {
    Customer,
    Supplier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    Full,
    Delta,
}

pub(crate) async fn run(args: &ImportArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::write(&settings.data.value, &format!("deck import {}", args.file.display())).await?;
    let mut spec = dir.books.newest().await?.map(|(_, spec)| spec).unwrap_or_default();
    let known = spec.decks.iter().position(|deck| deck.head.name == args.deck);
    let head = head(args, known.map(|at| &spec.decks[at].head))?;
    let versions = known.map_or_else(Vec::new, |at| spec.decks[at].versions.clone());
    let before = DeckRef { head: head.clone(), versions };
    let mapping = mapping(Some(&dir.books), args.mapping.as_deref()).await?;
    let mut reading = read_deck_at(&args.file, mapping.as_ref(), &head, now())?;
    if !reading.is_importable(args.skip_bad_rows) {
        return refuse(&reading, args, out);
    }
    let (rows, places): (Vec<_>, Vec<_>) = std::mem::take(&mut reading.rows).into_iter().unzip();
    let version = version(args, reading.mode, &rows, &before)?;
    let old = DeckCache::new(&dir.dir).table(&dir.books, &before).await?;
    let number = dir.books.deck_version_numbers(std::slice::from_ref(&version)).await?[0];
    if before.versions.last() == Some(&number) {
        return Ok(writeln!(out, "deck {} version {number} says the same already; nothing was imported", args.deck)?);
    }
    let own = DeckVersion { number, mode: version.mode, effective: version.effective, rows };
    let new = Arc::new(compile(&dir, &before, own, &places).await?);
    let deck = DeckRef { head, versions: [before.versions, vec![number]].concat() };
    match known {
        Some(at) => spec.decks[at] = deck.clone(),
        None => spec.decks.push(deck.clone()),
    }
    let catalog = check(&dir, &spec, &deck.head.name, &new).await?;
    let at = version.effective.unwrap_or_else(now);
    let effect = effect::of(&dir, &catalog, settings).await?;
    publish(&dir, &spec, &deck, version, &new).await?;
    let found = diff(&old, &new, at);
    if args.json {
        let value = json!({
            "deck": args.deck,
            "version": number,
            "rows": new.row_count(),
            "skipped": reading.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "notes": reading.notes,
            "diff": diff_json(&found),
            "effect": effect.as_ref().map(Effect::json),
        });
        return show::json(out, &value);
    }
    for note in &reading.notes {
        writeln!(out, "note: {note}")?;
    }
    for finding in &reading.findings {
        writeln!(out, "skipped: {finding}")?;
    }
    writeln!(out, "deck {} version {number}: {} prefixes", args.deck, new.prefix_count())?;
    show_diff(&found, 20, out)?;
    match effect {
        Some(effect) => effect.show(out),
        None => Ok(()),
    }
}

/// The deck's head: as it is, or as the words say for a new one.
fn head(args: &ImportArgs, known: Option<&DeckHead>) -> Result<DeckHead> {
    let currency = args.currency.as_deref().map(|code| Currency::parse(code).map_err(|error| usage(error.to_string())));
    let currency = currency.transpose()?;
    let direction = args.direction.map(|direction| match direction {
        Direction::Customer => Side::Customer,
        Direction::Supplier => Side::Supplier,
    });
    let zone = args.zone.as_deref().map(zone).transpose()?;
    let increment = args.increments.as_deref().map(increments).transpose()?;
    let Some(known) = known else {
        let missing = |word: &str| usage(format!("{} is a new deck: give --{word}", args.deck));
        return Ok(DeckHead {
            name: args.deck.clone(),
            direction: direction.ok_or_else(|| missing("direction"))?,
            currency: currency.ok_or_else(|| missing("currency"))?,
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            increment,
            country_lists: None,
        });
    };
    let differs = [
        ("direction", direction.is_some_and(|given| given != known.direction), known.direction.as_str().to_owned()),
        ("currency", currency.is_some_and(|given| given != known.currency), known.currency.to_string()),
        ("zone", zone.is_some_and(|given| given != known.zone), known.zone.clone()),
        ("increments", increment.is_some() && increment != known.increment, "otherwise".to_owned()),
    ];
    match differs.into_iter().find(|(_, differs, _)| *differs) {
        Some((word, _, is)) => Err(usage(format!(
            "the deck {} is {is} already: --{word} cannot change it; import another deck",
            args.deck
        ))),
        None => Ok(known.clone()),
    }
}

fn refuse(reading: &DeckReading, args: &ImportArgs, out: &mut Out) -> Result<()> {
    if args.json {
        let findings: Vec<_> = reading.findings.iter().map(finding_json).collect();
        show::json(out, &json!({ "deck": args.deck, "version": null, "findings": findings, "notes": reading.notes }))?;
    }
    let file = args.file.display();
    let mut lines: Vec<String> = reading.findings.iter().map(|finding| format!("{file}: {finding}")).collect();
    lines.push(format!(
        "nothing was imported: {} findings; mend the sheet or the mapping{}",
        reading.findings.len(),
        if reading.is_importable(true) { ", or leave these rows out with --skip-bad-rows" } else { "" }
    ));
    out.flush()?;
    Err(data(lines.join("\n")))
}

/// The version to store; mode and effective time must be said once the deck has one.
fn version(
    args: &ImportArgs,
    usual: Option<VersionMode>,
    rows: &[DeckRow],
    before: &DeckRef,
) -> Result<NewDeckVersion> {
    let head = &before.head;
    let mode = args.mode.map(|mode| match mode {
        Mode::Full => VersionMode::Full,
        Mode::Delta => VersionMode::Delta,
    });
    let mode = mode.or(usual);
    let effective = args.effective.as_deref().map(|text| effective(text, &head.zone)).transpose()?;
    if !before.versions.is_empty() && (mode.is_none() || effective.is_none()) {
        return Err(usage(format!(
            "the deck {} has a version already: say with --mode full or delta what codes that are not in the sheet become, and with --effective from when",
            args.deck
        )));
    }
    Ok(NewDeckVersion {
        deck: head.name.clone(),
        mode: mode.unwrap_or_default(),
        effective,
        csv: deck_file::write(rows),
        row_count: rows.len() as u64,
        imported_at: now(),
        source_file: args.file.display().to_string(),
    })
}

/// RFC 3339, or a bare date: midnight in the deck's zone.
fn effective(text: &str, zone: &str) -> Result<Instant> {
    let wrong = || {
        usage(format!("{text:?} is not a time such as 2026-07-01T00:00:00Z or a day such as 2026-07-01 (--effective)"))
    };
    if let Ok(at) = Instant::parse(text) {
        return Ok(at);
    }
    let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let midnight = day.in_tz(zone).map_err(|_| wrong())?;
    Ok(Instant(midnight.timestamp().as_microsecond()))
}

async fn compile(dir: &Writing, before: &DeckRef, own: DeckVersion, places: &[Place]) -> Result<DeckTable> {
    let infos = deck_table::versions(&dir.books, before).await?;
    let mut versions = deck_table::rows(&dir.books, &before.head, &infos).await?;
    versions.push(own);
    DeckTable::compile(&before.head, &versions).map_err(|findings| {
        let place = |row: usize| places.get(row).map_or_else(String::new, shown);
        let lines: Vec<String> = findings
            .iter()
            .map(|finding| format!("{}, column {}: {}", place(finding.row), finding.field, finding.message))
            .collect();
        data(lines.join("\n"))
    })
}

fn shown(place: &Place) -> String {
    match &place.sheet {
        Some(sheet) => format!("sheet {sheet}, row {}", place.row),
        None => format!("row {}", place.row),
    }
}

/// The catalog must still be one that rates.
async fn check(dir: &Writing, spec: &CatalogSpec, name: &str, new: &Arc<DeckTable>) -> Result<Catalog> {
    let cache = DeckCache::new(&dir.dir);
    let mut tables = HashMap::new();
    for deck in spec.decks.iter().filter(|deck| deck.head.name != name) {
        tables.insert(deck.head.name.clone(), Arc::new(cache.table(&dir.books, deck).await?));
    }
    tables.insert(name.to_owned(), Arc::clone(new));
    let compiled = Catalog::compile(0, spec, &|deck| tables.get(deck).cloned(), &|_| NameId(0));
    compiled.map_err(|findings| {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        data(format!("the catalog with this version would not rate:\n{}", lines.join("\n")))
    })
}

async fn publish(
    dir: &Writing,
    spec: &CatalogSpec,
    deck: &DeckRef,
    version: NewDeckVersion,
    new: &DeckTable,
) -> Result<()> {
    dir.books.add_deck_version(version).await?;
    let stored = deck_table::versions(&dir.books, deck).await?;
    DeckCache::new(&dir.dir).keep(&deck_table::key(&deck.head, &stored), new);
    intern(dir, std::iter::once(new)).await?;
    dir.books.publish(spec, now()).await?;
    Ok(())
}
