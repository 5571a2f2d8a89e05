//! What is wrong with a record, for a person to read.

use std::fmt;

/// How much of a cell a message shows.
const SHOWN_CHARS_MAX: usize = 80;

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// As the file calls it.
    pub(crate) column: Option<String>,
    /// The cell, cut to a readable length.
    pub(crate) value: Option<String>,
    pub(crate) message: String,
}

impl Fault {
    #[cold]
    pub(crate) fn whole(message: String) -> Self {
        Self { column: None, value: None, message }
    }

    #[cold]
    pub(crate) fn at_column(column: &str, value: &str, message: &str) -> Self {
        let mut shown: String = value.chars().take(SHOWN_CHARS_MAX).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self { column: Some(column.to_owned()), value: Some(shown), message: message.to_owned() }
    }

    #[cold]
    pub(crate) fn at_position(position: usize, value: &str, message: &str) -> Self {
        Self::at_column(&format!("column {position}"), value, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.column, &self.value) {
            (Some(column), Some(value)) => write!(f, "{column}: {value:?} {}", self.message),
            (Some(column), None) => write!(f, "{column} {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}
