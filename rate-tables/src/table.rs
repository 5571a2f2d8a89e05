//! A deck ready for lookup: its rows by prefix, the tables of their names, and the ways to walk them.

use crate::prefix_index::PrefixIndex;
use crate::row::{CompiledRow, NodeId, RowTerms};
use didtron_domain::deck::{DeckHead, RowPrice};
use didtron_domain::{DialPrefix, E164, Instant};

/// The parent of a prefix that no other prefix of the deck begins.
pub(crate) const NO_PARENT: u32 = u32::MAX;

/// What a walk needs of a prefix: where its rows begin (they end where the next node's begin), its length, its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The position of its first row in the lower 28 bits, its length above.
    rows_and_length: u32,
    pub(crate) parent: u32,
}

impl Node {
    const ROWS: u32 = (1 << 28) - 1;

    /// `rows` must be below 2^28.
    pub(crate) const fn new(rows: u32, length: u8, parent: u32) -> Self {
        Self { rows_and_length: rows | (length as u32) << 28, parent }
    }

    pub(crate) const fn from_words([rows_and_length, parent]: [u32; 2]) -> Self {
        Self { rows_and_length, parent }
    }

    pub(crate) const fn words(self) -> [u32; 2] {
        [self.rows_and_length, self.parent]
    }

    #[inline]
    pub(crate) const fn rows(self) -> usize {
        (self.rows_and_length & Self::ROWS) as usize
    }

    #[inline]
    pub(crate) const fn length(self) -> u8 {
        (self.rows_and_length >> 28) as u8
    }
}

/// All rows of a deck with their true times, indexed by prefix.
///
/// Prefixes are sorted by their first number, a prefix directly before those that it begins; the rows of one prefix by
/// origin set, time class (none first, else by name) and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckTable {
    pub(crate) head: DeckHead,
    pub(crate) index: PrefixIndex,
    /// One more than there are prefixes.
    pub(crate) nodes: Vec<Node>,
    pub(crate) prefixes: Vec<E164>,
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
        self.rows.len()
    }

    /// Bytes of the prefix index; rows, names and parents apart.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.index.bytes()
    }

    /// The prefix of a node.
    #[must_use]
    pub fn prefix(&self, node: NodeId) -> DialPrefix {
        self.prefixes[node.0 as usize].prefix(15)
    }

    /// The node of the next shorter prefix of the deck that begins this one.
    #[inline]
    #[must_use]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.nodes[node.0 as usize].parent;
        (parent != NO_PARENT).then_some(NodeId(parent))
    }

    /// The rows of a node: all keys and times, closed ones too.
    #[inline]
    #[must_use]
    pub fn rows_at(&self, node: NodeId) -> &[CompiledRow] {
        let at = node.0 as usize;
        &self.rows[self.nodes[at].rows()..self.nodes[at + 1].rows()]
    }

    /// The node of exactly this prefix; `None` where the deck has no row for it.
    #[must_use]
    pub fn node_of(&self, prefix: DialPrefix) -> Option<NodeId> {
        let place = |prefix: DialPrefix| (prefix.first(), prefix.length());
        let at = self.prefixes.binary_search_by_key(&place(prefix), |known| place(known.prefix(15))).ok()?;
        u32::try_from(at).ok().map(NodeId)
    }

    /// The rows of exactly this prefix, none where the deck has none: R11 `split` chooses among them.
    #[must_use]
    pub fn rows_of(&self, prefix: DialPrefix) -> &[CompiledRow] {
        self.node_of(prefix).map_or(&[], |node| self.rows_at(node))
    }

    /// All rows in order, closed and expired ones too.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &CompiledRow> {
        self.rows.iter()
    }

    /// All rows with their prefixes, in order.
    ///
    /// Written as one full list with `from` and `to` as their times, they make the same table again.
    pub fn entries(&self) -> impl Iterator<Item = (DialPrefix, &CompiledRow)> {
        let nodes = self.prefixes.iter().zip(self.nodes.windows(2));
        nodes.flat_map(|(prefix, pair)| {
            let prefix = prefix.prefix(15);
            self.rows[pair[0].rows()..pair[1].rows()].iter().map(move |row| (prefix, row))
        })
    }

    /// The rows in force at `at` with their prefixes, in order: at most one per prefix, origin set and time class.
    /// Closed ones are among them; whether they matter is for the reader to say.
    pub fn in_force(&self, at: Instant) -> impl Iterator<Item = (DialPrefix, &CompiledRow)> {
        self.entries().filter(move |(_, row)| row.is_in_force(at))
    }
}
