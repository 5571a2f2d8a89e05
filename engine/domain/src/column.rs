//! What every column can do, and columns that may have no value in a row.

use std::ops::Range;

/// A column of any kind: some of its rows as another one.
///
/// ```
/// use didtron_domain::column::Column;
/// let column = vec!['a', 'b', 'c'];
/// assert_eq!(column.gather(&[2, 0, 2]), ['c', 'a', 'c']);
/// let mut joined = vec!['x'];
/// joined.extend_from(&column, &(1..3));
/// joined.extend_from(&Vec::new(), &(1..3));
/// assert_eq!(joined, ['x', 'b', 'c']);
/// ```
pub trait Column: Sized {
    /// These rows of it, in this order; an empty column, which was not filled, stays one.
    #[must_use]
    fn gather(&self, rows: &[u32]) -> Self;

    /// Adds these rows of another; an empty one, which was not filled, adds none.
    fn extend_from(&mut self, other: &Self, rows: &Range<usize>);
}

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

impl<T: Copy> Column for Vec<T> {
    fn gather(&self, rows: &[u32]) -> Self {
        if self.is_empty() { Self::new() } else { rows.iter().map(|&row| self[row as usize]).collect() }
    }

    fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        if !other.is_empty() {
            self.extend_from_slice(&other[rows.clone()]);
        }
    }
}

impl<T: Copy> Column for Optional<T> {
    fn gather(&self, rows: &[u32]) -> Self {
        Self { values: self.values.gather(rows), valid: self.valid.gather(rows) }
    }

    fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        self.values.extend_from(&other.values, rows);
        self.valid.extend_from(&other.valid, rows);
    }
}
