//! What is wrong with a catalog version, all of it at once, each with its place.

/// One thing that keeps a catalog version from being published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct CatalogFinding {
    /// Where: the kind of thing and its name, such as `service acme-in-1`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Findings as they come up.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<CatalogFinding>);

impl Findings {
    pub(crate) fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.0.push(CatalogFinding { place: place.into(), message: message.into() });
    }

    /// Adds a finding where `wrong` holds.
    pub(crate) fn check(&mut self, wrong: bool, place: &str, message: &str) {
        if wrong {
            self.add(place, message);
        }
    }

    /// Names that are empty or given twice within one kind of thing.
    pub(crate) fn names<'a>(&mut self, kind: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = rustc_hash::FxHashSet::default();
        for name in names {
            let place = format!("{kind} {name}");
            self.check(name.is_empty(), &place, "has no name; give it one");
            self.check(!seen.insert(name), &place, "the name is given twice; names of a kind are unique");
        }
    }

    pub(crate) fn none_or<T>(self, value: T) -> Result<T, Vec<CatalogFinding>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}
