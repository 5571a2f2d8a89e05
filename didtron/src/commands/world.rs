//! `didtron world`: writes the seeded demo world. It knows its truth; rating it is another matter.

use crate::failure::unreachable;
use crate::show::Out;
use anyhow::Result;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Prefixes of each of the two full decks, where nobody says otherwise.
pub(crate) const PREFIXES: u32 = 300_000;

/// What world to write.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  didtron world --calls 10000 --seed 7 --prefixes 5000 --out world")]
pub(crate) struct WorldArgs {
    /// Call records, duplicates and broken ones among them
    #[arg(long, value_name = "N")]
    calls: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Prefixes of the full customer deck and of the full supplier deck
    #[arg(long, default_value_t = PREFIXES, value_name = "P")]
    prefixes: u32,
    /// The folder to write: new, empty, or an earlier world
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &WorldArgs, out: &mut Out) -> Result<()> {
    let options = didtron_world::Options { calls: args.calls, seed: args.seed, prefixes: args.prefixes };
    let truth = didtron_world::write(&options, &args.out).map_err(|error| unreachable(error.to_string()))?;
    let shown = args.out.display();
    Ok(writeln!(out, "{shown}: {} rows of calls, {} calls to be in force", truth.rows, truth.expect.calls)?)
}
