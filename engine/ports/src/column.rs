//! Columns that may have no value in a row, and what columns of all kinds have in common.

use didtron_domain::text::TextColumn;

/// Values and where they are valid, as column formats store them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Optional<T> {
    /// One per row; the default where there is none.
    pub values: Vec<T>,
    /// One per row.
    pub valid: Vec<bool>,
}

impl<T: Copy + Default> Optional<T> {
    /// Adds a row.
    pub fn push(&mut self, value: Option<T>) {
        self.values.push(value.unwrap_or_default());
        self.valid.push(value.is_some());
    }

    /// Adds rows.
    pub fn extend(&mut self, values: impl Iterator<Item = Option<T>> + Clone) {
        self.values.extend(values.clone().map(Option::unwrap_or_default));
        self.valid.extend(values.map(|value| value.is_some()));
    }

    /// The value at `row`.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        self.valid[row].then(|| self.values[row])
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// A column whatever it holds: its memory.
pub(crate) trait Room {
    /// Makes room for `row_count` more rows.
    fn reserve(&mut self, row_count: usize);

    /// Forgets all rows and keeps the memory.
    fn clear(&mut self);
}

impl<T> Room for Vec<T> {
    fn reserve(&mut self, row_count: usize) {
        self.reserve(row_count);
    }

    fn clear(&mut self) {
        self.clear();
    }
}

impl<T> Room for Optional<T> {
    fn reserve(&mut self, row_count: usize) {
        self.values.reserve(row_count);
        self.valid.reserve(row_count);
    }

    fn clear(&mut self) {
        self.values.clear();
        self.valid.clear();
    }
}

impl Room for TextColumn {
    /// Texts may be of any length; they find their room as they come.
    fn reserve(&mut self, row_count: usize) {
        self.reserve(row_count, 0);
    }

    fn clear(&mut self) {
        self.clear();
    }
}
