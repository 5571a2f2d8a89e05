//! Columns that may have no value in a row.

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
    #[inline]
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
    #[inline]
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
