//! A column of texts in one buffer, so that a batch of records needs no allocation of its own per field.

use crate::column::Column;
use std::ops::Range;

/// Texts one after the other, with where each ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    bytes: String,
    ends: Vec<usize>,
}

impl TextColumn {
    /// Adds a text.
    ///
    /// ```
    /// use didtron_domain::text::TextColumn;
    /// let mut column = TextColumn::default();
    /// column.push("4930");
    /// column.push("");
    /// assert_eq!((column.get(0), column.get(1), column.len()), ("4930", "", 2));
    /// ```
    #[inline]
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// Adds texts that lie one after the other in `bytes`; `ends` says where each ends there, the last at its end.
    ///
    /// ```
    /// use didtron_domain::text::TextColumn;
    /// let mut column = TextColumn::default();
    /// column.push("4930");
    /// column.extend("4420Zürich", [4, 4, 11].into_iter());
    /// assert_eq!((0..column.len()).map(|row| column.get(row)).collect::<Vec<_>>(), ["4930", "4420", "", "Zürich"]);
    /// ```
    pub fn extend(&mut self, bytes: &str, ends: impl Iterator<Item = usize>) {
        let begin = self.bytes.len();
        self.bytes.push_str(bytes);
        self.ends.extend(ends.map(|end| begin + end));
        debug_assert!(self.ends.last().is_none_or(|&end| end == self.bytes.len()), "the last text ends where all do");
    }

    /// Makes room for `count` more texts of `bytes` bytes in all.
    pub fn reserve(&mut self, count: usize, bytes: usize) {
        self.ends.reserve(count);
        self.bytes.reserve(bytes);
    }

    /// The text at `row`, which must be below [`TextColumn::len`].
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        &self.bytes[self.begin(row)..self.ends[row]]
    }

    /// Where the text at `row` begins, which is where the one before it ends.
    #[inline]
    fn begin(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.ends[row - 1] }
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Forgets all texts and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

impl Column for TextColumn {
    fn gather(&self, rows: &[u32]) -> Self {
        let mut gathered = Self::default();
        if !self.is_empty() {
            gathered.reserve(rows.len(), 0);
            rows.iter().for_each(|&row| gathered.push(self.get(row as usize)));
        }
        gathered
    }

    fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        if !other.is_empty() {
            let (begin, end) = (other.begin(rows.start), other.begin(rows.end));
            self.extend(&other.bytes[begin..end], other.ends[rows.clone()].iter().map(|end| end - begin));
        }
    }
}
