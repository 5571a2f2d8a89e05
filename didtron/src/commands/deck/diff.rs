//! `didtron deck diff`: what one version changes against another, key by key.

use super::effect::{Around, traffic};
use super::lookup::price;
use super::{find, up_to};
use crate::data_dir;
use crate::deck_table::DeckCache;
use crate::failure::usage;
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use anyhow::Result;
use clap::Args;
use didtron_domain::Instant;
use didtron_rate_tables::{Change, CompiledRow, DeckDiff, DiffEntry, RowTerms, diff};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

/// Keys shown to a person; scripts get all.
const SHOWN_MAX: usize = 50;

/// What to compare.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  didtron deck diff base-out --from 1 --to 2\n  didtron deck diff base-out --traffic 2026-06-01..2026-07-01"
)]
pub(crate) struct DiffArgs {
    /// The deck's name
    name: String,
    /// The older version [default: the one before]
    #[arg(long, value_name = "V")]
    from: Option<u32>,
    /// The newer version [default: the newest]
    #[arg(long, value_name = "V")]
    to: Option<u32>,
    /// And what the newer version makes of this traffic against the older one, in money
    #[arg(long, value_name = "FROM..TO", value_parser = traffic)]
    traffic: Option<Range<Instant>>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &DiffArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let deck = find(&dir.books, &dir.dir, &args.name).await?;
    let newest = deck.versions.last().copied().ok_or_else(|| usage(format!("{} has no version", args.name)))?;
    let newer = up_to(&deck, args.to.unwrap_or(newest))?;
    let before = newer.versions.len().checked_sub(2).map(|at| newer.versions[at]);
    let from = args
        .from
        .or(before)
        .ok_or_else(|| usage(format!("{} has one version: there is nothing to compare it with", args.name)))?;
    let older = up_to(&deck, from)?;
    let cache = DeckCache::new(&dir.dir);
    let (old, new) = (cache.table(&dir.books, &older).await?, cache.table(&dir.books, &newer).await?);
    let (old, new) = (Arc::new(old), Arc::new(new));
    let last = *newer.versions.last().expect("a deck up to a version has that version");
    let info = dir.books.deck_versions(&args.name).await?.into_iter().find(|info| info.number == last);
    // What the version does shows from its effective time on.
    let at = info.and_then(|info| info.effective).unwrap_or_else(now);
    let found = diff(&old, &new, at);
    let effect = match &args.traffic {
        None => None,
        Some(span) => {
            let snapshots = Snapshots::new(&dir.books, &dir.dir);
            let (_, spec) = snapshots.spec(None).await?;
            let tables = [&old, &new].map(|table| vec![(args.name.clone(), Arc::clone(table))]);
            let [from, to] = tables;
            let drafts = [snapshots.draft(&spec, from).await?, snapshots.draft(&spec, to).await?];
            let around = Around { books: &dir.books, store: &dir.store, threads: settings.threads.value };
            Some(around.between(drafts.each_ref(), &spec, span.clone()).await?)
        }
    };
    if args.json {
        let mut value = diff_json(&found);
        if let (Some(told), Value::Object(object)) = (effect, &mut value) {
            object.insert("effect".to_owned(), told.json().into());
        }
        return show::json(out, &value);
    }
    show_diff(&found, SHOWN_MAX, out)?;
    if let Some(told) = effect {
        writeln!(out, "\non this traffic, against version {from}:")?;
        told.tell(out)?;
    }
    Ok(())
}

/// Counts and every key that changes.
pub(super) fn diff_json(found: &DeckDiff<'_>) -> Value {
    let counts: Map<String, Value> =
        Change::ALL.iter().map(|&change| (change.as_str().to_owned(), json!(found.counts.of(change)))).collect();
    let entry = |entry: &DiffEntry<'_>| {
        json!({
            "prefix": entry.prefix.to_string(),
            "origin_set": entry.origin_set,
            "time_class": entry.time_class,
            "destination": entry.destination,
            "change": entry.change.as_str(),
            "increment_changed": entry.increment_changed,
            "old": entry.old.map(row_json),
            "new": entry.new.map(row_json),
        })
    };
    json!({
        "at": found.at.to_string(),
        "counts": counts,
        "increment_changes": found.counts.increment_changes,
        "entries": found.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn row_json((row, terms): (&CompiledRow, &RowTerms)) -> Value {
    json!({
        "rate_per_min": terms.price.map(price),
        "connect_fee": terms.connect_fee.to_string(),
        "increments": increments(terms),
        "effective_from": (row.from != Instant::MIN).then(|| row.from.to_string()),
        "status": row.status.as_str(),
    })
}

fn increments(terms: &RowTerms) -> Option<String> {
    terms.increment.map(|increment| format!("{}/{}", increment.initial_s(), increment.next_s()))
}

/// Counts in one line, then the first keys that change.
pub(super) fn show_diff(found: &DeckDiff<'_>, shown_max: usize, out: &mut Out) -> Result<()> {
    let counts: Vec<String> = Change::ALL
        .iter()
        .filter(|&&change| found.counts.of(change) > 0)
        .map(|&change| format!("{} {}", found.counts.of(change), change.as_str()))
        .collect();
    let counts = if counts.is_empty() { "no rows in force".to_owned() } else { counts.join(", ") };
    writeln!(out, "at {}: {counts}; {} with other increments", found.at, found.counts.increment_changes)?;
    let cell = |row: Option<(&CompiledRow, &RowTerms)>| {
        row.map_or_else(String::new, |(row, terms)| {
            let increments = increments(terms).map_or_else(String::new, |text| format!(" {text}"));
            format!("{}{increments}", terms.price.map_or_else(|| row.status.as_str().to_owned(), price))
        })
    };
    let rows = found.entries.iter().take(shown_max).map(|entry| {
        vec![
            entry.prefix.to_string(),
            entry.destination.to_owned(),
            entry.change.as_str().to_owned(),
            cell(entry.old),
            cell(entry.new),
        ]
    });
    if !found.entries.is_empty() {
        writeln!(out, "{}", show::table(&["prefix", "destination", "change", "old", "new"], &["old", "new"], rows))?;
    }
    match found.entries.len().checked_sub(shown_max).filter(|more| *more > 0) {
        Some(more) => Ok(writeln!(out, "and {more} keys more; --json lists all")?),
        None => Ok(()),
    }
}
