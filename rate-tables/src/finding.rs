//! What is wrong with a deck version, for a person to read beside the sheet.

/// Something illegal in a version. The caller knows the sheet and line of `row`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("version {version}, row {row} counted from 0, {field}: {message}")]
pub struct Finding {
    /// The version's number.
    pub version: u32,
    /// The position of the row in [`didtron_domain::deck::DeckVersion::rows`].
    pub row: usize,
    /// The position of the other row, where two do not go together.
    pub other: Option<usize>,
    /// The column of the plain deck file.
    pub field: &'static str,
    /// What is wrong and what to do, in lower case, without a full stop.
    pub message: String,
}
