//! Settings and where each came from: a flag, the environment, a file, or the default.

use crate::failure::usage;
use crate::globals::Globals;
use anyhow::Result;
use didtron_domain::Instant;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const FILE: &str = "didtron.toml";
/// Records of a batch at most, where nobody says otherwise: few, for batches in flight are most of the memory that
/// rating takes, but so many that ten million calls lie in fewer than 200 files.
pub(crate) const BATCH_ROWS: usize = 53_248;

/// A value and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    /// In words: `--data`, `DIDTRON_DATA`, `didtron.toml`, `default`.
    pub(crate) from: String,
}

/// Every setting.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The data directory.
    pub(crate) data: Setting<PathBuf>,
    /// The file of settings, where one is read.
    pub(crate) config: Setting<Option<PathBuf>>,
    /// Threads that rate and query.
    pub(crate) threads: Setting<usize>,
    /// Records of a batch at most.
    pub(crate) batch_rows: Setting<usize>,
    /// Batches that may be unsettled at a time.
    pub(crate) claims_ahead: Setting<usize>,
    /// Calls that started before it are `too_old`; none by default.
    pub(crate) horizon: Setting<Option<Instant>>,
}

impl Settings {
    /// Reads flags, environment and file; a value that cannot be understood is wrong usage and says where it stands.
    pub(crate) fn resolve(globals: &Globals) -> Result<Self> {
        let lookup = Lookup::open(globals)?;
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            data: lookup.find("data", globals.data.clone(), |text| Ok(PathBuf::from(text)), "didtron-data".into())?,
            threads: lookup.find("threads", globals.threads, |text| count(text, 1..=256), threads)?,
            batch_rows: lookup.find("batch_rows", None, |text| count(text, 1..=1 << 22), BATCH_ROWS)?,
            claims_ahead: lookup.find("claims_ahead", None, |text| count(text, 1..=16), 3)?,
            horizon: lookup.find("horizon", None, |text| instant(text).map(Some), None)?,
            config: lookup.config,
        })
    }
}

/// Where settings are looked for, after the flags.
struct Lookup {
    config: Setting<Option<PathBuf>>,
    table: Table,
}

impl Lookup {
    fn open(globals: &Globals) -> Result<Self> {
        let named = globals.config.clone().map(|path| (path, "--config"));
        let named = named.or_else(|| environment("config").map(|path| (path.into(), "DIDTRON_CONFIG")));
        let default = Path::new(FILE).is_file().then(|| (PathBuf::from(FILE), "default"));
        let Some((path, from)) = named.or(default) else {
            let config = Setting { value: None, from: "default".to_owned() };
            return Ok(Self { config, table: Table::new() });
        };
        let shown = path.display();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| usage(format!("could not read the settings {shown} ({from}): {error}")))?;
        let table: Table =
            text.parse().map_err(|error| usage(format!("could not read the settings {shown} ({from}): {error}")))?;
        const KEYS: [&str; 5] = ["data", "threads", "batch_rows", "claims_ahead", "horizon"];
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(usage(format!("{shown}: {key} is no setting; there are {}", KEYS.join(", "))));
        }
        Ok(Self { config: Setting { value: Some(path), from: from.to_owned() }, table })
    }

    fn find<T>(
        &self,
        key: &str,
        flag: Option<T>,
        parse: impl Fn(&str) -> Result<T, String>,
        default: T,
    ) -> Result<Setting<T>> {
        if let Some(value) = flag {
            return Ok(Setting { value, from: format!("--{}", key.replace('_', "-")) });
        }
        let in_file = self.table.get(key).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let file = self.config.value.as_ref().map_or_else(String::new, |path| path.display().to_string());
        let found = environment(key).map(|text| (text, format!("DIDTRON_{}", key.to_uppercase())));
        match found.or_else(|| in_file.map(|text| (text, file))) {
            Some((text, from)) => match parse(&text) {
                Ok(value) => Ok(Setting { value, from }),
                Err(why) => Err(usage(format!("the setting {key} ({from}) is wrong: {why}"))),
            },
            None => Ok(Setting { value: default, from: "default".to_owned() }),
        }
    }
}

fn environment(key: &str) -> Option<String> {
    std::env::var(format!("DIDTRON_{}", key.to_uppercase())).ok().filter(|text| !text.is_empty())
}

fn count(text: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| wrong(text, &format!("a number from {} to {}", range.start(), range.end())))
}

/// RFC 3339, or a bare date: midnight UTC.
pub(crate) fn instant(text: &str) -> Result<Instant, String> {
    let day = didtron_domain::Day::parse(text).map(didtron_domain::Day::midnight);
    day.or_else(|_| Instant::parse(text))
        .map_err(|_| wrong(text, &"a time such as 2026-06-01T12:00:00Z or a day such as 2026-06-01"))
}

fn wrong(text: &str, expected: &dyn Display) -> String {
    format!("{text:?} is not {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_times_are_told() {
        assert_eq!(count("16", 1..=16), Ok(16));
        assert_eq!(count("17", 1..=16), Err("\"17\" is not a number from 1 to 16".to_owned()));
        assert_eq!(instant("1970-01-02"), Ok(Instant(86_400_000_000)));
        assert_eq!(instant("1970-01-01T00:00:01Z"), Ok(Instant(1_000_000)));
        assert!(instant("yesterday").is_err());
    }
}
