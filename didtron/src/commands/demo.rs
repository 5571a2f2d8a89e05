//! `didtron demo`: the seeded world made, published, rated, reported and audited, with the time of each stage.

mod stages;

use crate::commands::rate::{RateArgs, rate};
use crate::commands::report::source;
use crate::commands::world::PREFIXES;
use crate::commands::{audit, catalog};
use crate::data_dir;
use crate::failure::{data, read_file, unreachable};
use crate::settings::{Setting, Settings};
use crate::show::Out;
use anyhow::Result;
use clap::Args;
use didtron_query::{Dimension, Report, Session};
use serde_json::Value;
use stages::Stages;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lines of each table that a person is shown.
const SHOWN: usize = 12;

/// How large a world.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  didtron demo --calls 100000 --dir demo")]
pub(crate) struct DemoArgs {
    /// Call records
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    calls: u64,
    /// The same seed gives the same world
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Prefixes of each of the two full decks
    #[arg(long, default_value_t = PREFIXES, value_name = "P")]
    prefixes: u32,
    /// Where world and data go; an earlier demo there is replaced
    #[arg(long, default_value = "didtron-demo", value_name = "DIR")]
    dir: PathBuf,
}

pub(crate) async fn run(args: &DemoArgs, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    let mut stages = Stages::default();
    let (world, data_path) = (args.dir.join("world"), args.dir.join("data"));
    clear(&args.dir)?;
    let settings = Settings { data: Setting { value: data_path.clone(), from: "demo".to_owned() }, ..settings.clone() };
    let options = didtron_world::Options { calls: args.calls, seed: args.seed, prefixes: args.prefixes };
    let made = stages.time("make the world", || didtron_world::write(&options, &world));
    made.map_err(|error| unreachable(error.to_string()))?;
    let loaded =
        stages.time_async("publish its catalog", catalog::load(&world.join("catalog.toml"), &settings)).await?;
    loaded.show(false, out)?;
    let files = call_files(&world)?;
    let rate_args = RateArgs { files, mapping: "plain".to_owned(), source: None, batch_rows: None, json: false };
    let report = {
        let dir = data_dir::write(&settings.data.value, "demo").await?;
        stages.time_async("rate its calls", rate(&rate_args, &settings, &dir)).await?
    };
    writeln!(out, "{}\n", super::rate::counts_text(&report))?;
    let dir = data_dir::read(&settings.data.value).await?;
    stages.time_async("report", reports(&dir, &settings, out)).await?;
    let audited = stages.time_async("audit", audit::audit(&dir)).await?;
    writeln!(out, "Audit")?;
    audited.show(out)?;
    stages.show(report.counts.records, out)?;
    next(&data_path, out)?;
    let truth: Value = serde_json::from_slice(&read_file(&world.join("truth.json"))?)?;
    let wrong = untrue(&truth["expect"], &audited.json());
    if !wrong.is_empty() {
        out.flush()?;
        return Err(data(format!("the books are not the world's truth: {}", wrong.join("; "))));
    }
    writeln!(out, "\nThe books hold the world's own truth (truth.json) in every count.")?;
    Ok(if audited.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Removes an earlier demo, and nothing else.
fn clear(dir: &Path) -> Result<()> {
    let failed = |error: std::io::Error| unreachable(format!("could not clear {}: {error}", dir.display()));
    let is_new = !dir.exists() || dir.read_dir().map_err(failed)?.next().is_none();
    if is_new {
        return Ok(());
    }
    if !dir.join("world/truth.json").is_file() {
        return Err(data(format!("{} holds something that is no demo; name another folder with --dir", dir.display())));
    }
    for part in ["world", "data"] {
        let path = dir.join(part);
        if path.exists() {
            fs::remove_dir_all(path).map_err(failed)?;
        }
    }
    Ok(())
}

fn call_files(world: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in world.join("calls").read_dir()? {
        files.push(entry?.path().display().to_string());
    }
    files.sort();
    Ok(files)
}

async fn reports(dir: &data_dir::Reading, settings: &Settings, out: &mut Out) -> Result<()> {
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    for (title, by) in [
        ("By customer", Dimension::Customer),
        ("By supplier", Dimension::Supplier),
        ("By destination", Dimension::Destination),
    ] {
        let table = session.report(&Report { by: vec![by], from: None, to: None }).await?;
        writeln!(out, "{title}\n{}", table.folded(SHOWN))?;
    }
    writeln!(out, "Routes that lose money\n{}", session.losing_routes(SHOWN).await?)?;
    let query = "select reason, count(*) as records, sum(customer_charge) as customer_charge, sum(supplier_charge) as supplier_charge from suspense group by reason order by 2 desc";
    writeln!(out, "Suspense by reason, with what is at stake")?;
    session.sql(query).await?.write(didtron_query::Format::Table, out).await?;
    Ok(writeln!(out)?)
}

fn next(data: &Path, out: &mut Out) -> Result<()> {
    let data = data.display();
    writeln!(out, "\nWhat to type next")?;
    for words in [
        "report --by supplier,day",
        "sql \"select * from margin_by_minute order by minute desc limit 10\"",
        "suspense list --limit 5",
        "sql \"select call_id from usage_current where customer_charge > 0 limit 3\"   # then: didtron explain CALL-ID",
        "day close 2026-06-30",
    ] {
        writeln!(out, "  didtron --data {data} {words}")?;
    }
    Ok(())
}

/// Where the books say something else than the world's truth.
fn untrue(expected: &Value, books: &Value) -> Vec<String> {
    let keys = ["calls", "duplicates", "corrections", "suspense"];
    let off = keys.into_iter().filter(|key| expected[key] != books[key]);
    off.map(|key| format!("{key}: truth {}, books {}", expected[key], books[key])).collect()
}
