//! Measures the whole program on seeded worlds and writes `RESULTS.md`: each figure with its bound, the median of several
//! runs, wall time beside processor time, and the machine, load and build that it belongs to.
//!
//! `didtron-bench PROGRAM RESULTS [--quick]`

mod figures;
mod machine;
mod process;

use anyhow::{Context, Result, bail};
use figures::Lab;
use std::path::PathBuf;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (Some(program), Some(results)) = (words.next(), words.next()) else {
        bail!("usage: didtron-bench PROGRAM RESULTS.md [--quick]");
    };
    let is_quick = words.any(|word| word == "--quick");
    let folder = tempfile::tempdir().context("could not make a folder for the worlds")?;
    let lab = Lab::new(PathBuf::from(program), folder.path(), is_quick);
    let before = machine::Machine::look();
    let lines = lab.measure()?;
    let text = figures::page(&lines, &before, &machine::Machine::look(), is_quick);
    std::fs::write(&results, text).with_context(|| format!("could not write {results}"))
}
