//! `didtron deck import`: a rate sheet becomes a new version of a deck and of the catalog, or nothing at all.

use super::diff::{diff_json, show_diff};
use super::effect::{Around, Past, or_note, traffic};
use super::sheet::{finding_json, increments, mapping, zone};
use crate::commands::catalog::intern;
use crate::commands::suspense::Cures;
use crate::data_dir::{self, Writing};
use crate::deck_table::{self, DeckCache};
use crate::failure::{data, usage};
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::{Draft, Snapshots};
use anyhow::Result;
use clap::{Args, ValueEnum};
use didtron_books::{Books, NewDeckVersion};
use didtron_domain::catalog::{CatalogSpec, DeckRef};
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, VersionMode};
use didtron_domain::{Currency, Instant, Side};
use didtron_rate_tables::{DeckTable, diff};
use didtron_schemas::deck_file;
use didtron_sheets::{DeckReading, Place, read_deck_at};
use serde_json::json;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  didtron deck import rates.xlsx --deck acme-out --direction supplier --currency USD --mapping acme
  didtron deck import amendment.csv --deck acme-out --mode delta --effective 2026-07-01
  didtron deck import rates.xlsx --deck acme-out --mode full --effective 2026-07-01 --dry-run --traffic 2026-06-01..2026-07-01

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
    /// Say what it would change, and write nothing; works beside a writer
    #[arg(long)]
    dry_run: bool,
    /// The traffic to say it of [default: the seven days up to the last answer]
    #[arg(long, value_name = "FROM..TO", value_parser = traffic)]
    traffic: Option<Range<Instant>>,
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
    if args.dry_run {
        let dir = data_dir::read(&settings.data.value).await?;
        let Some(read) = read(args, &dir.books, &dir.dir, out).await? else { return Ok(()) };
        let around = Around { books: &dir.books, store: &dir.store, threads: settings.threads.value };
        return read.show(args, around, out).await;
    }
    let dir = data_dir::write(&settings.data.value, &format!("deck import {}", args.file.display())).await?;
    let Some(mut read) = read(args, &dir.books, &dir.dir, out).await? else { return Ok(()) };
    read.publish(&dir).await?;
    let around = Around { books: &dir.books, store: &dir.store, threads: settings.threads.value };
    read.cures = Cures::of(&dir.books, &dir.store, &dir.dir).await?;
    read.show(args, around, out).await
}

/// A version that was read and checked, and not stored.
struct Read {
    spec: CatalogSpec,
    deck: DeckRef,
    number: u32,
    /// Taken when it is stored.
    version: Option<NewDeckVersion>,
    effective: Option<Instant>,
    old: DeckTable,
    new: Arc<DeckTable>,
    draft: Draft,
    reading: DeckReading,
    /// What of suspense it could rate, once it is published.
    cures: Option<Cures>,
}

/// Reads and checks; `None` where the deck says the same already.
async fn read(args: &ImportArgs, books: &Books, dir: &Path, out: &mut Out) -> Result<Option<Read>> {
    let mut spec = books.newest().await?.map(|(_, spec)| spec).unwrap_or_default();
    let known = spec.decks.iter().position(|deck| deck.head.name == args.deck);
    let head = head(args, known.map(|at| &spec.decks[at].head))?;
    let versions = known.map_or_else(Vec::new, |at| spec.decks[at].versions.clone());
    let before = DeckRef { head: head.clone(), versions };
    let mapping = mapping(Some(books), args.mapping.as_deref()).await?;
    let mut reading = read_deck_at(&args.file, mapping.as_ref(), &head, now())?;
    if !reading.is_importable(args.skip_bad_rows) {
        return Err(refuse(&reading, args, out)?);
    }
    let (rows, places): (Vec<_>, Vec<_>) = std::mem::take(&mut reading.rows).into_iter().unzip();
    let version = version(args, reading.mode, &rows, &before)?;
    let old = DeckCache::new(dir).table(books, &before).await?;
    let number = books.deck_version_numbers(std::slice::from_ref(&version)).await?[0];
    if before.versions.last() == Some(&number) {
        writeln!(out, "deck {} version {number} says the same already; nothing was imported", args.deck)?;
        return Ok(None);
    }
    let own = DeckVersion { number, mode: version.mode, effective: version.effective, rows };
    let new = Arc::new(compile(books, &before, own, &places).await?);
    let deck = DeckRef { head, versions: [before.versions, vec![number]].concat() };
    match known {
        Some(at) => spec.decks[at] = deck.clone(),
        None => spec.decks.push(deck.clone()),
    }
    // The catalog must still be one that rates.
    let draft = Snapshots::new(books, dir).draft(&spec, vec![(args.deck.clone(), Arc::clone(&new))]).await?;
    let effective = version.effective;
    Ok(Some(Read { spec, deck, number, version: Some(version), effective, old, new, draft, reading, cures: None }))
}

impl Read {
    async fn publish(&mut self, dir: &Writing) -> Result<()> {
        if let Some(version) = self.version.take() {
            dir.books.add_deck_version(version).await?;
        }
        let stored = deck_table::versions(&dir.books, &self.deck).await?;
        DeckCache::new(&dir.dir).keep(&deck_table::key(&self.deck.head, &stored), &self.new);
        intern(dir, std::iter::once(&*self.new)).await?;
        dir.books.publish(&self.spec, now()).await?;
        Ok(())
    }

    /// What it changes in the deck, and in money.
    async fn show(&self, args: &ImportArgs, around: Around<'_>, out: &mut Out) -> Result<()> {
        let Self { spec, number, effective, old, new, draft, reading, .. } = self;
        let used = (spec, args.deck.as_str());
        let mut notes = reading.notes.clone();
        let effect = or_note(around.effect(draft, used, args.traffic.clone()).await, &mut notes)?;
        // Whoever asks about some traffic does not wait for all of it.
        let past = match &args.traffic {
            Some(_) if args.dry_run => None,
            _ => or_note(around.past(draft, used, *effective).await, &mut notes)?,
        };
        let found = diff(old, new, effective.unwrap_or_else(now));
        if args.json {
            let value = json!({
                "deck": args.deck,
                "version": number,
                "dry_run": args.dry_run,
                "rows": new.row_count(),
                "skipped": reading.findings.iter().map(finding_json).collect::<Vec<_>>(),
                "notes": notes,
                "diff": diff_json(&found),
                "effect": effect.map(|told| told.json()),
                "past": past.as_ref().map(Past::json),
                "cures": self.cures.as_ref().map(Cures::json),
            });
            return show::json(out, &value);
        }
        for note in &notes {
            writeln!(out, "note: {note}")?;
        }
        for finding in &reading.findings {
            writeln!(out, "skipped: {finding}")?;
        }
        let state = if args.dry_run { " (dry run, nothing was imported)" } else { "" };
        writeln!(out, "deck {} version {number}: {} prefixes{state}", args.deck, new.prefix_count())?;
        show_diff(&found, 20, out)?;
        if let Some(told) = effect {
            let which = if args.traffic.is_some() { "this traffic" } else { "the last week's calls" };
            writeln!(out, "\non {which}:")?;
            told.tell(out)?;
        }
        if let Some(Past { told, command }) = past {
            let total = told.found.total;
            writeln!(
                out,
                "\n{} calls that are rated already would cost otherwise: revenue {}, cost {}; they stay as they are until\n  {command}",
                total.calls,
                show::money(total.revenue),
                show::money(total.cost)
            )?;
        }
        self.cures.as_ref().map_or(Ok(()), |cures| cures.tell(out))
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

/// Tells all findings; what comes back is the error to end with.
fn refuse(reading: &DeckReading, args: &ImportArgs, out: &mut Out) -> Result<anyhow::Error> {
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
    Ok(data(lines.join("\n")))
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

async fn compile(books: &Books, before: &DeckRef, own: DeckVersion, places: &[Place]) -> Result<DeckTable> {
    let infos = deck_table::versions(books, before).await?;
    let mut versions = deck_table::rows(books, &before.head, &infos).await?;
    versions.push(own);
    laid(&before.head, &versions, places)
}

/// The versions over each other; `places` are those of the last one's rows.
fn laid(head: &DeckHead, versions: &[DeckVersion], places: &[Place]) -> Result<DeckTable> {
    DeckTable::compile(head, versions).map_err(|findings| {
        let place = |row: usize| places.get(row).map_or_else(String::new, shown);
        let lines: Vec<String> = findings
            .iter()
            .map(|finding| format!("{}, column {}: {}", place(finding.row), finding.field, finding.message))
            .collect();
        data(lines.join("\n"))
    })
}

/// A rate sheet as the whole of a deck that holds at all times, as it proves itself to be read.
pub(crate) fn read_draft(head: &DeckHead, file: &Path) -> Result<DeckTable> {
    let mut reading = read_deck_at(file, None, head, now())?;
    if !reading.is_importable(false) {
        let lines = reading.findings.iter().map(|finding| format!("{}: {finding}", file.display()));
        return Err(data(lines.collect::<Vec<_>>().join("\n")));
    }
    let (rows, places): (Vec<_>, Vec<_>) = std::mem::take(&mut reading.rows).into_iter().unzip();
    laid(head, &[DeckVersion { number: 1, mode: VersionMode::Full, effective: None, rows }], &places)
}

fn shown(place: &Place) -> String {
    match &place.sheet {
        Some(sheet) => format!("sheet {sheet}, row {}", place.row),
        None => format!("row {}", place.row),
    }
}
