//! What is wrong with a rate sheet, for a person to read beside it.

use serde::Serialize;
use std::fmt;

/// How far something wrong reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The row at fault alone: the others can be imported without it.
    Row,
    /// The whole file: nothing of it can be imported.
    File,
}

/// Something wrong in a deck file or a supplier's sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it concerns one row or the whole file.
    pub scope: Scope,
    /// The sheet of a workbook, or the card of a rate card; `None` for a file that has but one table.
    pub sheet: Option<String>,
    /// The row of the sheet or the line of the file, counted from 1; `None` where it lies in no single row.
    pub row: Option<u64>,
    /// The column by its name, in a workbook before it its letter; empty where it lies in no single column.
    pub column: String,
    /// The text at fault, as far as there is one.
    pub value: String,
    /// What is wrong and what to do, in lower case, without a full stop.
    pub message: String,
}

impl Finding {
    /// Something that concerns the whole file, in no particular row.
    #[must_use]
    pub fn of_file(message: impl Into<String>) -> Self {
        Self {
            scope: Scope::File,
            sheet: None,
            row: None,
            column: String::new(),
            value: String::new(),
            message: message.into(),
        }
    }

    /// Something that concerns one row.
    #[must_use]
    pub fn of_row(row: u64, column: impl Into<String>, value: impl Into<String>, message: impl Into<String>) -> Self {
        Self { scope: Scope::Row, row: Some(row), column: column.into(), value: value.into(), ..Self::of_file(message) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sheet) = &self.sheet {
            write!(f, "sheet {sheet}, ")?;
        }
        if let Some(row) = self.row {
            write!(f, "row {row}, ")?;
        }
        if !self.column.is_empty() {
            write!(f, "column {}: ", self.column)?;
        }
        if !self.value.is_empty() {
            write!(f, "{:?}: ", self.value)?;
        }
        f.write_str(&self.message)
    }
}
