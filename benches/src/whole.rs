//! The whole program on seeded worlds: how each figure is taken, and what it must not pass.

use crate::bare;
use crate::process::{Run, run};
use anyhow::{Context, Result};
use didtron_benches::in_memory::call_files;
use didtron_schemas::call_mapping;
use didtron_world::Options;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) bound: &'static str,
    /// The median run by wall time, and the least and greatest wall time.
    pub(crate) median: Run,
    pub(crate) least: Duration,
    pub(crate) most: Duration,
    pub(crate) runs: usize,
    /// Calls that it worked on, where it rates some.
    pub(crate) calls: Option<u64>,
    pub(crate) note: String,
}

impl Line {
    fn new(what: impl Into<String>, bound: &'static str, mut runs: Vec<Run>) -> Self {
        runs.sort_by_key(|run| run.wall);
        let (least, most) = (runs[0].wall, runs[runs.len() - 1].wall);
        let (what, median, note) = (what.into(), runs[runs.len() / 2], String::new());
        Self { what, bound, median, least, most, runs: runs.len(), calls: None, note }
    }

    /// The same for so many calls.
    fn of_calls(self, calls: u64) -> Self {
        Self { calls: Some(calls), ..self }
    }

    /// Nanoseconds of processor time a call.
    pub(crate) fn nanos_a_call(&self) -> Option<u64> {
        self.calls.map(|calls| u64::try_from(self.median.cpu.as_nanos() / u128::from(calls)).unwrap_or(u64::MAX))
    }
}

/// How large the worlds are and how often each figure is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Calls, and prefixes of the largest deck of each side.
    pub(crate) demo: (u64, u32),
    /// Ever more calls over the same decks.
    scale: &'static [u64],
    scale_prefixes: u32,
    pub(crate) repeats: usize,
}

impl Sizes {
    /// What the bounds are stated for.
    pub(crate) const WHOLE: Self = Self {
        demo: (1_000_000, 300_000),
        scale: &[1_000_000, 10_000_000, 50_000_000],
        scale_prefixes: 1_000_000,
        repeats: 5,
    };
    /// A few minutes.
    pub(crate) const QUICK: Self =
        Self { demo: (100_000, 30_000), scale: &[100_000, 500_000], scale_prefixes: 50_000, repeats: 3 };
}

const DRY_RUN_BOUND: &str = "<= 20 s for 10M; 0.5 of reading and rating alone";

/// Call files and how they are read.
#[derive(Clone, Copy, Debug)]
struct Input<'f> {
    files: &'f [PathBuf],
    mapping: &'f str,
}

/// Where figures are taken.
pub(crate) struct Lab<'a> {
    program: PathBuf,
    folder: &'a Path,
    sizes: Sizes,
}

impl<'a> Lab<'a> {
    pub(crate) const fn new(program: PathBuf, folder: &'a Path, sizes: Sizes) -> Self {
        Self { program, folder, sizes }
    }

    /// Takes every figure.
    pub(crate) fn measure(&self) -> Result<Vec<Line>> {
        let mut lines = self.demo()?;
        lines.extend(self.scale()?);
        Ok(lines)
    }

    fn demo(&self) -> Result<Vec<Line>> {
        let (calls, prefixes) = self.sizes.demo;
        let world = self.world("demo", calls, prefixes)?;
        let files = call_files(&world)?;
        let input = Input { files: &files, mapping: "plain" };
        let mut plain = self.rating("CSV", &world, input, &[])?.of_calls(calls);
        plain.bound = "<= 1000 ns of CPU a call; 0.5 of the bare write";
        let data = self.folder.join("written");
        self.load(&world, &data)?;
        run(self.didtron(&data, &["rate"]).args(&files))?;
        let write = self.median(|| bare::rewrite(&bare::parquet_files(&data)?, self.folder))?;
        plain.note = beside("the bare Parquet write", write, plain.median.cpu);
        let mut one_core = self.rating("CSV, one core", &world, input, &["taskset", "-c", "0"])?.of_calls(calls);
        one_core.bound = ">= 1.8x the wall time of two";
        one_core.note =
            format!("{:.2}x the wall time", one_core.median.wall.as_secs_f64() / plain.median.wall.as_secs_f64());
        let mut lines = vec![plain, one_core];
        lines.extend(self.forms(&world, &files, calls, write)?);
        lines.push(self.start("start", &world, &data, "<= 0.3 s to the first record")?);
        Ok(lines)
    }

    /// The same calls in the other forms that they come in.
    fn forms(&self, world: &Path, files: &[PathBuf], calls: u64, write: Duration) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut add = |name: &str, made: &[PathBuf], mapping: &str, bare: Duration| -> Result<()> {
            let input = Input { files: made, mapping };
            let mut line = self.rating(name, world, input, &[])?.of_calls(calls);
            line.bound = "0.5 of the slower of the bare form and the bare write";
            line.note = beside("the slower of both", bare.max(write), line.median.cpu);
            lines.push(line);
            Ok(())
        };
        let gzip = self.made(files, "gz", |from, to| {
            let mut to = flate2::write::GzEncoder::new(to, flate2::Compression::default());
            std::io::copy(&mut File::open(from)?, &mut to)?;
            to.finish().map(drop)
        })?;
        add(
            "gzip",
            &gzip,
            "plain",
            self.median(|| bare::drain(&gzip, |file| Ok(MultiGzDecoder::new(BufReader::new(file)))))?,
        )?;
        let zstd = self.made(files, "zst", |from, to| zstd::stream::copy_encode(File::open(from)?, to, 0))?;
        add("zstd", &zstd, "plain", self.median(|| bare::drain(&zstd, |file| Ok(zstd::Decoder::new(file)?)))?)?;
        let json = self.made(files, "jsonl", |from, to| json_lines(BufReader::new(File::open(from)?), to))?;
        let mapping = self.folder.join("plain-json.toml");
        std::fs::write(&mapping, json_mapping()?)?;
        let mapping = mapping.to_str().context("the folder has a usual name")?;
        add("JSON lines", &json, mapping, self.median(|| bare::parse_json(&json))?)?;
        Ok(lines)
    }

    fn scale(&self) -> Result<Vec<Line>> {
        let prefixes = self.sizes.scale_prefixes;
        let mut lines = Vec::new();
        let mut last = None;
        for (at, &calls) in self.sizes.scale.iter().enumerate() {
            let world = self.world(&format!("scale-{calls}"), calls, prefixes)?;
            let data = self.folder.join(format!("scale-{calls}-data"));
            if at == 0 {
                lines.push(self.deck_import(&world, prefixes)?);
            }
            self.load(&world, &data)?;
            let took = run(self.didtron(&data, &["rate"]).args(call_files(&world)?))?.0;
            let bound = "CPU a call as for fewer; memory <= 1.0 GB + 40 bytes an identity";
            let line = Line::new(format!("rate {calls} calls, {prefixes} prefixes a side"), bound, vec![took]);
            let allowed = 1_000_000_000 + 40 * calls;
            let note = format!("{:.2} of the memory allowed", took.memory_bytes as f64 / allowed as f64);
            lines.push(Line { note, ..line.of_calls(calls) });
            if at == 1 {
                lines.extend(self.questions(&data)?);
                lines.extend(self.rerates(&world, &data, calls)?);
            }
            last.replace((world, data)).map_or(Ok(()), |(world, data)| {
                std::fs::remove_dir_all(world).and_then(|()| std::fs::remove_dir_all(data))
            })?;
        }
        let (world, data) = last.context("there is a world")?;
        let calls = self.sizes.scale.last().context("there is a world")?;
        lines.push(self.start(
            &format!("start with {calls} calls in the books"),
            &world,
            &data,
            "<= 10 s to the first call",
        )?);
        Ok(lines)
    }

    fn questions(&self, data: &Path) -> Result<Vec<Line>> {
        let margin =
            "select supplier, date_trunc('day', answer) as day, sum(margin) as margin from usage_current group by 1, 2";
        let one = "select call_id from usage_current where customer_charge > 0 limit 1";
        let (_, id) = run(&mut self.didtron(data, &["sql", one, "--format", "csv"]))?;
        let id = id.lines().nth(1).context("the large world has a rated call")?.to_owned();
        let asked = |what: &str, bound, words: &[&str]| -> Result<Line> {
            let runs = self.repeated(|| Ok(run(&mut self.didtron(data, words))?.0))?;
            Ok(Line::new(what, bound, runs))
        };
        Ok(vec![
            asked(
                "`sql`: margin by supplier and day, from usage_current",
                "<= 1 s for 10M",
                &["sql", margin, "--format", "csv"],
            )?,
            asked("`explain` one call by its id", "<= 1 s for 10M", &["explain", &id])?,
            asked("`audit`: every row against the ledger", "", &["audit", "--json"])?,
        ])
    }

    /// The re-rates alone, of so many calls.
    pub(crate) fn rerates_of(&self, calls: u64, prefixes: u32) -> Result<Vec<Line>> {
        let world = self.world("rerates", calls, prefixes)?;
        let data = self.folder.join("rerates-data");
        self.load(&world, &data)?;
        run(self.didtron(&data, &["rate"]).args(call_files(&world)?))?;
        self.rerates(&world, &data, calls)
    }

    /// All calls by a catalog that is dearer on every fifth row: seen, then booked, then asked about.
    fn rerates(&self, world: &Path, data: &Path, calls: u64) -> Result<Vec<Line>> {
        let dearer = dearer(world)?;
        self.load(&dearer, data)?;
        let mut lines = self.dry_runs(&dearer, data, calls)?;
        let (took, told) = run(&mut self.didtron(data, &["rerate", "--json"]))?;
        let told: serde_json::Value = serde_json::from_str(&told).context("a re-rate tells JSON")?;
        let changed = told["changed"].as_u64().context("a re-rate counts what changed")?;
        let allowed = 1_000_000_000 + 40 * calls;
        let memory = format!("{:.2} of the memory allowed", took.memory_bytes as f64 / allowed as f64);
        let note = format!("{changed} calls changed; {memory}");
        let booked = Line::new(format!("re-rate of {calls} calls"), "<= 60 s where a fifth changes", vec![took]);
        lines.push(Line { note, ..booked });
        for line in self.questions(data)? {
            lines.push(Line { what: format!("{}, after the re-rate", line.what), ..line });
        }
        Ok(lines)
    }

    /// Dry runs, each beside one of what it must do at least.
    fn dry_runs(&self, world: &Path, data: &Path, calls: u64) -> Result<Vec<Line>> {
        let (mut seen, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.sizes.repeats {
            seen.push(run(&mut self.didtron(data, &["rerate", "--dry-run", "--json"]))?.0);
            let mut own = Command::new(std::env::current_exe().context("this program has a path")?);
            bare.push(Run::told(&run(own.arg("bare-rerate").args([world, data]))?.1)?);
        }
        let mut seen = Line::new(format!("dry run of a re-rate of {calls} calls"), DRY_RUN_BOUND, seen).of_calls(calls);
        let bare = Line::new(format!("the same columns of {calls} calls read and rated, no books"), "", bare);
        let by_wall = bare.median.wall.as_secs_f64() / seen.median.wall.as_secs_f64();
        let by_cpu = beside("reading and rating alone", bare.median.cpu, seen.median.cpu);
        seen.note = format!("{by_cpu}; {by_wall:.2} by wall time");
        Ok(vec![seen, bare.of_calls(calls)])
    }

    fn world(&self, name: &str, calls: u64, prefixes: u32) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        didtron_world::write(&Options { calls, seed: 1, prefixes }, &folder)?;
        Ok(folder)
    }

    fn didtron(&self, data: &Path, words: &[&str]) -> Command {
        self.started_by(&[], data, words)
    }

    /// The program, behind what it is started by, if anything.
    fn started_by(&self, starter: &[&str], data: &Path, words: &[&str]) -> Command {
        let mut command = match starter {
            [] => Command::new(&self.program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command.arg("--data").arg(data).args(words);
        command
    }

    fn load(&self, world: &Path, data: &Path) -> Result<Run> {
        Ok(run(self.didtron(data, &["catalog", "load"]).arg(world.join("catalog.toml")))?.0)
    }

    fn repeated(&self, once: impl Fn() -> Result<Run>) -> Result<Vec<Run>> {
        (0..self.sizes.repeats).map(|_| once()).collect()
    }

    fn median(&self, once: impl Fn() -> Result<Duration>) -> Result<Duration> {
        let mut all = (0..self.sizes.repeats).map(|_| once()).collect::<Result<Vec<_>>>()?;
        all.sort_unstable();
        Ok(all[all.len() / 2])
    }

    /// Fresh books each time.
    fn rating(&self, form: &str, world: &Path, input: Input<'_>, starter: &[&str]) -> Result<Line> {
        let runs = self.repeated(|| {
            let data = self.folder.join("rating");
            self.load(world, &data)?;
            let took = run(self.started_by(starter, &data, &["rate", "--mapping", input.mapping]).args(input.files))?.0;
            std::fs::remove_dir_all(&data)?;
            Ok(took)
        })?;
        Ok(Line::new(format!("rate {} calls: {form}", self.sizes.demo.0), "", runs))
    }

    fn deck_import(&self, world: &Path, prefixes: u32) -> Result<Line> {
        let deck = largest(&world.join("decks"))?;
        let runs = self.repeated(|| {
            let data = self.folder.join("import");
            let words = ["deck", "import", "--deck", "large", "--direction", "customer", "--currency", "USD"];
            let took = run(self.didtron(&data, &words).arg(&deck))?.0;
            std::fs::remove_dir_all(&data)?;
            Ok(took)
        })?;
        Ok(Line::new(format!("a deck of {prefixes} rows from CSV to a published index"), "<= 3 s", runs))
    }

    /// One record that the books do not know yet: the whole run, so that the start is less.
    fn start(&self, name: &str, world: &Path, data: &Path, bound: &'static str) -> Result<Line> {
        let first = call_files(world)?.into_iter().next().context("the world has calls")?;
        let lines: Vec<String> = BufReader::new(File::open(first)?).lines().take(2).collect::<std::io::Result<_>>()?;
        let fields: Vec<&str> = lines[1].split(',').collect();
        let mut runs = Vec::new();
        for at in 0..self.sizes.repeats {
            let file = self.folder.join("one.csv");
            let mut record = fields.clone();
            let id = format!("another-{at}");
            record[1] = &id;
            std::fs::write(&file, format!("{}\n{}\n", lines[0], record.join(",")))?;
            runs.push(run(self.didtron(data, &["rate"]).arg(&file))?.0);
        }
        Ok(Line::new(format!("`rate` one record, start to end: {name}"), bound, runs))
    }

    /// Every call file in another form, in files of that ending.
    fn made(
        &self,
        files: &[PathBuf],
        ending: &str,
        make: impl Fn(&Path, BufWriter<File>) -> std::io::Result<()>,
    ) -> Result<Vec<PathBuf>> {
        let made = |from: &PathBuf| {
            let name = from.file_stem().context("a call file has a name")?;
            let to = self.folder.join(name).with_extension(ending);
            make(from, BufWriter::new(File::create(&to)?))?;
            Ok(to)
        };
        files.iter().map(made).collect()
    }
}

/// A world's catalog beside it, with another price on every fifth row of each deck.
fn dearer(world: &Path) -> Result<PathBuf> {
    let folder = world.with_extension("dearer");
    let decks = folder.join("decks");
    std::fs::create_dir_all(&decks)?;
    std::fs::copy(world.join("catalog.toml"), folder.join("catalog.toml"))?;
    for entry in world.join("decks").read_dir()? {
        let path = entry?.path();
        let mut from = BufReader::new(File::open(&path)?).lines();
        let header = from.next().context("a deck has a header")??;
        let rate = header.split(',').position(|name| name == "rate_per_min").context("a deck has prices")?;
        let mut to = BufWriter::new(File::create(decks.join(path.file_name().context("a deck has a name")?))?);
        writeln!(to, "{header}")?;
        for (at, line) in from.enumerate() {
            let line = line?;
            let mut cells: Vec<&str> = line.split(',').collect();
            let price = format!("1{}", cells[rate]);
            if at.is_multiple_of(5) && !cells[rate].is_empty() {
                cells[rate] = &price;
            }
            writeln!(to, "{}", cells.join(","))?;
        }
        to.flush()?;
    }
    Ok(folder)
}

/// Each record as an object of texts, its keys in the order of the columns.
fn json_lines(from: impl BufRead, mut to: BufWriter<File>) -> std::io::Result<()> {
    let mut lines = from.lines();
    let header = lines.next().unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()))?;
    for line in lines {
        let line = line?;
        for (at, (name, value)) in header.split(',').zip(line.split(',')).enumerate() {
            to.write_all(if at == 0 { b"{" } else { b"," })?;
            serde_json::to_writer(&mut to, name)?;
            to.write_all(b":")?;
            serde_json::to_writer(&mut to, value)?;
        }
        to.write_all(b"}\n")?;
    }
    to.flush()
}

/// The plain mapping for the same records as JSON.
fn json_mapping() -> Result<String> {
    let plain = call_mapping::builtin_text("plain").context("the plain mapping is built in")?;
    Ok(plain.replacen("name = \"plain\"", "name = \"plain-json\"\nformat = \"jsonl\"", 1))
}

fn largest(folder: &Path) -> Result<PathBuf> {
    let mut sizes = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        sizes.push((path.metadata()?.len(), path));
    }
    sizes.into_iter().max().map(|(_, path)| path).context("the world has a deck")
}

fn beside(what: &str, least: Duration, own: Duration) -> String {
    let share = least.as_secs_f64() / own.as_secs_f64();
    format!("{what} takes {:.3} s of CPU: {share:.2} of it", least.as_secs_f64())
}
