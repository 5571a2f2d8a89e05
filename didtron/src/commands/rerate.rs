//! `didtron rerate`: what calls of the past cost under another catalog, seen first, booked as a difference, taken back.

mod base;
mod calls_file;
mod record;
mod scope;
mod seen;

use crate::commands::rate::{clear, outside, pipeline_settings, tidy};
use crate::data_dir::{self, Writing};
use crate::failure::usage;
use crate::outside::now;
use crate::settings::{Settings, instant};
use crate::show::Out;
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::{Args, Subcommand};
use didtron_domain::Instant;
use didtron_pipeline::Pipeline;
use didtron_ports::{Rerate, RerateWhat};
use record::Telling;
use scope::Names;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  didtron rerate --dry-run --from 2026-05-01 --to 2026-06-01     what May would cost under the newest catalog
  didtron rerate --customer acme --from 2026-05-01 --id acme-may  book it; the same command again goes on or says it is done
  didtron rerate undo acme-may                                    take it back
  didtron rerate --dry-run --with-deck base-out=draft.csv         what if this were the deck

Only calls whose figures change get new rows: the reversal of what they cost, and what they cost now. Differences of closed
days post into the first open day. A call that the catalog cannot rate keeps its rating, and is listed with its reason.";

/// What to rate again and how.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct RerateArgs {
    #[command(subcommand)]
    command: Option<RerateCommand>,
    #[command(flatten)]
    only: Only,
    /// The catalog version to rate by [default: the newest]
    #[arg(long, value_name = "N")]
    catalog: Option<u32>,
    /// Say what would change, and write nothing; works beside a writer
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: as if this deck were what the file has, whole
    #[arg(long, value_name = "NAME=FILE", requires = "dry_run")]
    with_deck: Vec<String>,
    /// Its name; the same one again goes on where it stopped [default: one is made]
    #[arg(long, value_name = "NAME", value_parser = id)]
    id: Option<String>,
    /// Rows of a batch at most, two for each changed call [default: 53248] [env: DIDTRON_BATCH_ROWS]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 22))]
    batch_rows: Option<u32>,
    #[command(flatten)]
    files: Files,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What is written call by call.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Write every changed call as it was and as it is: CSV, or Parquet by the file's ending
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write every call that keeps its rating, and why: CSV, or Parquet by the file's ending
    #[arg(long, value_name = "FILE")]
    kept: Option<PathBuf>,
}

/// Which calls, by the rating that they have.
#[derive(Debug, Args)]
pub(crate) struct Only {
    /// Calls answered from then on
    #[arg(long, value_name = "TIME", value_parser = instant)]
    from: Option<Instant>,
    /// Calls answered before then
    #[arg(long, value_name = "TIME", value_parser = instant)]
    to: Option<Instant>,
    /// Calls of this customer
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Calls to this supplier
    #[arg(long, value_name = "NAME")]
    supplier: Option<String>,
    /// Calls to numbers that begin so
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// Calls to this destination
    #[arg(long, value_name = "NAME")]
    destination: Option<String>,
    /// Calls priced by this deck, before or after
    #[arg(long, value_name = "NAME")]
    deck: Option<String>,
    /// The side to rate again: customer, supplier or both; the other keeps what it has
    #[arg(long, value_name = "SIDE", default_value = "both")]
    side: String,
}

/// What to do with re-rates that were begun.
#[derive(Debug, Subcommand)]
pub(crate) enum RerateCommand {
    /// Take a re-rate back: calls whose rating is still its own get the one from before; run it again after a kill
    #[command(after_help = "Example:\n  didtron rerate undo acme-may")]
    Undo {
        /// As `list` names it
        id: String,
        /// Rows of a batch at most, two for each changed call [default: 53248] [env: DIDTRON_BATCH_ROWS]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 22))]
        batch_rows: Option<u32>,
        #[command(flatten)]
        files: Files,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List re-rates and undos, oldest first
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one: what it did by account and day, which calls keep their rating, and the notes that closed days call for
    #[command(after_help = "Example:\n  didtron rerate show acme-may")]
    Show {
        /// As `list` names it
        id: String,
        /// Write every call that keeps its rating, and why: CSV, or Parquet by the file's ending
        #[arg(long, value_name = "FILE")]
        kept: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(args: &RerateArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    match &args.command {
        None if args.dry_run => seen::run(args, settings, out).await,
        None => apply(args, settings, out).await,
        Some(RerateCommand::Undo { id, batch_rows, files, json }) => {
            undo(id, &Asked { batch_rows: *batch_rows, files, as_json: *json }, settings, out).await
        }
        Some(RerateCommand::List { json }) => record::list(*json, settings, out).await,
        Some(RerateCommand::Show { id, kept, json }) => {
            let telling = Telling { as_json: *json, kept: kept.as_deref() };
            record::show_one(id, &telling, settings, out).await
        }
    }
}

/// How it is done and told.
struct Asked<'a> {
    batch_rows: Option<u32>,
    files: &'a Files,
    as_json: bool,
}

async fn apply(args: &RerateArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    // Before anybody waits for a lock.
    let checked = scope::check(&args.only)?;
    let dir = data_dir::write(&settings.data.value, "rerate").await?;
    let id = match &args.id {
        Some(id) => id.clone(),
        None => new_id(&dir, "rerate").await?,
    };
    let known = dir.books.rerate_record(&id).await?.map(|(record, _)| record.rerate);
    let entry = match known {
        Some(known) if args.only.is_all() && args.catalog.is_none() => known,
        known => {
            let (number, spec) = Snapshots::new(&dir.books, &dir.dir).spec(args.catalog).await?;
            let names = Names::read(&dir.books, &spec).await?;
            let scope = names.scope(&args.only, checked)?;
            let what = RerateWhat::Rate { catalog_version: number, scope: scope.clone() };
            match known {
                None => {
                    base::check((number, &spec), &scope, (dir.view(), settings)).await?;
                    dir.books.add_rerate(&id, &what, now()).await?.rerate
                }
                Some(known) => names.same(known, &what, args.catalog.is_some())?,
            }
        }
    };
    if matches!(entry.what, RerateWhat::Undo { .. }) {
        return Err(usage(format!("{id} is an undo; go on with it by `didtron rerate undo`, or choose another --id")));
    }
    let asked = Asked { batch_rows: args.batch_rows, files: &args.files, as_json: args.json };
    finish(&dir, &entry, &asked, settings, out).await
}

async fn undo(id: &str, asked: &Asked<'_>, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::write(&settings.data.value, "rerate undo").await?;
    let Some((known, _)) = dir.books.rerate_record(id).await? else {
        return Err(record::unknown(&dir.books, id).await?);
    };
    let what = RerateWhat::Undo { of: known.rerate.number };
    let own = format!("undo-{id}");
    let own = match dir.books.rerate_record(&own).await? {
        Some((other, _)) if other.rerate.what != what => new_id(&dir, &own).await?,
        _ => own,
    };
    let entry = dir.books.add_rerate(&own, &what, now()).await?.rerate;
    finish(&dir, &entry, asked, settings, out).await
}

/// Does what is left of it, and says what all of it came to.
async fn finish(dir: &Writing, entry: &Rerate, asked: &Asked<'_>, settings: &Settings, out: &mut Out) -> Result<()> {
    // Rows that a killed re-rate had laid aside.
    clear(dir).await?;
    let outside = outside(dir, &[]).await?;
    let mut pipeline = Pipeline::new(&outside, pipeline_settings(settings, asked.batch_rows));
    pipeline.rerate(entry.number, &mut |_| {}).await.map_err(|error| base::begun(error, &entry.id))?;
    tidy(dir).await?;
    let telling = Telling { as_json: asked.as_json, kept: asked.files.kept.as_deref() };
    record::show(dir.view(), &entry.id, &telling, out).await?;
    match &asked.files.out {
        Some(file) => calls_file::of_history(dir, &entry.id, file, settings).await,
        None => Ok(()),
    }
}

/// A name that no other has.
async fn new_id(dir: &Writing, stem: &str) -> Result<String> {
    let known = dir.books.rerates().await?;
    let is_free = |id: &String| known.iter().all(|record| record.rerate.id != *id);
    let free = (known.len() + 1..).map(|number| format!("{stem}-{number}")).find(is_free);
    Ok(free.expect("there are more numbers than re-rates"))
}

/// What a name may be: it stands on command lines.
fn id(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let is_name = (1..=64).contains(&text.chars().count()) && text.chars().all(is_plain) && !text.starts_with('-');
    let expected = "a name of up to 64 letters, digits, dots, dashes and underscores";
    if is_name { Ok(text.to_owned()) } else { Err(format!("{text:?} is not {expected}")) }
}
