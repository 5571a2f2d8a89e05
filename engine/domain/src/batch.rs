//! Call records of a batch as columns.

use crate::amount::Price;
use crate::call::CallRecord;
use crate::column::Column;
use crate::identity::{ContentHash, IdentityKey};
use crate::instant::Instant;
use crate::text::TextColumn;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;
use std::ops::Range;

/// Few different texts over many rows: a code per row.
#[derive(Clone, Debug, Default)]
pub struct WordColumn {
    /// For each row the position of its word in `words`.
    pub codes: Vec<u32>,
    /// The different words in order of first appearance.
    pub words: Vec<String>,
    /// The codes by their words.
    known: HashTable<u32>,
}

impl WordColumn {
    /// Adds a word.
    #[inline]
    pub fn push(&mut self, word: &str) {
        let code = self.code(word);
        self.codes.push(code);
    }

    /// The code of a word, which becomes one of the column's.
    #[inline]
    fn code(&mut self, word: &str) -> u32 {
        let Self { words, known, .. } = self;
        let hash = |word: &str| FxBuildHasher.hash_one(word);
        let is_it = |code: &u32| words[*code as usize] == word;
        match known.find(hash(word), is_it) {
            Some(code) => *code,
            None => {
                let count = u32::try_from(words.len());
                let code = count.expect("a batch has fewer words than records, and fewer records than 2^32");
                words.push(word.to_owned());
                *known.insert_unique(hash(word), code, |code| hash(&words[*code as usize])).get()
            }
        }
    }

    /// Adds rows that have codes already: which of `word_count` words each row has, and by `word` what that is. Every
    /// word is looked up once.
    ///
    /// ```
    /// use didtron_domain::batch::WordColumn;
    /// let mut column = WordColumn::default();
    /// column.push("b");
    /// column.extend_coded(3, |code| ["a", "b", "c"][code as usize], [2, 1, 2].into_iter());
    /// assert_eq!((column.codes, column.words), (vec![0, 1, 0, 1], vec!["b".to_owned(), "c".to_owned()]));
    /// ```
    pub fn extend_coded<'a>(
        &mut self,
        word_count: usize,
        word: impl Fn(u32) -> &'a str,
        codes: impl Iterator<Item = u32>,
    ) {
        const NONE: u32 = u32::MAX;
        let mut own_codes = vec![NONE; word_count];
        self.codes.reserve(codes.size_hint().0);
        for code in codes {
            let own = &mut own_codes[code as usize];
            if *own == NONE {
                *own = self.code(word(code));
            }
            self.codes.push(*own);
        }
    }

    /// The word at `row`.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        &self.words[self.codes[row] as usize]
    }

    /// Forgets all words and keeps the memory.
    pub fn clear(&mut self) {
        self.codes.clear();
        self.words.clear();
        self.known.clear();
    }
}

impl Column for WordColumn {
    /// Words come in the order of these rows.
    fn gather(&self, rows: &[u32]) -> Self {
        let mut gathered = Self::default();
        let codes = self.codes.gather(rows);
        gathered.extend_coded(self.words.len(), |code| &self.words[code as usize], codes.into_iter());
        gathered
    }

    fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        if !other.codes.is_empty() {
            let codes = other.codes[rows.clone()].iter().copied();
            self.extend_coded(other.words.len(), |code| &other.words[code as usize], codes);
        }
    }
}

/// A record that its mapping could not understand (`malformed_record`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Its row in the batch.
    pub row: usize,
    /// What is wrong, on which column, for a person to read.
    pub message: String,
}

/// Records of one claimed range, in order: the columns of those understood, and the raw text of all.
///
/// Every column has one entry per record; a malformed one has placeholders there and an entry in `malformed`.
#[derive(Clone, Debug, Default)]
pub struct CallBatch {
    /// The mapping that decoded it.
    pub mapping: String,
    /// The header line of its file, without which a record's text cannot be read again; empty where there is none.
    pub header: String,
    /// The file's name, for places such as `calls.csv:17`.
    pub file: String,
    /// Whether the mapping says that the source rewrites calls (R16).
    pub rewrites: bool,
    /// See [`CallRecord::clean`]: what the mapping says holds for each of its records.
    pub clean: bool,
    /// The claimed bytes.
    pub raw: Vec<u8>,
    /// For each record its text within `raw`, without the line end.
    pub spans: Vec<Range<usize>>,
    /// For each record its line in the file, counted from 1.
    pub lines: Vec<u64>,
    /// Identity by the mapping's columns, or of the text where malformed.
    pub identity: Vec<IdentityKey>,
    /// Content (R16).
    pub content: Vec<ContentHash>,
    /// The records that were not understood, by row.
    pub malformed: Vec<Malformed>,
    /// See [`CallRecord::source`].
    pub source: WordColumn,
    /// See [`CallRecord::call_id`].
    pub call_id: TextColumn,
    /// See [`CallRecord::branch`].
    pub branch: TextColumn,
    /// See [`CallRecord::version`].
    pub version: Vec<Option<i64>>,
    /// See [`CallRecord::start`].
    pub start: Vec<Instant>,
    /// See [`CallRecord::answer`].
    pub answer: Vec<Instant>,
    /// See [`CallRecord::duration_ms`].
    pub duration_ms: Vec<u64>,
    /// See [`CallRecord::marked_answered`].
    pub marked_answered: Vec<bool>,
    /// See [`CallRecord::last_attempt`].
    pub last_attempt: Vec<bool>,
    /// See [`CallRecord::ingress`].
    pub ingress: WordColumn,
    /// See [`CallRecord::egress`].
    pub egress: WordColumn,
    /// See [`CallRecord::caller`].
    pub caller: TextColumn,
    /// See [`CallRecord::called`].
    pub called: TextColumn,
    /// See [`CallRecord::called_egress`].
    pub called_egress: TextColumn,
    /// See [`CallRecord::lrn`].
    pub lrn: TextColumn,
    /// See [`CallRecord::stated_revenue`].
    pub stated_revenue: Vec<Option<Price>>,
    /// See [`CallRecord::stated_cost`].
    pub stated_cost: Vec<Option<Price>>,
}

/// The same step for every column of what a record says and of what it is known by.
macro_rules! each_column {
    ($step:ident, $($given:tt)*) => {
        each_column!(@ $step, $($given)*; identity content source call_id branch version start answer duration_ms
            marked_answered last_attempt ingress egress caller called called_egress lrn stated_revenue stated_cost)
    };
    (@ gather, $own:ident, $rows:ident; $($column:ident)*) => {
        Self {
            mapping: $own.mapping.clone(),
            rewrites: $own.rewrites,
            clean: $own.clean,
            $($column: $own.$column.gather($rows),)*
            ..Self::default()
        }
    };
    (@ extend_from, $own:ident, $other:ident, $rows:ident; $($column:ident)*) => {
        $($own.$column.extend_from(&$other.$column, $rows);)*
    };
    (@ clear, $own:ident; $($column:ident)*) => { $($own.$column.clear();)* };
}

impl CallBatch {
    /// How many records it holds, malformed ones too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.identity.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.identity.is_empty()
    }

    /// The text of a record as received, without its line end.
    #[must_use]
    pub fn text(&self, row: usize) -> &[u8] {
        &self.raw[self.spans[row].clone()]
    }

    /// The record at `row`; placeholders where it is malformed.
    #[inline]
    #[must_use]
    pub fn call(&self, row: usize) -> CallRecord<'_> {
        CallRecord {
            source: self.source.get(row),
            call_id: self.call_id.get(row),
            branch: self.branch.get(row),
            version: self.version[row],
            start: self.start[row],
            answer: self.answer[row],
            duration_ms: self.duration_ms[row],
            marked_answered: self.marked_answered[row],
            last_attempt: self.last_attempt[row],
            clean: self.clean,
            ingress: self.ingress.get(row),
            egress: self.egress.get(row),
            caller: self.caller.get(row),
            called: self.called.get(row),
            called_egress: self.called_egress.get(row),
            lrn: self.lrn.get(row),
            stated_revenue: self.stated_revenue[row],
            stated_cost: self.stated_cost[row],
        }
    }

    /// Makes room for `record_count` more records, so that the columns of a large batch do not grow step by step.
    pub fn reserve(&mut self, record_count: usize) {
        const NUMBER_BYTES: usize = 16;
        self.spans.reserve(record_count);
        self.lines.reserve(record_count);
        self.identity.reserve(record_count);
        self.content.reserve(record_count);
        self.version.reserve(record_count);
        self.start.reserve(record_count);
        self.answer.reserve(record_count);
        self.duration_ms.reserve(record_count);
        self.marked_answered.reserve(record_count);
        self.last_attempt.reserve(record_count);
        self.stated_revenue.reserve(record_count);
        self.stated_cost.reserve(record_count);
        for words in [&mut self.source, &mut self.ingress, &mut self.egress] {
            words.codes.reserve(record_count);
        }
        for texts in [&mut self.call_id, &mut self.caller, &mut self.called] {
            texts.reserve(record_count, record_count * NUMBER_BYTES);
        }
        for texts in [&mut self.branch, &mut self.called_egress, &mut self.lrn] {
            texts.reserve(record_count, 0);
        }
    }

    /// The columns of these records, in this order and without their texts. None of them is malformed; columns that
    /// were not filled stay empty.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        each_column!(gather, self, rows)
    }

    /// Adds the columns of these records of others, without their texts. None of them is malformed; columns that were
    /// not filled add nothing. What holds for the whole batch stays as it is.
    pub fn extend_from(&mut self, other: &Self, rows: &Range<usize>) {
        each_column!(extend_from, self, other, rows);
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.spans.clear();
        self.lines.clear();
        self.malformed.clear();
        each_column!(clear, self);
    }

    /// Forgets the text of all records and where it came from, and gives its memory; the columns stay.
    pub fn take_texts(&mut self) -> Vec<u8> {
        self.spans.clear();
        self.lines.clear();
        std::mem::take(&mut self.raw)
    }

    /// Adds a record that was understood, under the identity that its mapping gives it. It is as clean as the batch.
    pub fn push(&mut self, span: Range<usize>, line: u64, identity: IdentityKey, call: &CallRecord<'_>) {
        self.identity.push(identity);
        self.content.push(ContentHash::of_call_in(call, self.clean));
        self.push_columns(span, line, call);
    }

    /// Adds a call whose text is not at hand, with its identity and content as they were stored.
    pub fn push_call(&mut self, identity: IdentityKey, content: ContentHash, call: &CallRecord<'_>) {
        self.identity.push(identity);
        self.content.push(content);
        self.push_columns(0..0, 0, call);
    }

    /// Adds a record that was not understood.
    pub fn push_malformed(&mut self, span: Range<usize>, line: u64, message: String) {
        let identity = IdentityKey::of_malformed(&self.raw[span.clone()]);
        self.malformed.push(Malformed { row: self.len(), message });
        self.identity.push(identity);
        self.content.push(ContentHash::of_malformed(identity));
        self.push_columns(span, line, &CallRecord::PLACEHOLDER);
    }

    /// Declares a record malformed after all (an answer beyond the claim's time, R1): its identity becomes its text.
    pub fn spoil(&mut self, row: usize, message: String) {
        let identity = IdentityKey::of_malformed(self.text(row));
        self.identity[row] = identity;
        self.content[row] = ContentHash::of_malformed(identity);
        let at = self.malformed.partition_point(|known| known.row < row);
        self.malformed.insert(at, Malformed { row, message });
    }

    /// What is wrong with the record at `row`; `None` where it was understood.
    #[inline]
    #[must_use]
    pub fn malformed_at(&self, row: usize) -> Option<&Malformed> {
        self.malformed.binary_search_by_key(&row, |known| known.row).ok().map(|at| &self.malformed[at])
    }

    fn push_columns(&mut self, span: Range<usize>, line: u64, call: &CallRecord<'_>) {
        self.spans.push(span);
        self.lines.push(line);
        self.source.push(call.source);
        self.call_id.push(call.call_id);
        self.branch.push(call.branch);
        self.version.push(call.version);
        self.start.push(call.start);
        self.answer.push(call.answer);
        self.duration_ms.push(call.duration_ms);
        self.marked_answered.push(call.marked_answered);
        self.last_attempt.push(call.last_attempt);
        self.ingress.push(call.ingress);
        self.egress.push(call.egress);
        self.caller.push(call.caller);
        self.called.push(call.called);
        self.called_egress.push(call.called_egress);
        self.lrn.push(call.lrn);
        self.stated_revenue.push(call.stated_revenue);
        self.stated_cost.push(call.stated_cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_have_the_codes_of_a_search(words in prop::collection::vec("[ab]{0,3}|carrier-[a-d]{2}-trunk-in", 0..300)) {
            let mut column = WordColumn::default();
            // Memory that held other words.
            column.push("other");
            column.clear();
            let mut known: Vec<String> = Vec::new();
            for word in &words {
                column.push(word);
                if !known.contains(word) {
                    known.push(word.clone());
                }
            }
            prop_assert_eq!(&column.words, &known);
            for (row, word) in words.iter().enumerate() {
                prop_assert_eq!(column.get(row), word);
            }
            // The same column from two parts of itself.
            let (middle, end) = (words.len() / 2, words.len());
            let mut joined = WordColumn::default();
            joined.extend_from(&column, &(0..middle));
            joined.extend_from(&column, &(middle..end));
            prop_assert_eq!((joined.codes, joined.words), (column.codes, column.words));
        }

        #[test]
        fn columns_of_calls_join_as_they_were_cut(
            texts in prop::collection::vec("[0-9ü]{0,5}", 1..60),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut batch = CallBatch::default();
            for (row, text) in texts.iter().enumerate() {
                let version = i64::try_from(row).ok().filter(|row| row % 3 > 0);
                let call = CallRecord { call_id: text, called: text, ingress: text, version, ..CallRecord::PLACEHOLDER };
                batch.push_call(IdentityKey(row as u128), ContentHash(7), &call);
            }
            let mut joined = CallBatch::default();
            let middle = cut.index(texts.len());
            joined.extend_from(&batch, &(0..middle));
            joined.extend_from(&batch, &(middle..texts.len()));
            prop_assert_eq!(joined.len(), texts.len());
            for row in 0..texts.len() {
                prop_assert_eq!(joined.call(row), batch.call(row));
                prop_assert_eq!(joined.identity[row], batch.identity[row]);
            }
            let mut unfilled = CallBatch::default();
            unfilled.extend_from(&CallBatch::default(), &(0..middle));
            prop_assert!(unfilled.is_empty() && unfilled.called.is_empty());
        }
    }
}
