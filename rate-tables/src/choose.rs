//! R10 inside one deck: from the longest prefix of a number up to the first one that has a candidate.

use crate::prefix_index::digit_count;
use crate::row::{CompiledRow, NodeId, Rank};
use crate::table::DeckTable;
use didtron_domain::{DialPrefix, E164, Instant};
use std::hint::black_box;

/// The best candidate of a deck for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The node of the prefix.
    pub node: NodeId,
    /// The prefix that the row is for.
    pub prefix: DialPrefix,
    /// The row.
    pub row: &'a CompiledRow,
    /// How well it fits, as `fits` said.
    pub rank: Rank,
}

impl DeckTable {
    /// The longest prefix of the deck that `number` begins with, whatever its rows are.
    #[inline]
    #[must_use]
    pub fn longest(&self, number: E164) -> Option<NodeId> {
        let found = self.index.longest(number.left_aligned())?;
        self.not_longer_than(number, found)
    }

    /// [`DeckTable::longest`] for many numbers, in their order: several times as fast as one by one, because the
    /// memory loads of different numbers overlap. What `out` held before is forgotten.
    pub fn longest_batch(&self, numbers: &[E164], out: &mut Vec<Option<NodeId>>) {
        out.clear();
        out.reserve(numbers.len());
        self.index.longest_batch(numbers, |number, found| {
            out.push(found.and_then(|found| self.not_longer_than(number, found)));
        });
    }

    /// A short number is searched as if zeros followed it. What it found may be longer than the number itself; the
    /// prefixes that truly begin it are among the parents of that one.
    #[inline]
    fn not_longer_than(&self, number: E164, (node, length): (u32, u8)) -> Option<NodeId> {
        let node = NodeId(node);
        if length <= digit_count(number) { Some(node) } else { self.climb(node, number.digit_count()) }
    }

    #[cold]
    fn climb(&self, node: NodeId, digits: u8) -> Option<NodeId> {
        let mut place = self.parent(node);
        while let Some(node) = place {
            if self.nodes[node.0 as usize].length() <= digits {
                break;
            }
            place = self.parent(node);
        }
        place
    }

    /// The row that R10 chooses for `number` at `at`, within this deck.
    ///
    /// | decided by | how |
    /// |---|---|
    /// | prefix | the longest that has a candidate: a row in force, not closed, for which `fits` gives a rank |
    /// | rank | the greatest: the longer origin, then a time class before none |
    ///
    /// `fits` is asked only about rows in force that are not closed; it judges origin set and time class, and whether
    /// a blocked row counts. Of rows of one rank the first by name of origin set and time class is taken.
    ///
    /// ```
    /// use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
    /// use didtron_domain::{Currency, DialPrefix, E164, Increment, Instant, Price, Side};
    /// use didtron_rate_tables::{DeckTable, Rank};
    ///
    /// let head = DeckHead {
    ///     name: "retail".into(), direction: Side::Customer, currency: Currency::parse("USD").unwrap(),
    ///     zone: "UTC".into(), increment: Increment::new(60, 1), country_lists: None,
    /// };
    /// let row = |prefix, rate| DeckRow {
    ///     prefix: DialPrefix::parse(prefix).unwrap(), destination: "Germany".into(),
    ///     price: Some(RowPrice::One { rate: Price(rate), initial_rate: None }), increment: None,
    ///     connect_fee: Price(0), grace_s: None, effective_from: None, effective_to: None,
    ///     status: RowStatus::Open, origin_set: None, time_class: None, group: None,
    /// };
    /// let rows = vec![row("49", 10_000_000), row("4930", 8_000_000)];
    /// let version = DeckVersion { number: 1, mode: VersionMode::Full, effective: None, rows };
    /// let table = DeckTable::compile(&head, &[version]).unwrap();
    ///
    /// let number = E164::parse(b"49301234567").unwrap();
    /// let best = table.best(number, Instant(0), &mut |_| Some(Rank::default())).unwrap();
    /// assert_eq!(best.prefix.to_string(), "4930");
    /// assert_eq!(table.terms(best.row).price, Some(RowPrice::One { rate: Price(8_000_000), initial_rate: None }));
    /// ```
    #[must_use]
    pub fn best(
        &self,
        number: E164,
        at: Instant,
        fits: &mut impl FnMut(&CompiledRow) -> Option<Rank>,
    ) -> Option<Choice<'_>> {
        self.best_from(number, self.longest(number)?, at, fits)
    }

    /// [`DeckTable::best`] for a number whose longest prefix is known, from [`DeckTable::longest_batch`].
    #[must_use]
    pub fn best_from(
        &self,
        number: E164,
        longest: NodeId,
        at: Instant,
        fits: &mut impl FnMut(&CompiledRow) -> Option<Rank>,
    ) -> Option<Choice<'_>> {
        let mut node = longest;
        loop {
            if let Some((row, rank)) = best_row(self.rows_at(node), at, fits) {
                return Some(Choice { node, prefix: number.prefix(self.nodes[node.0 as usize].length()), row, rank });
            }
            node = self.parent(node)?;
        }
    }

    /// Brings the rows of `nodes` into the caches, all at once, so that [`DeckTable::best_from`] over the same batch
    /// does not wait for them one after the other. Changes no answer.
    pub fn touch(&self, nodes: &[Option<NodeId>]) {
        const LANES: usize = 256;
        let mut firsts = [0usize; LANES];
        let mut seen = 0;
        for chunk in nodes.chunks(LANES) {
            for (first, node) in firsts.iter_mut().zip(chunk) {
                *first = node.map_or(0, |node| self.nodes[node.0 as usize].rows());
            }
            for first in &mut firsts[..chunk.len()] {
                // Fields far apart: a row lies on two cache lines, and so do its terms.
                *first = self.rows.get(*first).map_or(0, |row| {
                    seen ^= row.to.0 ^ i64::from(row.destination);
                    row.terms as usize
                });
            }
            for &terms in &firsts[..chunk.len()] {
                seen ^=
                    self.terms.get(terms).map_or(0, |terms| terms.connect_fee.0 ^ i64::from(terms.increment.is_some()));
            }
        }
        black_box(seen);
    }
}

/// The candidate of the greatest rank among the rows of one prefix.
fn best_row<'a>(
    rows: &'a [CompiledRow],
    at: Instant,
    fits: &mut impl FnMut(&CompiledRow) -> Option<Rank>,
) -> Option<(&'a CompiledRow, Rank)> {
    let mut best: Option<(&CompiledRow, Rank)> = None;
    for row in rows.iter().filter(|row| row.competes(at)) {
        if let Some(rank) = fits(row)
            && best.is_none_or(|(_, known)| rank > known)
        {
            best = Some((row, rank));
        }
    }
    best
}
