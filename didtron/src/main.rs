//! The `didtron` program: reads the command line, runs one command, says what went wrong, ends with its exit code.

mod cli;
mod commands;
mod data_dir;
mod deck_table;
mod failure;
mod mappings;
mod outside;
mod progress;
mod settings;
mod show;
mod snapshot;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => failure::tell(&error),
    }
}
