//! The machine that a page of results belongs to.

use std::fs;

/// Processor, memory and load.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) threads: usize,
    pub(crate) memory_gib: u64,
    /// The load of the last minute, as the system words it.
    pub(crate) load: String,
}

impl Machine {
    /// As the system describes itself now.
    pub(crate) fn look() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_else(|_| String::new());
        let value = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let memory = value(&read("/proc/meminfo"), "MemTotal");
        let kilobytes = memory.and_then(|text| text.split(' ').next().and_then(|text| text.parse::<u64>().ok()));
        Self {
            processor: value(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kilobytes.map_or(0, |kilobytes| kilobytes / (1 << 20)),
            load: read("/proc/loadavg").split(' ').next().unwrap_or("unknown").to_owned(),
        }
    }
}
