//! A compiled table as bytes, so that a start does not compile. The file is a cache: whoever keeps it also keeps a
//! digest of it and of what it was made from; here only form and bounds are checked.
//!
//! Little-endian throughout: magic, format version, total length; then, each with its count, the deck's head, four
//! lists of names, prices and times that rows share, rows, lists of rows, prefixes, their answers, and the index. Each
//! list is a run of records of one width.

mod read;
mod write;

use crate::table::DeckTable;

const MAGIC: [u8; 8] = *b"DIDTDECK";
const FORMAT: u32 = 2;

/// Fixed part of the file: magic, format version, four bytes of zero, total length.
const HEADER_BYTES: usize = 24;

/// A row: terms, span, destination, group, origin set, time class, version, flags; names of a row that may have none
/// are one more than their number.
const ROW_BYTES: usize = 32;

/// What rows of one price have in common: kind, initial, next, grace as 32 bits; fee and three prices as 64.
const TERMS_BYTES: usize = 48;

const HAS_GRACE: u32 = 1 << 8;
const HAS_INITIAL_RATE: u32 = 1 << 9;
const OWN_FROM: u32 = 1 << 8;

/// Why bytes are no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// Something else altogether.
    #[error("reading a compiled deck: these bytes are none; compile the deck again")]
    Foreign,
    /// Written by another version of the program.
    #[error("reading a compiled deck: its format is {found}, this program reads {known}; compile the deck again")]
    Format {
        /// The format of the bytes.
        found: u32,
        /// The format of this program.
        known: u32,
    },
    /// Cut off, or with something behind.
    #[error("reading a compiled deck: {expected} bytes are announced, {found} are there; compile the deck again")]
    Length {
        /// By the header.
        expected: u64,
        /// In fact.
        found: u64,
    },
    /// Its parts do not fit each other.
    #[error("reading a compiled deck: its {0} cannot be right; compile the deck again")]
    Damaged(&'static str),
}

impl DeckTable {
    /// The table as bytes, for [`DeckTable::from_bytes`]. The same table gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        write::table(self)
    }

    /// The table that [`DeckTable::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are foreign, of another format, cut, or out of bounds somewhere. A change that keeps all bounds
    /// is not noticed: the caller compares a digest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CacheError> {
        read::table(bytes)
    }
}
