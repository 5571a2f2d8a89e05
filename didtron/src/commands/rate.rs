//! `didtron rate`: call files into the books and the usage store, exactly once, whatever dies.

mod feed;
mod housekeeping;

use crate::data_dir::{self, Writing};
use crate::failure::usage;
use crate::mappings::{self, NamedCallMapping};
use crate::outside::{Embedded, now};
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::Args;
use didtron_books::MappingKind;
use didtron_pipeline::{Pipeline, RunReport, Settings as PipelineSettings};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::time::Instant;

use feed::FeedsOf;
pub(crate) use housekeeping::{PARTITION, clear, tidy};

/// The revision of the rating rules in this program: it changes when the same call would cost something else.
const RATING_REVISION: u32 = 1;

const EXAMPLES: &str = "\
Examples:
  didtron rate calls/*.csv
  didtron rate cdr-*.csv.gz --mapping connexcs
  zcat today.csv.gz | didtron rate - --source switch-1 --mapping asterisk

A file that was rated whole adds nothing; one that has grown is continued. What cannot be rated waits in suspense.";

/// What to rate and how.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RateArgs {
    /// Call files in the order in which they are rated; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// How they are read: a built-in or saved mapping by name, or a TOML file
    #[arg(long, default_value = "plain", value_name = "NAME")]
    pub(crate) mapping: String,
    /// What places call standard input
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Records of a batch at most [default: 53248] [env: DIDTRON_BATCH_ROWS]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 22))]
    pub(crate) batch_rows: Option<u32>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) async fn run(args: &RateArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let begun = Instant::now();
    let dir = data_dir::write(&settings.data.value, &format!("rate {}", args.files.join(" "))).await?;
    let report = rate(args, settings, &dir).await?;
    show_report(args, &report, begun, out)
}

/// Rates the files in order and tidies up behind.
pub(crate) async fn rate(args: &RateArgs, settings: &Settings, dir: &Writing) -> Result<RunReport> {
    if args.source.is_some() && !args.files.iter().any(|file| file == "-") {
        return Err(usage("--source names standard input, and goes with the file `-` only"));
    }
    let mapping = saved(dir, &args.mapping).await?;
    let outside = outside(dir, &args.files).await?;
    let mut pipeline = Pipeline::new(&outside, pipeline_settings(settings, args.batch_rows));
    let mut progress = feed::progress(&args.files);
    let mut feeds = FeedsOf::new(args, &mapping.mapping, &dir.dir);
    let total = pipeline.rate_all(&mut feeds, &mut |at| progress.at(at.bytes, at.records)).await?;
    feeds.settled()?;
    tidy(dir).await?;
    Ok(total)
}

/// The mapping; one that came from a file is saved first, so that its records can be decoded again.
async fn saved(dir: &Writing, word: &str) -> Result<NamedCallMapping> {
    let mapping = mappings::call_mapping(Some(&dir.books), word).await?;
    if let Some(text) = &mapping.from_file {
        dir.books.save_mapping(MappingKind::Calls, &mapping.mapping.name, text, now()).await?;
    }
    Ok(mapping)
}

/// The pipeline's world over a data directory. `named` are files that a moved feed may be found among.
pub(crate) async fn outside<'a>(dir: &'a Writing, named: &[String]) -> Result<Embedded<'a>> {
    Ok(Embedded {
        books: &dir.books,
        store: &dir.store,
        snapshots: Snapshots::new(&dir.books, &dir.dir),
        decoder: mappings::decoder(&dir.books).await?,
        named: named.iter().map(Into::into).collect(),
    })
}

/// How the pipeline works under these settings.
pub(crate) fn pipeline_settings(settings: &Settings, batch_rows: Option<u32>) -> PipelineSettings {
    PipelineSettings {
        batch_rows: batch_rows.map_or(settings.batch_rows.value, |rows| rows as usize),
        threads: settings.threads.value,
        claims_ahead: settings.claims_ahead.value,
        rating_revision: RATING_REVISION,
        horizon: settings.horizon.value,
        ..PipelineSettings::default()
    }
}

fn show_report(args: &RateArgs, report: &RunReport, begun: Instant, out: &mut Out) -> Result<()> {
    if args.json {
        return show::json(out, &counts_json(report));
    }
    writeln!(out, "{}", counts_text(report))?;
    let elapsed = begun.elapsed().as_millis().max(1);
    let a_second = u128::from(report.counts.records) * 1000 / elapsed;
    Ok(writeln!(out, "{} batches in {}.{:03} s, {a_second} records/s", report.batches, elapsed / 1000, elapsed % 1000)?)
}

/// Counts by outcome for scripts.
pub(crate) fn counts_json(report: &RunReport) -> Value {
    let suspense: Map<String, Value> =
        report.counts.suspense.iter().map(|(reason, count)| (reason.as_str().to_owned(), json!(count))).collect();
    json!({
        "records": report.counts.records,
        "calls": report.counts.calls,
        "usage_rows": report.counts.usage_rows,
        "duplicates": report.counts.duplicates,
        "corrections": report.corrections(),
        "suspense": suspense,
        "batches": report.batches,
        "bytes": report.bytes,
    })
}

/// Counts by outcome for people.
pub(crate) fn counts_text(report: &RunReport) -> String {
    let counts = &report.counts;
    let mut rows = vec![
        vec!["records read".to_owned(), counts.records.to_string()],
        vec!["calls rated".to_owned(), counts.calls.to_string()],
        vec!["duplicates".to_owned(), counts.duplicates.to_string()],
        vec!["corrections".to_owned(), report.corrections().to_string()],
    ];
    rows.extend(
        counts.suspense.iter().map(|(reason, count)| vec![format!("suspense, {}", reason.as_str()), count.to_string()]),
    );
    show::table(&["outcome", "count"], &["count"], rows)
}
