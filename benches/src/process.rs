//! One run of a program: wall time, processor time of all its threads, and the most memory it held.

use anyhow::{Context, Result, bail};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// Processor time of everything else on the machine meanwhile, and what its host took away.
    pub(crate) others: Duration,
    /// The most memory that it held, as far as was seen every few milliseconds.
    pub(crate) memory_bytes: u64,
}

const LOOK_EVERY: Duration = Duration::from_millis(4);

/// Runs a command to its end; one that fails is an error. Gives what it wrote to standard output, too.
pub(crate) fn run(command: &mut Command) -> Result<(Run, String)> {
    let shown = format!("{command:?}");
    let output = tempfile::NamedTempFile::new()?;
    let (cpu_before, all_before) = (children_cpu()?, machine_cpu()?);
    let begun = Instant::now();
    let child = command.stdout(Stdio::from(output.reopen()?)).stderr(Stdio::inherit()).spawn();
    let mut child = child.with_context(|| format!("could not start {shown}"))?;
    let memory_bytes = watch(&mut child)?;
    let wall = begun.elapsed();
    if !child.wait()?.success() {
        bail!("{shown} failed");
    }
    let cpu = children_cpu()?.saturating_sub(cpu_before);
    let others = machine_cpu()?.saturating_sub(all_before).saturating_sub(cpu);
    Ok((Run { wall, cpu, others, memory_bytes }, fs::read_to_string(output.path())?))
}

/// What work in this process takes, and the most memory that the process ever held.
pub(crate) fn within(work: impl FnOnce() -> Result<()>) -> Result<Run> {
    let (cpu_before, all_before) = (own_cpu()?, machine_cpu()?);
    let begun = Instant::now();
    work()?;
    let wall = begun.elapsed();
    let cpu = own_cpu()?.saturating_sub(cpu_before);
    let others = machine_cpu()?.saturating_sub(all_before).saturating_sub(cpu);
    let status = fs::read_to_string("/proc/self/status").context("could not read the memory of this process")?;
    Ok(Run { wall, cpu, others, memory_bytes: high_water(&status) })
}

impl Run {
    /// As a line that [`Run::told`] reads.
    pub(crate) fn tell(&self) -> String {
        let micros = [self.wall, self.cpu, self.others].map(|time| time.as_micros().to_string());
        format!("{} {}", micros.join(" "), self.memory_bytes)
    }

    /// What another process told of a run in it.
    pub(crate) fn told(line: &str) -> Result<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let &[wall, cpu, others, memory_bytes] = &numbers[..] else { bail!("{line:?} tells of no run") };
        let [wall, cpu, others] = [wall, cpu, others].map(Duration::from_micros);
        Ok(Self { wall, cpu, others, memory_bytes })
    }
}

/// Waits for the end and keeps the greatest high-water mark that the system told.
fn watch(child: &mut Child) -> Result<u64> {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait()?.is_none() {
        most = most.max(fs::read_to_string(&status).map_or(0, |text| high_water(&text)));
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(most)
}

fn high_water(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|text| text.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| kilobytes * 1024)
}

/// Processor time of the whole machine since it started, whoever used or took it.
fn machine_cpu() -> Result<Duration> {
    const IDLE_AND_WAITING: std::ops::Range<usize> = 3..5;
    let stat = fs::read_to_string("/proc/stat").context("could not read the processor time of the machine")?;
    let fields = stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).unwrap_or("");
    // Guests are in the first two already.
    let ticks: Vec<u64> = fields.split_ascii_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
    let busy = ticks.iter().enumerate().filter(|(at, _)| !IDLE_AND_WAITING.contains(at)).map(|(_, ticks)| ticks);
    Ok(Duration::from_millis(busy.sum::<u64>() * MILLIS_PER_TICK))
}

/// The unit of the system's accounts.
const MILLIS_PER_TICK: u64 = 10;

/// Processor time of all children that ended so far.
fn children_cpu() -> Result<Duration> {
    cpu_fields(13)
}

/// Processor time of all threads of this process.
pub(crate) fn own_cpu() -> Result<Duration> {
    cpu_fields(11)
}

/// The sum of two neighbouring fields of the system's account of this process, counted behind its name.
fn cpu_fields(first: usize) -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("could not read the processor time of the runs")?;
    let fields: Vec<u64> = stat
        .rsplit_once(')')
        .map(|(_, rest)| {
            rest.split_ascii_whitespace().skip(first).take(2).filter_map(|field| field.parse().ok()).collect()
        })
        .filter(|fields: &Vec<u64>| fields.len() == 2)
        .context("the system's account of processor time has another form")?;
    Ok(Duration::from_millis((fields[0] + fields[1]) * MILLIS_PER_TICK))
}
