//! The command line as a person types it.

use crate::commands::{
    audit, batch, calls, catalog, config, day, deck, demo, explain, ledger, mapping, price, rate, report, rerate,
    shell, sql, suspense, world,
};
use crate::globals::Globals;
use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  didtron demo                                       a seeded world, rated and explained
  didtron catalog load catalog.toml                  publish carriers, plans, decks, FX
  didtron rate cdr-*.csv.gz --mapping connexcs       rate call files; safe to kill and to run again
  didtron report --by customer,supplier              calls, minutes, revenue, cost, margin
  didtron explain CALL-ID                            why a call costs what it costs
  didtron audit                                      prove that usage and ledger agree

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 something is wrong with the data or
the books, 2 wrong usage, 3 a service or file could not be reached.";

/// Turns call detail records into money: exact, explained, and safe to kill.
#[derive(Debug, Parser)]
#[command(name = "didtron", version, after_help = EXAMPLES, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, rate, report and audit a seeded world, and say how long each stage took
    Demo(demo::DemoArgs),
    /// Write the seeded demo world: catalog, decks, calls and its truth
    World(world::WorldArgs),
    /// Publish and show catalog versions
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Check, import, compare, export and ask rate decks
    #[command(subcommand)]
    Deck(deck::DeckCommand),
    /// Check call files against a mapping
    #[command(subcommand)]
    Calls(calls::CallsCommand),
    /// List, show and save mappings of call files and rate sheets
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Rate call files into the books and the usage store
    Rate(rate::RateArgs),
    /// Rate calls of the past again, see the difference first, book it, take it back
    Rerate(rerate::RerateArgs),
    /// Prove that usage and ledger agree
    Audit(audit::AuditArgs),
    /// Calls, answered, minutes, revenue, cost, margin, ASR and ACD by any dimension
    Report(report::ReportArgs),
    /// Restate a call's rating step by step, and compute it again
    Explain(explain::ExplainArgs),
    /// Ask the stable views of the usage store
    Sql(sql::SqlArgs),
    /// List, show, re-drive and dismiss what could not be rated
    #[command(subcommand)]
    Suspense(suspense::SuspenseCommand),
    /// Close and list posting days
    #[command(subcommand)]
    Day(day::DayCommand),
    /// Balances, and the ledger in an outside tool's form
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// List batches; void what cannot be settled
    #[command(subcommand)]
    Batch(batch::BatchCommand),
    /// Price answered calls without a catalog
    Price(price::PriceArgs),
    /// Show every setting and where it came from
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print shell completions
    Completions(shell::CompletionArgs),
    /// Print the manual page
    Man,
}
