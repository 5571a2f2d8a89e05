//! Columns that may have no value in a row.

use std::ops::Range;

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

    /// These rows of it, in this order; an empty column stays one.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        Self { values: gather(&self.values, rows), valid: gather(&self.valid, rows) }
    }

    /// Adds these rows of another; a column that was not filled adds none.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        extend_from(&mut self.values, &other.values, rows.clone());
        extend_from(&mut self.valid, &other.valid, rows);
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, row_count: usize) {
        self.values.reserve(row_count);
        self.valid.reserve(row_count);
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.valid.clear();
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

/// These rows of a column, in this order; an empty column, which was not filled, stays one.
///
/// ```
/// use didtron_domain::column::gather;
/// assert_eq!(gather(&['a', 'b', 'c'], &[2, 0, 2]), ['c', 'a', 'c']);
/// assert_eq!(gather::<u32>(&[], &[2, 0, 2]), []);
/// ```
#[must_use]
pub fn gather<T: Copy>(column: &[T], rows: &[u32]) -> Vec<T> {
    if column.is_empty() { Vec::new() } else { rows.iter().map(|&row| column[row as usize]).collect() }
}

/// Adds these rows of another column; an empty one, which was not filled, adds none.
///
/// ```
/// use didtron_domain::column::extend_from;
/// let mut column = vec!['a'];
/// extend_from(&mut column, &['b', 'c', 'd'], 1..3);
/// extend_from(&mut column, &[], 1..3);
/// assert_eq!(column, ['a', 'c', 'd']);
/// ```
pub fn extend_from<T: Copy>(column: &mut Vec<T>, other: &[T], rows: Range<usize>) {
    if !other.is_empty() {
        column.extend_from_slice(&other[rows]);
    }
}
