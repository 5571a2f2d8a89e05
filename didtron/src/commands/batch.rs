//! `didtron batch`: the list of batches, and the way out when one cannot be settled.

use crate::batches::Batches;
use crate::commands::rate::{outside, pipeline_settings, tidy};
use crate::data_dir;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::Subcommand;
use didtron_books::{BatchRecord, BatchState};
use didtron_pipeline::{Pipeline, VoidedInput};
use didtron_ports::Feed;
use serde_json::{Value, json};
use std::io::Write;

/// What to do with batches.
#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    /// List the batches, the last ones last
    List {
        /// Only so many of the last; 0 for all
        #[arg(long, default_value_t = 20, value_name = "N")]
        last: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Void the first unsettled batch and all after it, on the record
    #[command(
        after_help = "The input is claimed again by the next `rate`, unless --lost gives that of the first batch up.\n\nExample:\n  didtron batch void --note \"the file was cut at the source, ticket 4711\""
    )]
    Void {
        /// Why, for whoever reads the books later
        #[arg(long, value_name = "TEXT")]
        note: String,
        /// Give the input of the first batch up: it is never read again
        #[arg(long)]
        lost: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: &BatchCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    match command {
        BatchCommand::List { last, json } => list(*last, *json, settings, out).await,
        BatchCommand::Void { note, lost, json } => void(note, *lost, *json, settings, out).await,
    }
}

async fn list(last: usize, as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let known = Batches::read(&dir.books).await?;
    let batches = known.records();
    let feeds = dir.books.all_feeds().await?;
    let skipped = if last == 0 { 0 } else { batches.len().saturating_sub(last) };
    let input = |batch: &BatchRecord| match &batch.claim.request.feed {
        Feed::File { feed } => {
            let path = feeds.iter().find(|known| known.id == *feed).map_or("a file", |known| known.path.as_str());
            format!("{path}:{}", batch.claim.request.first_line)
        }
        Feed::Redrive { .. } => "re-drive".to_owned(),
        Feed::Dismiss { note } => format!("dismissal: {note}"),
        Feed::Rerate { rerate } => {
            format!("re-rate {}", known.rerate(batch).map_or_else(|| rerate.to_string(), |entry| entry.id.clone()))
        }
    };
    if as_json {
        let items: Vec<Value> = batches[skipped..].iter().map(|batch| batch_json(batch, &input(batch))).collect();
        return show::json(out, &json!(items));
    }
    let rows = batches[skipped..].iter().map(|batch| {
        let (request, counts) = (&batch.claim.request, &batch.counts);
        vec![
            request.seq.to_string(),
            state(batch.state).to_owned(),
            counts.records.to_string(),
            counts.calls.to_string(),
            request.catalog_version.to_string(),
            request.claimed_at.to_string(),
            input(batch),
        ]
    });
    let header = ["batch", "state", "records", "calls", "catalog", "claimed at", "input"];
    Ok(writeln!(out, "{}", show::table(&header, &["batch", "records", "calls", "catalog"], rows))?)
}

const fn state(state: BatchState) -> &'static str {
    match state {
        BatchState::Claimed => "claimed",
        BatchState::Settled => "settled",
        BatchState::Voided => "voided",
    }
}

fn batch_json(batch: &BatchRecord, input: &str) -> Value {
    let request = &batch.claim.request;
    json!({
        "batch": request.seq,
        "partition": request.partition,
        "claim": request.id,
        "state": state(batch.state),
        "void_note": batch.void_note,
        "input": input,
        "range": [request.range.start, request.range.end],
        "catalog_version": request.catalog_version,
        "claimed_at": request.claimed_at.to_string(),
        "first_open_day": batch.claim.first_open_day.to_string(),
        "records": batch.counts.records,
        "calls": batch.counts.calls,
        "usage_rows": batch.counts.usage_rows,
        "duplicates": batch.counts.duplicates,
    })
}

async fn void(note: &str, lost: bool, as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::write(&settings.data.value, "batch void").await?;
    let outside = outside(&dir, &[]).await?;
    let input = if lost { VoidedInput::Lost } else { VoidedInput::ClaimAgain };
    let voided = Pipeline::new(&outside, pipeline_settings(settings, None)).void(note, input).await?;
    tidy(&dir).await?;
    let numbers: Vec<u64> = voided.iter().map(|claim| claim.request.seq).collect();
    if as_json {
        return show::json(out, &json!({ "voided": numbers, "lost": lost }));
    }
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => Ok(writeln!(out, "voided batches {first} to {last}")?),
        _ => Ok(writeln!(out, "nothing was unsettled; nothing was voided")?),
    }
}
