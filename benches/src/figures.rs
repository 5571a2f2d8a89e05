//! The figures: how each is taken, what it must not pass, and the page that they make.

use crate::machine::Machine;
use crate::process::{Run, run};
use anyhow::{Context, Result};
use didtron_benches::in_memory::call_files;
use didtron_world::Options;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    what: String,
    bound: &'static str,
    /// The median run, and the least and greatest wall time.
    median: Run,
    least: Duration,
    most: Duration,
    runs: usize,
    note: String,
}

/// Where figures are taken.
pub(crate) struct Lab<'a> {
    program: PathBuf,
    folder: &'a Path,
    is_quick: bool,
}

impl<'a> Lab<'a> {
    pub(crate) const fn new(program: PathBuf, folder: &'a Path, is_quick: bool) -> Self {
        Self { program, folder, is_quick }
    }

    /// Takes every figure.
    pub(crate) fn measure(&self) -> Result<Vec<Line>> {
        let (calls, prefixes) = if self.is_quick { (100_000, 30_000) } else { (1_000_000, 300_000) };
        let (many, dense) = if self.is_quick { (500_000, 50_000) } else { (10_000_000, 1_000_000) };
        let demo = self.world("demo", calls, prefixes)?;
        let large = self.world("large", many, dense)?;
        let mut lines = vec![self.rating(&demo, calls, "<= 3 s for 1M on two cores")?];
        lines.push(self.start(&demo)?);
        lines.push(self.deck_import(&large, dense)?);
        let data = self.folder.join("large-data");
        self.load(&large, &data)?;
        let (took, _) = run(self.didtron(&data, &["rate"]).args(call_files(&large)?))?;
        lines.push(Line {
            note: format!("{} MiB resident at most; {}", took.memory_bytes >> 20, rate_of(many, &took)),
            ..line(format!("rate {many} calls, {dense} prefixes a side"), "<= 1.5 GB resident", vec![took])
        });
        lines.push(self.query(&data)?);
        lines.push(self.explain(&data)?);
        lines.push(self.audit(&data)?);
        Ok(lines)
    }

    fn world(&self, name: &str, calls: u64, prefixes: u32) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        didtron_world::write(&Options { calls, seed: 1, prefixes }, &folder)?;
        Ok(folder)
    }

    fn didtron(&self, data: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(data).args(words);
        command
    }

    fn load(&self, world: &Path, data: &Path) -> Result<Run> {
        Ok(run(self.didtron(data, &["catalog", "load"]).arg(world.join("catalog.toml")))?.0)
    }

    fn repeats(&self) -> usize {
        if self.is_quick { 3 } else { 5 }
    }

    /// Fresh books each time.
    fn rating(&self, world: &Path, calls: u64, bound: &'static str) -> Result<Line> {
        let files = call_files(world)?;
        let mut runs = Vec::new();
        for at in 0..self.repeats() {
            let data = self.folder.join(format!("rating-{at}"));
            self.load(world, &data)?;
            runs.push(run(self.didtron(&data, &["rate"]).args(&files))?.0);
            std::fs::remove_dir_all(&data)?;
        }
        let line = line(format!("rate {calls} calls"), bound, runs);
        Ok(Line { note: rate_of(calls, &line.median), ..line })
    }

    fn deck_import(&self, world: &Path, prefixes: u32) -> Result<Line> {
        let deck = largest(&world.join("decks"))?;
        let mut runs = Vec::new();
        for at in 0..3 {
            let data = self.folder.join(format!("import-{at}"));
            let words = ["deck", "import", "--deck", "large", "--direction", "customer", "--currency", "USD"];
            runs.push(run(self.didtron(&data, &words).arg(&deck))?.0);
            std::fs::remove_dir_all(&data)?;
        }
        Ok(line(format!("a deck of {prefixes} rows from CSV to a published index"), "<= 5 s", runs))
    }

    /// One record into fresh books whose catalog is published: the whole run, so that the start is less.
    fn start(&self, world: &Path) -> Result<Line> {
        let data = self.folder.join("start");
        self.load(world, &data)?;
        let first = call_files(world)?.into_iter().next().context("the world has calls")?;
        let text = std::fs::read_to_string(first)?;
        let lines: Vec<&str> = text.lines().take(2 + self.repeats()).collect();
        let mut runs = Vec::new();
        // Another record each time: one that was rated would not ask for the catalog.
        for record in &lines[1..=self.repeats()] {
            let file = self.folder.join("one.csv");
            std::fs::write(&file, format!("{}\n{record}\n", lines[0]))?;
            runs.push(run(self.didtron(&data, &["rate"]).arg(&file))?.0);
        }
        Ok(line("`rate` one record, catalog published, start to end".to_owned(), "<= 0.3 s to the first record", runs))
    }

    fn query(&self, data: &Path) -> Result<Line> {
        let query =
            "select supplier, date_trunc('day', answer) as day, sum(margin) as margin from usage_current group by 1, 2";
        let runs = self.repeated(|| Ok(run(&mut self.didtron(data, &["sql", query, "--format", "csv"]))?.0))?;
        Ok(line("`sql`: margin by supplier and day, from usage_current".to_owned(), "<= 1 s", runs))
    }

    fn explain(&self, data: &Path) -> Result<Line> {
        let query = "select call_id from usage_current where customer_charge > 0 limit 1";
        let (_, id) = run(&mut self.didtron(data, &["sql", query, "--format", "csv"]))?;
        let id = id.lines().nth(1).context("the large world has a rated call")?.to_owned();
        let runs = self.repeated(|| Ok(run(&mut self.didtron(data, &["explain", &id]))?.0))?;
        Ok(line("`explain` one call by its id".to_owned(), "<= 1 s", runs))
    }

    fn audit(&self, data: &Path) -> Result<Line> {
        let runs = self.repeated(|| Ok(run(&mut self.didtron(data, &["audit", "--json"]))?.0))?;
        Ok(line("`audit`: every row against the ledger".to_owned(), "", runs))
    }

    fn repeated(&self, once: impl Fn() -> Result<Run>) -> Result<Vec<Run>> {
        (0..self.repeats()).map(|_| once()).collect()
    }
}

fn largest(folder: &Path) -> Result<PathBuf> {
    let mut sizes = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        sizes.push((path.metadata()?.len(), path));
    }
    sizes.into_iter().max().map(|(_, path)| path).context("the world has a deck")
}

fn rate_of(calls: u64, run: &Run) -> String {
    let a_second = |time: Duration| u128::from(calls) * 1000 / time.as_millis().max(1);
    format!("{} calls/s by the wall, {} calls per CPU second", a_second(run.wall), a_second(run.cpu))
}

fn line(what: String, bound: &'static str, mut runs: Vec<Run>) -> Line {
    runs.sort_by_key(|run| run.wall);
    let (least, most) = (runs[0].wall, runs[runs.len() - 1].wall);
    Line { what, bound, median: runs[runs.len() / 2], least, most, runs: runs.len(), note: String::new() }
}

/// The page, whole.
pub(crate) fn page(lines: &[Line], before: &Machine, after: &Machine, is_quick: bool) -> String {
    let mut text = String::from("# Results\n\n");
    let size = if is_quick { "the short form" } else { "whole" };
    let Machine { processor, threads, memory_gib, load } = before;
    let others = |line: &Line| share(line.median.others, line.median.wall * u32::try_from(*threads).unwrap_or(1));
    let busy = match lines.iter().any(|line| others(line) > OTHERS_PERCENT_MAX) {
        true => {
            " **The machine was busy: others took more than a tenth of it in some runs, whose figures say little.**"
        }
        false => "",
    };
    writeln!(
        text,
        "Written by `make bench` ({size}). Machine: {processor}, {threads} threads, {memory_gib} GiB; load {load} before, {} after.{busy}\nEach figure is the median run by wall time, with the processor time of all its threads beside it, and what others took of the machine meanwhile.\n",
        after.load
    )
    .expect("a string takes any text");
    text.push_str(
        "| what | bound | wall s | least to most | CPU s | others % | MiB | runs | |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for line in lines {
        writeln!(
            text,
            "| {} | {} | {} | {} to {} | {} | {} | {} | {} | {} |",
            line.what,
            line.bound,
            seconds(line.median.wall),
            seconds(line.least),
            seconds(line.most),
            seconds(line.median.cpu),
            others(line),
            line.median.memory_bytes >> 20,
            line.runs,
            line.note
        )
        .expect("a string takes any text");
    }
    text
}

/// Of the machine's processor time in a run; more makes its figures doubtful.
const OTHERS_PERCENT_MAX: u128 = 10;

fn share(part: Duration, whole: Duration) -> u128 {
    part.as_millis() * 100 / whole.as_millis().max(1)
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}
