//! The flags that every command has.

use clap::Args;
use std::path::PathBuf;

/// Settings of one run.
#[derive(Debug, Args)]
pub(crate) struct Globals {
    /// Where books, usage and spool live [default: ./didtron-data] [env: DIDTRON_DATA]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// A file of settings [default: ./didtron.toml where there is one] [env: DIDTRON_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Threads that rate and query [default: all processors] [env: DIDTRON_THREADS]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<usize>,
}
