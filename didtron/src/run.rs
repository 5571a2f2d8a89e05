//! Runs the command of a command line under the settings of its run.

use crate::cli::{Cli, Command};
use crate::commands::{
    audit, batch, calls, catalog, config, day, deck, demo, explain, ledger, mapping, price, rate, report, rerate,
    shell, sql, suspense, world,
};
use crate::settings::Settings;
use crate::show::Out;
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

/// Threads for files and the like. Each keeps what it once allocated: a few more cost a hundred megabytes and win nothing.
const BLOCKING_THREADS: usize = 2;

/// Runs the command; what it returns is the program's exit code.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let settings = Settings::resolve(&cli.globals)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .worker_threads(settings.threads.value)
        .enable_all()
        .build()
        .context("could not start the runtime")?;
    let mut out = BufWriter::new(stdout());
    let code = runtime.block_on(dispatch(cli.command, &settings, &mut out))?;
    out.flush()?;
    Ok(code)
}

async fn dispatch(command: Command, settings: &Settings, out: &mut Out) -> Result<ExitCode> {
    match command {
        Command::Audit(args) => return audit::run(&args, settings, out).await,
        Command::Deck(command) => return deck::run(command, settings, out).await,
        Command::Calls(command) => return calls::run(&command, settings, out).await,
        Command::Demo(args) => return demo::run(&args, settings, out).await,
        Command::Explain(args) => return explain::run(&args, settings, out).await,
        Command::World(args) => world::run(&args, out)?,
        Command::Catalog(command) => catalog::run(&command, settings, out).await?,
        Command::Mapping(command) => mapping::run(&command, settings, out).await?,
        Command::Rate(args) => rate::run(&args, settings, out).await?,
        Command::Rerate(args) => rerate::run(&args, settings, out).await?,
        Command::Report(args) => report::run(&args, settings, out).await?,
        Command::Sql(args) => sql::run(&args, settings, out).await?,
        Command::Suspense(command) => suspense::run(&command, settings, out).await?,
        Command::Day(command) => day::run(&command, settings, out).await?,
        Command::Ledger(command) => ledger::run(&command, settings, out).await?,
        Command::Batch(command) => batch::run(&command, settings, out).await?,
        Command::Price(args) => price::run(&args, out)?,
        Command::Config(command) => config::run(&command, settings, out)?,
        Command::Completions(args) => shell::completions(&args, Cli::command(), out)?,
        Command::Man => shell::man(Cli::command(), out)?,
    }
    Ok(ExitCode::SUCCESS)
}
