//! A deck: its rows by prefix, later versions laid over earlier ones.

use crate::when::{Validity, When};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// A deck as the catalog names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    #[serde(rename = "direction")]
    _direction: String,
    currency: String,
    #[serde(default = "utc")]
    zone: String,
    versions: Vec<Version>,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    file: String,
    mode: Mode,
    effective: When,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Full,
    Delta,
}

/// The cells of a row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cells {
    prefix: String,
    destination: String,
    rate_per_min: Option<Decimal>,
    initial_interval_s: u64,
    next_interval_s: u64,
    connect_fee: Option<Decimal>,
    effective_from: Option<When>,
    effective_to: Option<When>,
    status: Status,
    #[serde(rename = "group")]
    _group: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Open,
    Blocked,
    Closed,
}

/// What a prefix costs for a time.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) destination: String,
    pub(crate) rate_per_min: Option<Decimal>,
    pub(crate) initial_s: u64,
    pub(crate) next_s: u64,
    pub(crate) connect_fee: Decimal,
    pub(crate) status: Status,
    validity: Validity,
    /// The place of its version in the deck.
    version: usize,
}

#[derive(Debug)]
pub(crate) struct Deck {
    pub(crate) name: String,
    pub(crate) currency: String,
    /// The rows of a prefix are never in force together.
    rows: HashMap<String, Vec<Row>>,
    /// The length of its longest prefix.
    pub(crate) longest: usize,
}

impl Deck {
    /// Reads the versions, whose files lie in `folder`.
    pub(crate) fn load(folder: &Path, entry: Entry) -> Result<Self> {
        let zone = TimeZone::get(&entry.zone)?;
        let mut deck = Self { name: entry.name, currency: entry.currency, rows: HashMap::new(), longest: 0 };
        for (number, version) in entry.versions.iter().enumerate() {
            let is_first = number == 0;
            ensure!(is_first == (version.mode == Mode::Full), "only the first version of {} is a full list", deck.name);
            let path = folder.join(&version.file);
            let context = || format!("could not read {}", path.display());
            for cells in csv::Reader::from_path(&path).with_context(context)?.into_deserialize() {
                deck.add(cells.with_context(context)?, (number, version.effective), &zone)?;
            }
        }
        Ok(deck)
    }

    fn add(&mut self, cells: Cells, (version, effective): (usize, When), zone: &TimeZone) -> Result<()> {
        let validity = Validity::new(cells.effective_from.or(Some(effective)), cells.effective_to, zone)?;
        self.longest = self.longest.max(cells.prefix.len());
        let rows = self.rows.entry(cells.prefix).or_default();
        for earlier in rows.iter_mut() {
            ensure!(earlier.version < version, "a prefix of {} has two rows in a version", self.name);
            // From its begin on, a later version's row ends the earlier ones of its prefix.
            if earlier.validity.to.is_none_or(|to| validity.from.is_some_and(|from| from < to)) {
                earlier.validity.to = validity.from;
            }
        }
        rows.push(Row {
            destination: cells.destination,
            rate_per_min: cells.rate_per_min,
            initial_s: cells.initial_interval_s,
            next_s: cells.next_interval_s,
            // A deck without that column charges none.
            connect_fee: cells.connect_fee.unwrap_or_default(),
            status: cells.status,
            validity,
            version,
        });
        Ok(())
    }

    /// The row of a prefix that is in force.
    pub(crate) fn row(&self, prefix: &str, at: Timestamp) -> Option<&Row> {
        self.rows.get(prefix)?.iter().find(|row| row.validity.holds(at))
    }
}

#[cfg(test)]
impl Row {
    /// A row that is always in force.
    pub(crate) fn priced(rate_per_min: Decimal, connect_fee: Decimal, [initial_s, next_s]: [u64; 2]) -> Self {
        Self {
            destination: String::new(),
            rate_per_min: Some(rate_per_min),
            initial_s,
            next_s,
            connect_fee,
            status: Status::Open,
            validity: Validity { from: None, to: None },
            version: 0,
        }
    }
}
