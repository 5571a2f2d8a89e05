//! The `didtron` program: reads the command line, runs one command, says what went wrong, ends with its exit code.

mod batches;
mod cli;
mod commands;
mod data_dir;
mod deck_table;
mod failure;
mod globals;
mod mappings;
mod outside;
mod progress;
mod run;
mod settings;
mod show;
mod snapshot;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => failure::tell(&error),
    }
}
