//! The outer form of a file of call records: CSV in its dialects, or JSON lines.

use serde::Deserialize;

/// The outer form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Separated values.
    #[default]
    Csv,
    /// One JSON object a line; columns are the keys of its top level.
    Jsonl,
}

/// A dialect of CSV.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvLayout {
    /// Between cells. Default a comma.
    pub separator: AsciiChar,
    /// Round cells that hold separators or line ends; inside it is doubled. Default `"`; `""` (an empty text): none.
    pub quote: QuoteChar,
    /// Whether the first line after `skip_lines` names the columns. Default yes.
    pub header: bool,
    /// Lines that begin with it are no records. Default none.
    pub comment: Option<String>,
    /// Lines before the header, or before the first record. Default 0.
    pub skip_lines: usize,
    /// Whether spaces round a cell are no part of it. Default no.
    pub trim: bool,
    /// How many cells a record may have, for files without a header (with one: as many as it has). Default: as many
    /// as the greatest position that the mapping names, or more.
    pub cell_counts: Vec<usize>,
    /// The character set, by its WHATWG name (`windows-1252`); it must hold ASCII. Default UTF-8.
    pub encoding: String,
}

impl Default for CsvLayout {
    fn default() -> Self {
        Self {
            separator: AsciiChar(b','),
            quote: QuoteChar(Some(b'"')),
            header: true,
            comment: None,
            skip_lines: 0,
            trim: false,
            cell_counts: Vec::new(),
            encoding: "utf-8".to_owned(),
        }
    }
}

/// One ASCII character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AsciiChar(pub u8);

impl TryFrom<String> for AsciiChar {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match *text.as_bytes() {
            [byte] if byte.is_ascii() && byte != b'\n' && byte != b'\r' => Ok(Self(byte)),
            _ => Err(format!("a separator is one ASCII character, such as \",\" or \"\\t\", not {text:?}")),
        }
    }
}

/// One ASCII character, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QuoteChar(pub Option<u8>);

impl TryFrom<String> for QuoteChar {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match *text.as_bytes() {
            [] => Ok(Self(None)),
            [byte] if byte.is_ascii_graphic() => Ok(Self(Some(byte))),
            _ => Err(format!("a quote is one ASCII character, or \"\" for none, not {text:?}")),
        }
    }
}
