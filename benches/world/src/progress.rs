//! How far the writing of a world is.

/// How far the writing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `decks` (counted in files), then `calls` (counted in rows).
    pub part: &'static str,
    /// Of `total`.
    pub done: u64,
    /// All of this part.
    pub total: u64,
}

/// Who is told of it.
pub(crate) type Watch<'w> = dyn FnMut(Progress) + 'w;
