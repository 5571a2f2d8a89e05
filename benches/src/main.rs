//! Measures the parts and the whole program and writes `RESULTS.md` with its pictures: each figure with its bound, the
//! median of several runs, beside the machine, load and build that it belongs to. Or checks the ratios that no noise can
//! explain away.
//!
//! `didtron-benches measure PROGRAM RESULTS.md PICTURES BUILD [--quick]`, `didtron-benches rerates PROGRAM CALLS PREFIXES`
//! for that part alone, or `didtron-benches check`

mod bare;
mod machine;
mod page;
mod parts;
mod plots;
mod process;
mod samples;
mod whole;

use anyhow::{Context, Result, bail, ensure};
use machine::Machine;
use page::Results;
use parts::Part;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use whole::{Lab, Sizes};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = tempfile::tempdir().context("could not make a folder for the worlds")?;
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check(folder.path()),
        ["measure", program, results, pictures, build, ref rest @ ..] => {
            let is_quick = rest.contains(&"--quick");
            let found = measure(program, build, is_quick, folder.path())?;
            let known = match std::fs::read_to_string(results) {
                Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
                known => {
                    known.with_context(|| format!("could not read {results}, whose text by hand is to be kept"))?
                }
            };
            std::fs::write(results, page::page(&found, &known))
                .with_context(|| format!("could not write {results}"))?;
            plots::draw(&found, Path::new(pictures))
        }
        ["rerates", program, calls, prefixes] => {
            let lab = Lab::new(PathBuf::from(program), folder.path(), Sizes::WHOLE);
            let lines = lab.rerates_of(calls.parse()?, prefixes.parse()?)?;
            Ok(write!(std::io::stdout(), "{}", page::whole_program(&lines, Machine::look().threads))?)
        }
        // What a dry run is measured against, in a process of its own like that.
        ["bare-rerate", world, data] => {
            let took = bare::rate_stored(Path::new(world), Path::new(data))?;
            Ok(writeln!(std::io::stdout(), "{}", took.tell())?)
        }
        _ => bail!(
            "usage: didtron-benches measure PROGRAM RESULTS.md PICTURES BUILD [--quick], didtron-benches rerates PROGRAM \
             CALLS PREFIXES, or didtron-benches check"
        ),
    }
}

fn measure(program: &str, build: &str, is_quick: bool, folder: &Path) -> Result<Results> {
    let before = Machine::look();
    let (sizes, form) = if is_quick { (Sizes::QUICK, "the short form") } else { (Sizes::WHOLE, "whole") };
    let prefix_counts: &[usize] = if is_quick { &[300_000] } else { &[300_000, 1_000_000, 5_000_000] };
    let rounds = sizes.repeats + 4;
    let mut parts = prefix_counts.iter().map(|count| parts::lookup(*count, rounds)).collect::<Result<Vec<_>>>()?;
    parts.push(parts::charges(false, rounds)?);
    parts.push(parts::charges(true, rounds)?);
    let (calls, prefixes) = sizes.demo;
    parts.push(parts::in_memory(calls, prefixes, sizes.repeats, folder)?);
    let lines = Lab::new(PathBuf::from(program), folder, sizes).measure()?;
    Ok(Results { before, after: Machine::look(), form: format!("{form}, {build} profile"), parts, lines })
}

/// Margins are wide: a run beside others must pass, a hot path that went cold must not.
fn check(folder: &Path) -> Result<()> {
    let holds = |part: &Part, least: f64| {
        let ratio = part.ratio().context("a part that is checked has one beside it")?;
        let (name, other) = part.beside.as_ref().context("a part that is checked has one beside it")?;
        let told = format!(
            "{}: {:.1} ns, {name} {:.1} ns, ratio {ratio:.1} (>= {least})",
            part.what,
            part.ours.median(),
            other.median()
        );
        ensure!(ratio >= least, "{told}: the hot path went cold, or the machine is too busy to tell");
        Ok(writeln!(std::io::stdout(), "{told}")?)
    };
    holds(&parts::lookup(300_000, 5)?, LOOKUP_RATIO_MIN)?;
    holds(&parts::in_memory(100_000, 30_000, 5, folder)?, IN_MEMORY_RATIO_MIN)
}

const LOOKUP_RATIO_MIN: f64 = 2.5;
const IN_MEMORY_RATIO_MIN: f64 = 2.0;
