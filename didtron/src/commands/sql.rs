//! `didtron sql`: the stable views, asked in SQL.

use crate::commands::report::source;
use crate::data_dir;
use crate::failure::{unreachable, usage};
use crate::settings::Settings;
use crate::show::Out;
use anyhow::Result;
use clap::{Args, ValueEnum};
use didtron_query::{Format, Session};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Views: usage, usage_current, usage_history, margin_by_minute, margin_by_route, decks, carriers, suspense

Examples:
  didtron sql \"select supplier, sum(margin) from usage_current group by 1 order by 2\"
  didtron sql \"select * from margin_by_minute order by 1 desc limit 10\"
  didtron sql \"select * from usage_current\" --format parquet --out calls.parquet";

/// What to ask and how to show it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SqlArgs {
    /// The query
    query: String,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// Where it is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    Table,
    Csv,
    Json,
    Parquet,
}

pub(crate) async fn run(args: &SqlArgs, settings: &Settings, out: &mut Out) -> Result<()> {
    let format = match args.format {
        Shape::Table => Format::Table,
        Shape::Csv => Format::Csv,
        Shape::Json => Format::Json,
        Shape::Parquet => Format::Parquet,
    };
    if args.format == Shape::Parquet && args.out.is_none() {
        return Err(usage("parquet is no text: name a file with --out"));
    }
    let dir = data_dir::read(&settings.data.value).await?;
    let session = Session::open(source(&dir.books, &dir.store).await?, settings.threads.value).await?;
    let answer = session.sql(&args.query).await?;
    match &args.out {
        None => drop(answer.write(format, out).await?),
        Some(path) => {
            let failed = |error: std::io::Error| unreachable(format!("could not write {}: {error}", path.display()));
            let mut file = BufWriter::new(File::create(path).map_err(failed)?);
            answer.write(format, &mut file).await?;
            file.flush().map_err(failed)?;
        }
    }
    Ok(())
}
