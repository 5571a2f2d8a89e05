//! A column of texts in one buffer, so that a batch of records needs no allocation of its own per field.

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

    /// Makes room for `count` more texts of `bytes` bytes in all.
    pub fn reserve(&mut self, count: usize, bytes: usize) {
        self.ends.reserve(count);
        self.bytes.reserve(bytes);
    }

    /// The text at `row`, which must be below [`TextColumn::len`].
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        let begin = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.bytes[begin..self.ends[row]]
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
