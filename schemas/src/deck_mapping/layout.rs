//! Where the table of a sheet is, how its text is written, which rows count, and what a second file adds.

use super::ColumnRef;
use serde::Deserialize;

/// Where the table is and how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeckLayout {
    /// What stands between cells of a CSV, one ASCII character. Default: found out (`,`, `;`, tab or `|`).
    pub separator: Option<Separator>,
    /// The character set by its WHATWG name (`windows-1252`). Default: the byte order mark, else UTF-8, else
    /// windows-1252 with a note.
    pub encoding: Option<String>,
    /// The sheets of a workbook, or the cards of a rate card, that are read. Default: every sheet with the header; the
    /// only card.
    pub sheets: Vec<String>,
    /// Rows before the header, or before the first rate, that are not looked at. Default 0.
    pub skip_rows: usize,
    /// `detect` (default: the first row that has the columns), `none`, or a row counted from 1.
    pub header: Header,
    /// Rows whose first filled cell begins with it are no rates. Default none.
    pub comment: Option<String>,
    /// The table ends before the first row whose first filled cell begins with one of these. Default none.
    pub end_texts: Vec<String>,
}

/// One ASCII character between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Separator(pub u8);

impl TryFrom<String> for Separator {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match *text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | b'"') && !byte.is_ascii_alphanumeric() => {
                Ok(Self(byte))
            }
            _ => Err(format!("a separator is one ASCII character, such as \",\" or \"\\t\", not {text:?}")),
        }
    }
}

/// Where the names of the columns are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenHeader")]
pub enum Header {
    /// In the first row that has the columns of the mapping.
    #[default]
    Detect,
    /// Nowhere: columns are given by position.
    None,
    /// In this row, counted from 1.
    Row(u64),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "header is \"detect\", \"none\" or a row counted from 1")]
enum WrittenHeader {
    Row(u64),
    Word(String),
}

impl TryFrom<WrittenHeader> for Header {
    type Error = String;

    fn try_from(written: WrittenHeader) -> Result<Self, String> {
        match written {
            WrittenHeader::Row(row) if row > 0 => Ok(Self::Row(row)),
            WrittenHeader::Word(word) if word == "detect" => Ok(Self::Detect),
            WrittenHeader::Word(word) if word == "none" => Ok(Self::None),
            _ => Err("header is \"detect\", \"none\" or a row counted from 1".to_owned()),
        }
    }
}

/// A test on one cell of a row: met when one of `words` equals it, or one of `begins` begins it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The column.
    pub column: ColumnRef,
    /// Whole cells, in any case.
    #[serde(default)]
    pub words: Vec<String>,
    /// Fronts of cells, in any case.
    #[serde(default)]
    pub begins: Vec<String>,
}

/// A second file beside the first, joined by a key: its columns are known as `join:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The names that the file may have, in the folder of the first one: the first that is there is taken.
    pub files: Vec<String>,
    /// The column of the first file that holds the key.
    pub key: String,
    /// The column of the joined file that holds the key, once per row.
    pub joined_key: String,
}
