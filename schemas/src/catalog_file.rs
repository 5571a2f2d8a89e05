//! `catalog.toml` as people write it, and the canonical text of a catalog version as the books keep it.
//!
//! Both forms go through one reader; they differ in a deck's `versions` only: files there, numbers here. What is
//! checked is the form of each value. Whether names exist and rules hold is for the rating engine to say.

mod document;
mod read;
mod tables;
mod write;

use didtron_domain::Instant;
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::deck::VersionMode;
use std::fmt;

pub use write::{canonical_items, to_canonical};

/// A catalog as its file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFile {
    /// Everything but the numbers of deck versions: `versions` is empty in every deck.
    pub spec: CatalogSpec,
    /// For each deck of `spec`, in order, the files of its versions in the order in which they are laid.
    pub deck_files: Vec<Vec<DeckFile>>,
}

/// One version of a deck, still as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckFile {
    /// As written: relative to the catalog file.
    pub file: String,
    /// Full list or delta; the first version of a deck is full unless said otherwise.
    pub mode: VersionMode,
    /// From when it changes the versions before; `None` (the first version only): always.
    pub effective: Option<Instant>,
}

/// One thing that is wrong with a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The table, its place among its kind counted from 1 and its name, such as `deck 2 (base-out)`; empty at the
    /// top of the file and where the text is no TOML.
    pub place: String,
    /// The key within the table; empty where the table itself is wrong.
    pub key: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        for part in [&self.place, &self.key].into_iter().filter(|part| !part.is_empty()) {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a catalog, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct CatalogError(pub Vec<Finding>);

/// Reads `catalog.toml`.
///
/// ```
/// use didtron_schemas::catalog_file;
/// let file = catalog_file::parse("base_currency = \"USD\"\n[[plan]]\nname = \"retail\"\ndecks = [\"base\"]\n").unwrap();
/// assert_eq!(file.spec.plans[0].policies.decimals, 6);
/// let error = catalog_file::parse("base_currency = \"usd\"").unwrap_err();
/// assert!(error.to_string().starts_with("line 1, column 17: base_currency: "));
/// ```
pub fn parse(text: &str) -> Result<CatalogFile, CatalogError> {
    let (mut spec, versions) = document::document(text, tables::file_version)?;
    for deck in &mut spec.decks {
        deck.versions = Vec::new();
    }
    Ok(CatalogFile { spec, deck_files: versions })
}

/// Reads the text that [`to_canonical`] wrote.
pub fn from_canonical(text: &str) -> Result<CatalogSpec, CatalogError> {
    let (mut spec, versions) = document::document(text, tables::version_number)?;
    for (deck, numbers) in spec.decks.iter_mut().zip(versions) {
        deck.versions = numbers;
    }
    Ok(spec)
}

#[cfg(test)]
mod tests;
