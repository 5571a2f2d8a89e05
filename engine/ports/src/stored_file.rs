//! Files of the usage store as the books list them.

/// Which of the two journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JournalKind {
    Usage,
    Suspense,
}

/// A file of a journal, as the books list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub journal: JournalKind,
    pub partition: u32,
    /// The first and the last batch whose rows it holds, inclusive.
    pub seq_first: u64,
    pub seq_last: u64,
    /// Relative to the store's root.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}
