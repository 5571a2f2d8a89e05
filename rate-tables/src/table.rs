//! A deck ready for lookup: its rows by prefix, the tables of their names, and the ways to walk them.

use crate::prefix_index::{Longest, PrefixIndex};
use crate::row::{CompiledRow, RowTerms};
use didtron_domain::deck::{DeckHead, RowPrice};
use didtron_domain::{DialPrefix, E164, Instant};

/// The rows of a prefix, and the next shorter prefix of the deck that begins it. Prefixes of one destination mostly have
/// the same rows and the same one above them, and share a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct List {
    /// The first of its rows; they end where those of the next list begin.
    pub(crate) begin: u32,
    /// Its list comes before this one.
    pub(crate) parent: Option<Longest>,
}

/// All rows of a deck with their true times, indexed by prefix.
///
/// Prefixes are sorted by their first number, a prefix directly before those that it begins; the rows of one prefix by
/// origin set, time class (none first, else by name) and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckTable {
    pub(crate) head: DeckHead,
    pub(crate) index: PrefixIndex,
    pub(crate) prefixes: Vec<E164>,
    /// What the index answers for each of them.
    pub(crate) answers: Vec<Longest>,
    /// One more than there are, for the end of the last one's rows.
    pub(crate) lists: Vec<List>,
    pub(crate) rows: Vec<CompiledRow>,
    /// Each different one once.
    pub(crate) terms: Vec<RowTerms>,
    pub(crate) destinations: Vec<Box<str>>,
    pub(crate) groups: Vec<Box<str>>,
    pub(crate) origin_sets: Vec<Box<str>>,
    pub(crate) time_classes: Vec<Box<str>>,
}

impl DeckTable {
    /// What the deck's versions have in common.
    #[must_use]
    pub const fn head(&self) -> &DeckHead {
        &self.head
    }

    /// The names behind [`CompiledRow::destination`].
    #[must_use]
    pub fn destinations(&self) -> &[Box<str>] {
        &self.destinations
    }

    /// The names behind [`CompiledRow::group`].
    #[must_use]
    pub fn groups(&self) -> &[Box<str>] {
        &self.groups
    }

    /// The names behind [`CompiledRow::origin_set`], in alphabetical order.
    #[must_use]
    pub fn origin_sets(&self) -> &[Box<str>] {
        &self.origin_sets
    }

    /// The names behind [`CompiledRow::time_class`], in alphabetical order.
    #[must_use]
    pub fn time_classes(&self) -> &[Box<str>] {
        &self.time_classes
    }

    /// What a row of this table costs.
    #[inline]
    #[must_use]
    pub fn terms(&self, row: &CompiledRow) -> &RowTerms {
        &self.terms[row.terms as usize]
    }

    /// Whether a row is for some callers only, or has several prices for both ends to choose from.
    #[must_use]
    pub fn asks_caller(&self) -> bool {
        let is_one = |price| matches!(price, RowPrice::One { .. });
        !self.origin_sets.is_empty() || self.terms.iter().any(|terms| !terms.price.is_none_or(is_one))
    }

    /// How many different prefixes have rows.
    #[must_use]
    pub fn prefix_count(&self) -> usize {
        self.prefixes.len()
    }

    /// How many rows there are, closed and expired ones too.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.answers.iter().map(|&answer| self.rows_of_list(answer).len()).sum()
    }

    /// Bytes of the prefix index; rows, names and parents apart.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.index.bytes()
    }

    /// The rows of a prefix: all keys and times, closed ones too.
    #[inline]
    pub(crate) fn rows_of_list(&self, longest: Longest) -> &[CompiledRow] {
        let list = longest.list() as usize;
        &self.rows[self.lists[list].begin as usize..self.lists[list + 1].begin as usize]
    }

    /// The next shorter prefix of the deck that begins this one.
    #[inline]
    pub(crate) fn parent(&self, longest: Longest) -> Option<Longest> {
        self.lists[longest.list() as usize].parent
    }

    /// The rows of exactly this prefix, none where the deck has none: R11 `split` chooses among them.
    #[must_use]
    pub fn rows_of(&self, prefix: DialPrefix) -> &[CompiledRow] {
        let place = |prefix: DialPrefix| (prefix.first(), prefix.length());
        let found = self.prefixes.binary_search_by_key(&place(prefix), |known| place(known.prefix(15)));
        found.map_or(&[], |at| self.rows_of_list(self.answers[at]))
    }

    /// All different rows, closed and expired ones too: a row of several prefixes comes once.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &CompiledRow> {
        self.rows.iter()
    }

    /// All rows with their prefixes, in order.
    ///
    /// Written as one full list with `from` and `to` as their times, they make the same table again.
    pub fn entries(&self) -> impl Iterator<Item = (DialPrefix, &CompiledRow)> {
        self.prefixes.iter().zip(&self.answers).flat_map(|(prefix, answer)| {
            let prefix = prefix.prefix(15);
            self.rows_of_list(*answer).iter().map(move |row| (prefix, row))
        })
    }

    /// The rows in force at `at` with their prefixes, in order: at most one per prefix, origin set and time class.
    /// Closed ones are among them; whether they matter is for the reader to say.
    pub fn in_force(&self, at: Instant) -> impl Iterator<Item = (DialPrefix, &CompiledRow)> {
        self.entries().filter(move |(_, row)| row.is_in_force(at))
    }
}
