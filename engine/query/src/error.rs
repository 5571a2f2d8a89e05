//! What may go wrong, by what the caller would do differently, and how DataFusion's failures are sorted into it.

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use std::io;

/// How DataFusion begins its messages.
const KINDS: [&str; 6] = [
    "Error during planning: ",
    "Schema error: ",
    "Execution error: ",
    "Internal error: ",
    "This feature is not implemented: ",
    "Arrow error: ",
];

/// A query that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The statement is refused or makes no sense: the user writes another one.
    #[error("cannot run this statement: {0}")]
    Statement(String),
    /// The statement was understood, but its values could not be computed.
    #[error("the query broke off: {0}")]
    Query(String),
    /// The usage store or the books are not what was written: a person must look.
    #[error("{0}")]
    Damaged(String),
    /// Something could not be read; trying again may help.
    #[error("{what}: {source}")]
    Unavailable { what: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The answer could not be written where it should go.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    /// A failure to read `what`.
    pub(crate) fn unavailable(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { what: what.into(), source: source.into() }
    }

    /// A failure before the first row: the statement's own fault unless something else is known.
    pub(crate) fn of_planning(e: &DataFusionError) -> Self {
        Self::carried(e).unwrap_or_else(|| Self::Statement(text(e)))
    }

    /// A failure while rows were computed. Damaged files are named by [`crate::damage::explain`], not here.
    pub(crate) fn of_running(e: &DataFusionError) -> Self {
        Self::carried(e).unwrap_or_else(|| match e.find_root() {
            DataFusionError::ResourcesExhausted(why) => {
                Self::Query(format!("it needs more memory than a query may have; ask for fewer rows or groups ({why})"))
            }
            _ => Self::Query(text(e)),
        })
    }

    /// An error of ours that travelled through DataFusion.
    fn carried(e: &DataFusionError) -> Option<Self> {
        let DataFusionError::External(inner) = e.find_root() else { return None };
        Some(match inner.downcast_ref::<Self>()? {
            Self::Statement(text) => Self::Statement(text.clone()),
            Self::Query(text) => Self::Query(text.clone()),
            Self::Damaged(text) => Self::Damaged(text.clone()),
            Self::Unavailable { what, source } => Self::unavailable(what.clone(), source.to_string()),
            Self::Output(e) => Self::Output(io::Error::new(e.kind(), e.to_string())),
        })
    }
}

/// What lies at the root, without DataFusion's word for the kind of the error and without its advice to report bugs.
fn text(e: &DataFusionError) -> String {
    let root = e.find_root();
    if let DataFusionError::SQL(e, _) = root
        && let ParserError::TokenizerError(text) | ParserError::ParserError(text) = e.as_ref()
    {
        return text.clone();
    }
    let whole = root.strip_backtrace();
    let mut said = whole.split("\nThis issue was likely caused by a bug").next().unwrap_or(&whole);
    while let Some(rest) = KINDS.iter().find_map(|kind| said.strip_prefix(kind)) {
        said = rest;
    }
    said.trim_end().to_owned()
}

/// An error of ours on its way through DataFusion.
#[cold]
pub(crate) fn carry(e: Error) -> DataFusionError {
    DataFusionError::External(Box::new(e))
}

/// A stored value that no row can have.
#[cold]
pub(crate) fn illegal(what: &str, value: impl std::fmt::Display) -> DataFusionError {
    carry(Error::Damaged(format!(
        "the usage store holds {value} as {what}, which no row can have: restore it and the books from one backup"
    )))
}
