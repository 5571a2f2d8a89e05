//! `didtron deck`: rate decks in and out, what they say of a number, and what changed.

mod diff;
mod effect;
mod import;
mod lookup;
mod rollback;
mod sheet;

pub(crate) use import::read_draft;

use crate::data_dir;
use crate::deck_table::DeckCache;
use crate::failure::{data, usage};
use crate::settings::{Settings, instant};
use crate::show::Out;
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::{Args, Subcommand};
use didtron_books::Books;
use didtron_domain::catalog::DeckRef;
use didtron_domain::deck::{DeckRow, RowStatus};
use didtron_domain::{DialPrefix, Instant};
use didtron_rate_tables::{CompiledRow, DeckTable};
use didtron_schemas::deck_file;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// What to do with decks.
#[derive(Debug, Subcommand)]
pub(crate) enum DeckCommand {
    /// Show what a rate sheet would import, and everything that is wrong with it
    Check(sheet::CheckArgs),
    /// Import a rate sheet as a new version, and print what it changes
    Import(import::ImportArgs),
    /// Ask a deck for the prefix and row in force of numbers
    Lookup(lookup::LookupArgs),
    /// Compare two versions of a deck
    Diff(diff::DiffArgs),
    /// Go back to the version before the newest
    Rollback(rollback::RollbackArgs),
    /// Write a deck in the plain form
    Export(ExportArgs),
}

/// What to write.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  didtron deck export base-out --at 2026-06-01 > base.csv")]
pub(crate) struct ExportArgs {
    /// The deck's name
    name: String,
    /// Only rows in force then [default: every row with its true times]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Instant>,
}

pub(crate) async fn run(command: DeckCommand, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    match command {
        DeckCommand::Check(args) => return sheet::check(&args, settings, out).await,
        DeckCommand::Import(args) => import::run(&args, settings, out).await?,
        DeckCommand::Lookup(args) => lookup::run(&args, settings, out).await?,
        DeckCommand::Diff(args) => diff::run(&args, settings, out).await?,
        DeckCommand::Rollback(args) => rollback::run(&args, settings, out).await?,
        DeckCommand::Export(args) => export(&args, settings, out).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(args: &ExportArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let deck = find(&dir.books, &dir.dir, &args.name).await?;
    let table = DeckCache::new(&dir.dir).table(&dir.books, &deck).await?;
    let rows: Vec<DeckRow> = match args.at {
        None => table.entries().map(|(prefix, row)| plain(&table, prefix, row)).collect(),
        Some(at) => {
            let open = table.in_force(at).filter(|(_, row)| row.status != RowStatus::Closed);
            open.map(|(prefix, row)| plain(&table, prefix, row)).collect()
        }
    };
    Ok(out.write_all(&deck_file::write(&rows))?)
}

/// A deck of the newest catalog by its name.
async fn find(books: &Books, dir: &Path, name: &str) -> Result<DeckRef> {
    let (_, spec) = Snapshots::new(books, dir).spec(None).await?;
    let names: Vec<String> = spec.decks.iter().map(|deck| deck.head.name.clone()).collect();
    let found = spec.decks.into_iter().find(|deck| deck.head.name == name);
    found.ok_or_else(|| usage(format!("there is no deck {name:?}; there are {}", names.join(", "))))
}

/// A compiled row as a row of the plain form, with its true times.
fn plain(table: &DeckTable, prefix: DialPrefix, row: &CompiledRow) -> DeckRow {
    let name = |names: &[Box<str>], at: Option<u32>| at.map(|at| names[at as usize].to_string());
    let terms = table.terms(row);
    DeckRow {
        prefix,
        destination: table.destinations()[row.destination as usize].to_string(),
        price: terms.price,
        increment: terms.increment,
        connect_fee: terms.connect_fee,
        grace_s: terms.grace_s,
        effective_from: (row.from != Instant::MIN).then_some(row.from),
        effective_to: (row.to != Instant::MAX).then_some(row.to),
        status: row.status,
        origin_set: name(table.origin_sets(), row.origin_set),
        time_class: name(table.time_classes(), row.time_class),
        group: name(table.groups(), row.group),
    }
}

/// The versions that a deck lays up to and including `number`.
fn up_to(deck: &DeckRef, number: u32) -> Result<DeckRef> {
    let at = deck.versions.iter().position(|version| *version == number);
    let known: Vec<String> = deck.versions.iter().map(ToString::to_string).collect();
    let name = &deck.head.name;
    let at = at.ok_or_else(|| data(format!("the deck {name} has no version {number}; it has {}", known.join(", "))))?;
    Ok(DeckRef { head: deck.head.clone(), versions: deck.versions[..=at].to_vec() })
}
