//! `didtron suspense`: what could not be rated, why, what is at stake, and the two ways out.

mod cures;

pub(crate) use cures::Cures;

use crate::commands::rate::{PARTITION, counts_json, counts_text, outside, pipeline_settings, tidy};
use crate::commands::report::source;
use crate::data_dir::{self, Reading};
use crate::failure::usage;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::{Args, Subcommand};
use didtron_domain::{Reason, Side};
use didtron_pipeline::{Pipeline, Redrive, RunReport};
use didtron_ports::{RowPlace, UsageStore};
use didtron_query::{Format, Session};
use serde_json::json;
use std::io::Write;

/// What to do with records in suspense.
#[derive(Debug, Subcommand)]
pub(crate) enum SuspenseCommand {
    /// List what waits, oldest first
    #[command(after_help = "Example:\n  didtron suspense list --reason no_rate --limit 10")]
    List {
        /// Only what waits for this reason
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        /// Only so many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one record whole, with what is wrong
    Show {
        /// As `list` names it
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Try again with the newest catalog and the mappings' present form
    #[command(after_help = "Example:\n  didtron suspense redrive --reason no_rate")]
    Redrive(RedriveArgs),
    /// Take records out for good, with a note
    #[command(after_help = "Example:\n  didtron suspense dismiss 0-12-5 --note \"test call of the NOC\"")]
    Dismiss {
        /// As `list` names them
        #[arg(required = true)]
        ids: Vec<String>,
        /// Why, for whoever reads the books later
        #[arg(long, value_name = "TEXT")]
        note: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to try again.
#[derive(Debug, Args)]
pub(crate) struct RedriveArgs {
    /// One record, as `list` names it [default: all]
    id: Option<String>,
    /// Only what waits for this reason
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: &SuspenseCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    match command {
        SuspenseCommand::List { reason, limit, json } => list(reason.as_deref(), *limit, *json, settings, out).await,
        SuspenseCommand::Show { id, json } => show_one(id, *json, settings, out).await,
        SuspenseCommand::Redrive(args) => redrive(args, settings, out).await,
        SuspenseCommand::Dismiss { ids, note, json } => dismiss(ids, note, *json, settings, out).await,
    }
}

async fn list(
    reason: Option<&str>,
    limit: Option<usize>,
    as_json: bool,
    settings: &Settings,
    out: &mut Out,
) -> Result<()> {
    let reason = reason.map(parse_reason).transpose()?;
    let dir = data_dir::read(&settings.data.value).await?;
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    let only = reason.map_or_else(String::new, |reason| format!(" where reason = '{}'", reason.as_str()));
    let limit = limit.map_or_else(String::new, |limit| format!(" limit {limit}"));
    let columns =
        "id, reason, side, source, call_id, branch, start, place, customer_charge, supplier_charge, first_seen, note";
    let query = format!("select {columns} from suspense{only} order by first_seen, id{limit}");
    let format = if as_json { Format::Json } else { Format::Table };
    session.sql(&query).await?.write(format, out).await?;
    Ok(())
}

async fn show_one(id: &str, as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let place = parse_id(id)?;
    let dir = data_dir::read(&settings.data.value).await?;
    let Reading { books, store, .. } = &dir;
    let row = store.suspense_rows(&books.all_live_files().await?, &[place]).await?.remove(0);
    let names = books.names().await?;
    let source = row.source.and_then(|id| names.iter().find(|(known, _)| *known == id)).map(|(_, name)| name.clone());
    let charge = |charge: Option<didtron_domain::Amount>| charge.map(|amount| amount.to_string());
    let fields = [
        ("id", Some(id.to_owned())),
        ("reason", Some(row.rejection.reason.as_str().to_owned())),
        ("side", row.rejection.side.map(|side: Side| side.as_str().to_owned())),
        ("note", Some(row.note.to_string()).filter(|note| !note.is_empty())),
        ("place", Some(row.at.to_string())),
        ("mapping", Some(row.mapping.to_string())),
        ("source", source),
        ("call_id", Some(row.call_id.to_string()).filter(|text| !text.is_empty())),
        ("branch", Some(row.branch.to_string()).filter(|text| !text.is_empty())),
        ("start", row.start.map(|start| start.to_string())),
        ("customer_charge", charge(row.rejection.customer_charge)),
        ("supplier_charge", charge(row.rejection.supplier_charge)),
        ("first_seen", Some(row.first_seen.to_string())),
        ("header", Some(row.header.to_string()).filter(|text| !text.is_empty())),
        ("record", Some(String::from_utf8_lossy(&row.record).into_owned())),
    ];
    if as_json {
        let object: serde_json::Map<_, _> =
            fields.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        return show::json(out, &object.into());
    }
    for (name, text) in fields.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        writeln!(out, "{name:<16} {text}")?;
    }
    Ok(())
}

async fn redrive(args: &RedriveArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let reason = args.reason.as_deref().map(parse_reason).transpose()?;
    let places = match args.id.as_deref().map(parse_id).transpose()? {
        Some(place) => place.packed()..place.packed() + 1,
        None => Redrive::default().places,
    };
    let dir = data_dir::write(&settings.data.value, "suspense redrive").await?;
    let outside = outside(&dir, &[]).await?;
    let mut pipeline = Pipeline::new(&outside, pipeline_settings(settings, None));
    let report = pipeline.redrive(&Redrive { reason, places }, &mut |_| {}).await?;
    tidy(&dir).await?;
    show_report(&report, args.json, out)
}

async fn dismiss(ids: &[String], note: &str, as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let places = ids.iter().map(|id| parse_id(id)).collect::<Result<Vec<_>>>()?;
    let dir = data_dir::write(&settings.data.value, "suspense dismiss").await?;
    let outside = outside(&dir, &[]).await?;
    let mut pipeline = Pipeline::new(&outside, pipeline_settings(settings, None));
    let report = pipeline.dismiss(&places, note, &mut |_| {}).await?;
    tidy(&dir).await?;
    show_report(&report, as_json, out)
}

fn show_report(report: &RunReport, as_json: bool, out: &mut Out) -> Result<()> {
    match as_json {
        true => show::json(out, &counts_json(report)),
        false => Ok(writeln!(out, "{}", counts_text(report))?),
    }
}

fn parse_reason(word: &str) -> Result<Reason> {
    Reason::parse(word).ok_or_else(|| usage(format!("{word:?} is no reason; there are {}", Reason::WORDS.join(", "))))
}

/// `partition-batch-row`, as the view `suspense` names its rows.
fn parse_id(id: &str) -> Result<RowPlace> {
    let wrong = || usage(format!("{id:?} is not the id of a record in suspense; `didtron suspense list` shows them"));
    let mut parts = id.split('-').map(|part| part.parse::<u64>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten(), parts.next()) {
        (Some(partition), Some(seq), Some(row), None) if partition == u64::from(PARTITION) => {
            Ok(RowPlace { seq, row: u32::try_from(row).map_err(|_| wrong())? })
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_partition_batch_and_row() {
        assert_eq!(parse_id("0-12-5").expect("an id"), RowPlace { seq: 12, row: 5 });
        for wrong in ["", "12-5", "1-12-5", "0-12-5-1", "0-12-x", "0-12-99999999999"] {
            assert!(parse_id(wrong).is_err(), "{wrong}");
        }
    }
}
