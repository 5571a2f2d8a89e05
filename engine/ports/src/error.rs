//! What may go wrong behind a port, by what the caller would do differently.

/// A failure behind a port.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, database or service could not be reached or written; trying again may help.
    #[error("{what}: {source}")]
    Unavailable { what: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// What is stored contradicts itself or the books; a person must look.
    #[error("{0}")]
    Damaged(String),
}

impl Error {
    /// A failure to reach or write `what`.
    pub fn unavailable(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable { what: what.into(), source: source.into() }
    }
}
