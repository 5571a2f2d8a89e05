//! Deck mappings: how a supplier's rate sheet is read, as a TOML file that says it and nothing that does it.
//!
//! The built-in ones lie in `mappings/decks/`; a person's own has the same form. Reading is the sheets connector's.
//! What a mapping does not say is taken from the file where the file proves it, and refused where it does not.

pub mod field;
pub mod layout;
pub mod words;

mod builtin;
mod validate;

pub use builtin::{builtin, builtin_names, builtin_text};
pub use field::{ColumnRef, DeckField};
pub use layout::{DeckLayout, Filter, Header, Join};
pub use words::{
    CodeRules, DateOrder, DateRules, DecimalSign, Hyphen, IncrementRule, IncrementRules, Markup, PastDates, PriceRules,
    StatusWords, UnknownWords, increment_pair,
};

use didtron_domain::deck::VersionMode;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// How one supplier's rate sheets are read. Unknown settings are refused.
///
/// ```
/// use didtron_schemas::deck_mapping::{ColumnRef, DeckField, DeckMapping};
/// let mapping = DeckMapping::parse(r#"
/// name = "acme"
/// [columns]
/// prefix = ["Dial Codes", "Codes"]
/// destination = 2
/// rate = { letter = "D" }
/// [prices]
/// unit = "0.0001"
/// "#).unwrap();
/// assert_eq!(mapping.columns[&DeckField::Rate], ColumnRef::Position(4));
/// assert!(DeckMapping::parse("name = 'acme'\nunit = 1").unwrap_err().to_string().contains("line 2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeckMapping {
    /// What the mapping is called: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// One sentence for lists.
    #[serde(default)]
    pub description: String,
    /// `table` (default), `plain` (the plain deck file, which needs no columns) or `rate_card` (the open rate card).
    #[serde(default)]
    pub form: DeckForm,
    /// Whether such sheets are full lists or deltas, where the importer is not told: `full` or `delta`. Default none.
    #[serde(default, deserialize_with = "mode")]
    pub mode: Option<VersionMode>,
    /// Where the table is and how it is written.
    #[serde(default)]
    pub layout: DeckLayout,
    /// Where each field of a row is.
    #[serde(default)]
    pub columns: BTreeMap<DeckField, ColumnRef>,
    /// Fields whose column a sheet may lack altogether; the others named in `columns` must be there.
    #[serde(default)]
    pub optional: Vec<DeckField>,
    /// Texts for fields that have no column or an empty cell: `country_code`, `country`, `destination`, `connect_fee`,
    /// `origin_set`, `time_class`, `group`. In that of `destination`, `{code}` stands for the row's prefix.
    #[serde(default)]
    pub constants: BTreeMap<DeckField, String>,
    /// Whether fields that `columns` does not name are looked for under the names that sheets commonly give them.
    /// Default: only when `columns` names none.
    #[serde(default)]
    pub recognise: Option<bool>,
    /// What stands between `country` and `destination` where both have a column. Default ` - `.
    #[serde(default = "joint")]
    pub joint: String,
    /// A second file whose columns are added to each row.
    #[serde(default)]
    pub join: Option<Join>,
    /// Only rows that pass every one of these are rates. Default all.
    #[serde(default)]
    pub keep: Vec<Filter>,
    /// Rows that meet one of these are no rates. Default none.
    #[serde(default)]
    pub drop: Vec<Filter>,
    /// How codes are written.
    #[serde(default)]
    pub codes: CodeRules,
    /// How prices are written.
    #[serde(default)]
    pub prices: PriceRules,
    /// How dates are written and what they mean.
    #[serde(default)]
    pub dates: DateRules,
    /// How increments are written.
    #[serde(default)]
    pub increments: IncrementRules,
    /// What the words of a status column mean.
    #[serde(default)]
    pub status: StatusWords,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeckForm {
    /// Rows and columns: CSV, XLSX, XLS or ODS.
    #[default]
    Table,
    /// The plain deck file (`deck_file`).
    Plain,
    /// The open rate card: JSON with lists of fields and rates.
    RateCard,
}

/// A text that is not a deck mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct DeckMappingError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what is expected.
    pub message: String,
}

fn joint() -> String {
    " - ".to_owned()
}

fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<VersionMode>, D::Error> {
    let word = String::deserialize(deserializer)?;
    let mode = VersionMode::parse(&word);
    mode.map(Some).ok_or_else(|| serde::de::Error::custom(format!("{word:?} is no mode: full or delta is expected")))
}

impl DeckMapping {
    /// Reads a mapping from TOML and refuses one that contradicts itself.
    pub fn parse(text: &str) -> Result<Self, DeckMappingError> {
        let mapping: Self = toml::from_str(text).map_err(|error| DeckMappingError {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        match validate::first_contradiction(&mapping) {
            None => Ok(mapping),
            Some((key, message)) => Err(DeckMappingError { line: line_of_key(text, key), message }),
        }
    }

    /// The mapping that says nothing: what a sheet is read with when nobody names one.
    #[must_use]
    pub fn automatic() -> Self {
        Self::parse("name = 'automatic'").expect("a mapping needs nothing but its name: a test parses this one")
    }

    /// Whether fields without a column are looked for under their common names.
    #[must_use]
    pub fn recognises(&self) -> bool {
        self.recognise.unwrap_or(self.columns.is_empty())
    }

    /// The text that stands for `field` where a row has none; empty where nothing does.
    #[must_use]
    pub fn constant(&self, field: DeckField) -> &str {
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
