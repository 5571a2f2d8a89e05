//! Completions and the manual page, made from the command line itself.

use crate::show::Out;
use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io::Write;

/// Which shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  didtron completions bash > /etc/bash_completion.d/didtron")]
pub(crate) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn completions(args: &CompletionArgs, mut command: Command, out: &mut Out) -> Result<()> {
    // By way of memory, because it panics where its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "didtron", &mut script);
    Ok(out.write_all(&script)?)
}

pub(crate) fn man(command: Command, out: &mut Out) -> Result<()> {
    Ok(clap_mangen::Man::new(command).render(out)?)
}
