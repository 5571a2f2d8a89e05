//! `didtron day`: closes posting days, so that their accruals become transactions of the ledger, and lists them.

use crate::commands::rate::{outside, pipeline_settings};
use crate::data_dir;
use crate::failure::{data, usage};
use crate::outside::now;
use crate::settings::Settings;
use crate::show::{self, Out};
use anyhow::Result;
use clap::Subcommand;
use didtron_domain::Day;
use didtron_pipeline::Pipeline;
use didtron_ports::Books as _;
use serde_json::json;
use std::io::Write;

/// What to do with posting days.
#[derive(Debug, Subcommand)]
pub(crate) enum DayCommand {
    /// Close a day and all before it: nothing posts into them any more
    #[command(after_help = "Example:\n  didtron day close 2026-06-30")]
    Close {
        /// The last day to close [default: yesterday, UTC]
        day: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the days with what they came to
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: &DayCommand, settings: &Settings, out: &mut Out) -> Result<()> {
    match command {
        DayCommand::Close { day, json } => close(day.as_deref(), *json, settings, out).await,
        DayCommand::List { json } => list(*json, settings, out).await,
    }
}

async fn close(day: Option<&str>, as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let today = now().day();
    let day = match day {
        Some(text) => Day::parse(text).map_err(|error| usage(error.to_string()))?,
        None => today.plus(-1),
    };
    if day >= today {
        return Err(usage(format!("{day} is not over yet (UTC); a day is closed when it is")));
    }
    let dir = data_dir::write(&settings.data.value, &format!("day close {day}")).await?;
    // What is claimed and not settled may still post into the day: it is done first.
    let outside = outside(&dir, &[]).await?;
    Pipeline::new(&outside, pipeline_settings(settings, None)).resume(&mut |_| {}).await?;
    dir.books.raise_first_open_day(day).await?;
    if !dir.books.close_through(day).await? {
        return Err(data(format!("could not close {day}: a claimed batch that may post into it is not settled")));
    }
    let chain = dir.books.verify_chain().await?;
    if as_json {
        let value = json!({ "closed_through": day.to_string(), "transactions": chain.transaction_count, "ledger_head": show::hex(&chain.head) });
        return show::json(out, &value);
    }
    Ok(writeln!(out, "closed through {day}: the ledger has {} transactions", chain.transaction_count)?)
}

async fn list(as_json: bool, settings: &Settings, out: &mut Out) -> Result<()> {
    let dir = data_dir::read(&settings.data.value).await?;
    let days = dir.books.days().await?;
    let rows = days.iter().flat_map(|day| {
        let state = if day.closed { "closed" } else { "open" };
        day.totals.iter().map(move |total| {
            let (receivable, cost) = (show::money(total.receivable.into()), show::money(total.cost.into()));
            [day.day.to_string(), state.to_owned(), total.currency.to_string(), receivable, cost]
        })
    });
    if as_json {
        let item = |[day, state, currency, receivable, cost]: [String; 5]| json!({ "day": day, "state": state, "currency": currency, "receivable": receivable, "cost": cost });
        return show::json(out, &json!(rows.map(item).collect::<Vec<_>>()));
    }
    let header = ["day", "state", "currency", "receivable", "cost"];
    Ok(writeln!(out, "{}", show::table(&header, &["receivable", "cost"], rows.map(Vec::from)))?)
}
