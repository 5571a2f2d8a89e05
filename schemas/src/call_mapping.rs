//! Call mappings: how a source's call records are read, as a TOML file that says it and nothing that does it.
//!
//! The built-in ones lie in `mappings/calls/`; a person's own has the same form. Reading is the files connector's.

pub mod field;
pub mod format;
pub mod instant_format;

mod builtin;
mod validate;

pub use builtin::{builtin, builtin_names, builtin_text};
pub use field::{ColumnRef, Field, Party};
pub use format::{CsvLayout, Format};
pub use instant_format::{InstantFormat, ZoneName};

use serde::Deserialize;
use std::collections::BTreeMap;

/// How one source's call records are read. Unknown settings are refused.
///
/// ```
/// use didtron_schemas::call_mapping::{CallMapping, ColumnRef, Field};
/// let mapping = CallMapping::parse(r#"
/// name = "acme"
/// answered = { statuses = ["200"] }
/// [columns]
/// call_id = "id"
/// start = "begin"
/// duration = "seconds"
/// status = "code"
/// ingress = "customer"
/// "#).unwrap();
/// assert_eq!(mapping.columns[&Field::Start], ColumnRef::Name("begin".to_owned()));
/// assert!(CallMapping::parse("name = 'acme'\nseperator = ';'").unwrap_err().to_string().contains("line 2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallMapping {
    /// What the mapping is called; stored with every record that waits in suspense, so it must not change.
    pub name: String,
    /// One sentence for lists.
    #[serde(default)]
    pub description: String,
    /// `csv` (default) or `jsonl`, one JSON object a line.
    #[serde(default)]
    pub format: Format,
    /// How the CSV is written; without meaning for `jsonl`.
    #[serde(default)]
    pub csv: CsvLayout,
    /// Where each field of a call record is. `call_id`, `start` and `duration` are required.
    pub columns: BTreeMap<Field, ColumnRef>,
    /// Fields whose column a file may lack altogether; the others named in `columns` must be there.
    #[serde(default)]
    pub optional: Vec<Field>,
    /// Texts for fields that have no column or an empty cell: `source`, `branch`, `ingress`, `egress`.
    #[serde(default)]
    pub constants: BTreeMap<Field, String>,
    /// Whether a column that the mapping does not name is an error. Default no.
    #[serde(default)]
    pub refuse_unknown_columns: bool,
    /// Cells with exactly such a text are read as empty (`NULL`, `\N`). Default none.
    #[serde(default)]
    pub empty_texts: Vec<String>,
    /// Like `empty_texts`, for `ingress` and `egress` only (`0` for no supplier). Default none.
    #[serde(default)]
    pub empty_parties: Vec<String>,
    /// The columns whose texts make a call's identity beside its source (R16); default: source, call id, branch and
    /// the start to the whole second.
    #[serde(default)]
    pub identity: Vec<ColumnRef>,
    /// What "answered" means (R1).
    pub answered: Answered,
    /// Whether the source rewrites its calls, so that other content is a correction and no conflict (R16). Default no.
    #[serde(default)]
    pub rewrites: bool,
    /// Whether the numbers were treated before they were recorded: tech prefixes and translations are skipped (R9).
    #[serde(default)]
    pub clean: bool,
    /// The zone of times without an offset of their own, by its IANA name. Default `UTC`. A time that a clock change
    /// repeats is the earlier one; one that it skips is refused.
    #[serde(default)]
    pub zone: ZoneName,
    /// The forms of `start` and `answer`, tried in order. Default `rfc3339` alone.
    #[serde(default = "InstantFormat::default_list")]
    pub times: Vec<InstantFormat>,
    /// Unit of each length of time; default seconds.
    #[serde(default)]
    pub units: Units,
    /// Whether durations and charges have a decimal comma. Default no.
    #[serde(default)]
    pub decimal_comma: bool,
    /// The sides whose party may be empty, which makes the side absent (R14). Default both.
    #[serde(default = "Party::both")]
    pub may_be_absent: Vec<Party>,
    /// The words of `last_attempt`.
    #[serde(default)]
    pub truth: TruthWords,
}

/// What "answered" means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// Every record is of an answered call: the source has no such column, its talk time decides.
    Always,
    /// A filled `answer` column.
    AnswerGiven,
    /// One of these texts in the `status` column, which must be filled.
    Statuses(Vec<String>),
}

/// Units of the lengths of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Units {
    /// Of `duration`.
    pub duration: Unit,
    /// Of `ring`.
    pub ring: Unit,
    /// Of `pdd`.
    pub pdd: Unit,
}

/// The unit of a length of time. Each may have a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
    /// `HH:MM:SS` with any count of hours.
    #[serde(rename = "hh:mm:ss")]
    Clock,
}

/// The words of a yes and of a no; an empty cell is a no.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthWords {
    /// Default `true`.
    pub yes: Vec<String>,
    /// Default `false`.
    pub no: Vec<String>,
}

impl Default for TruthWords {
    fn default() -> Self {
        Self { yes: vec!["true".to_owned()], no: vec!["false".to_owned()] }
    }
}

/// A mapping that cannot be understood; says the line where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the call mapping: line {line}: {message}")]
pub struct MappingError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what is expected.
    pub message: String,
}

impl CallMapping {
    /// Reads a mapping from TOML and refuses one that contradicts itself.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text).map_err(|error| MappingError {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        match validate::first_contradiction(&mapping) {
            None => Ok(mapping),
            Some((key, message)) => Err(MappingError { line: line_of_key(text, key), message }),
        }
    }

    /// The text that stands for `field` where a record has none; empty where nothing does.
    #[must_use]
    pub fn constant(&self, field: Field) -> &str {
        self.constants.get(&field).map_or("", String::as_str)
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// The first line that sets `key` or opens the table of that name; 1 where the key is not set at all.
fn line_of_key(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start_matches(['[', ' ', '"']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', ']']))
    };
    text.lines().position(sets).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests;
