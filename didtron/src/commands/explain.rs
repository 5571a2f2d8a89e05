//! `didtron explain`: why a stored call costs what it costs, from the journal and the catalog version that rated it.

mod again;
mod history;
mod told;

use crate::batches::Batches;
use crate::data_dir::{self, Reading};
use crate::failure::data;
use crate::mappings;
use crate::settings::{Settings, instant};
use crate::show::{self, Out};
use crate::snapshot::Snapshots;
use again::Brought;
use anyhow::Result;
use clap::Args;
use didtron_domain::{CallRecord, IdentityKey, Instant, NameId};
use didtron_ports::{Decode, RowPlace, SuspenseRow, UsageRow};
use didtron_rating::Explanation;
use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use told::{Told, Waits};

const EXAMPLES: &str = "\
Examples:
  didtron explain 4f1c9a
  didtron explain 4f1c9a --branch 2 --json
  didtron explain 4f1c9a --history          every rating it ever had, why, and the difference each made

Where several calls have the id they are listed, and exit code 1 says so: narrow them with --source, --branch, --start.";

/// Which call.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The switch's id of the call
    call: String,
    /// Only calls of this source
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only this branch
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only the call that started in this second
    #[arg(long, value_name = "TIME", value_parser = instant)]
    start: Option<Instant>,
    /// Also every rating that it ever had, with its cause and the difference it made
    #[arg(long)]
    history: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// All rows of one identity, in the order of their places.
#[derive(Default)]
struct Call {
    usage: Vec<UsageRow<'static>>,
    suspense: Vec<SuspenseRow<'static>>,
}

/// Every name by its id.
pub(crate) struct Names(pub(crate) Vec<(NameId, String)>);

impl Names {
    fn of(&self, id: NameId) -> &str {
        self.0.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name)
    }
}

pub(crate) async fn run(args: &ExplainArgs, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    let dir = data_dir::read(&settings.data.value).await?;
    let names = Names(dir.books.names().await?);
    let mut calls = find(&dir, args, &names).await?;
    let Some(call) = calls.pop() else {
        return Err(data(format!(
            "there is no call {:?}, neither rated nor in suspense; ids are compared letter by letter",
            args.call
        )));
    };
    if !calls.is_empty() {
        calls.push(call);
        told::list(&calls, &names, args.json, out)?;
        return Ok(ExitCode::from(1));
    }
    let batches = Batches::read(&dir.books).await?;
    let mut told = tell(&dir, &call, &names, &batches).await?;
    if args.history {
        told.ratings = Some(history::ratings(&call, &batches)?);
    }
    match args.json {
        true => show::json(out, &told.json())?,
        false => told.show(out)?,
    }
    Ok(if told.is_equal() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The calls that fit, by identity.
async fn find(dir: &Reading, args: &ExplainArgs, names: &Names) -> Result<Vec<Call>> {
    let files = dir.books.all_live_files().await?;
    let fits = |source: Option<NameId>, branch: &str, start: Option<Instant>| {
        args.source.as_ref().is_none_or(|wanted| source.is_some_and(|id| names.of(id) == wanted))
            && args.branch.as_ref().is_none_or(|wanted| branch == wanted)
            && args.start.is_none_or(|wanted| start.is_some_and(|start| start.second() == wanted.second()))
    };
    let mut calls: BTreeMap<IdentityKey, Call> = BTreeMap::new();
    for row in dir.store.usage_rows_of_call(&files, &args.call).await? {
        if fits(Some(row.source), &row.branch, Some(row.start)) {
            calls.entry(row.identity).or_default().usage.push(row);
        }
    }
    for row in dir.store.suspense_rows_of_call(&files, &args.call).await? {
        if fits(row.source, &row.branch, row.start) {
            calls.entry(row.identity).or_default().suspense.push(row);
        }
    }
    Ok(calls.into_values().collect())
}

impl Call {
    /// The +1 row that no other takes back.
    fn in_force(&self) -> Option<&UsageRow<'static>> {
        let reversed: HashSet<_> = self.usage.iter().filter_map(|row| row.reverses).collect();
        self.usage.iter().find(|row| row.sign > 0 && !reversed.contains(&row.place))
    }

    /// The usage row at a place.
    fn at(&self, place: RowPlace) -> Option<&UsageRow<'static>> {
        self.usage.iter().find(|row| row.place == place)
    }

    /// The reversal of the rating whose place this one took: the row directly before it.
    fn reversal_before(&self, rating: &UsageRow<'_>) -> Option<&UsageRow<'static>> {
        let row = rating.place.row.checked_sub(1)?;
        self.at(RowPlace { row, ..rating.place }).filter(|row| row.sign < 0)
    }

    /// The rating whose place this one took.
    fn rating_before(&self, rating: &UsageRow<'_>) -> Option<&UsageRow<'static>> {
        self.at(self.reversal_before(rating)?.reverses?)
    }

    /// The +1 row of suspense that no other takes out.
    fn waiting(&self) -> Option<&SuspenseRow<'static>> {
        let left: HashSet<_> = self.suspense.iter().filter_map(|row| row.takes_out).collect();
        self.suspense.iter().find(|row| row.sign > 0 && row.takes_out.is_none() && !left.contains(&row.place))
    }
}

async fn tell<'a>(dir: &Reading, call: &'a Call, names: &'a Names, batches: &Batches) -> Result<Told<'a>> {
    let snapshots = Snapshots::new(&dir.books, &dir.dir);
    let rated = match call.in_force() {
        Some(row) => {
            let brought = Brought::of(call, row, batches);
            Some((row, again::compute(&snapshots, row, brought, names).await?))
        }
        None => None,
    };
    let waits = match call.waiting() {
        Some(row) => Some(waits(dir, &snapshots, row).await?),
        None => None,
    };
    Ok(Told { call, names, rated, waits, ratings: None })
}

/// A waiting record against the newest catalog: what keeps it there now.
async fn waits<'a>(dir: &Reading, snapshots: &Snapshots<'_>, row: &'a SuspenseRow<'static>) -> Result<Waits<'a>> {
    let decoder = mappings::decoder(&dir.books).await?;
    let batch = decoder.decode_records(&row.mapping, &row.header, &[(row.record.to_vec(), row.at.to_string())])?;
    let catalog = snapshots.catalog(None).await?;
    let understood = batch.malformed_at(0).is_none();
    let explanation: Option<Explanation> = understood.then(|| catalog.explain(&batch.call(0)));
    Ok(Waits { row, catalog_version: catalog.number(), explanation })
}

/// The record behind a stored row.
pub(crate) fn record<'a>(row: &'a UsageRow<'_>, names: &'a Names) -> CallRecord<'a> {
    CallRecord { source: names.of(row.source), ..row.call() }
}
