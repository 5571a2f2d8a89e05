//! R10 inside one deck: from the longest prefix of a number up to the first one that has a candidate.

use crate::machine::prefetch;
use crate::prefix_index::Longest;
use crate::row::{CompiledRow, Rank};
use crate::table::DeckTable;
use didtron_domain::{E164, Instant};

/// The best candidate of a deck for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Digits of the prefix that the row is for.
    pub prefix_length: u8,
    /// The row.
    pub row: &'a CompiledRow,
    /// How well it fits, as `fits` said.
    pub rank: Rank,
}

impl DeckTable {
    /// The longest prefix of the deck that `number` begins with, whatever its rows are.
    #[inline]
    #[must_use]
    pub fn longest(&self, number: E164) -> Option<Longest> {
        self.not_longer_than(number.digit_count(), self.index.longest(number.left_aligned())?)
    }

    /// [`DeckTable::longest`] for many numbers, in their order: several times as fast as one by one, because the
    /// memory loads of different numbers overlap. What `out` held before is forgotten.
    pub fn longest_batch(&self, numbers: &[E164], out: &mut Vec<Option<Longest>>) {
        out.clear();
        out.reserve(numbers.len());
        self.index.longest_batch(numbers, |digits, found| {
            out.push(found.and_then(|found| self.not_longer_than(digits, found)));
        });
    }

    /// A short number is searched as if zeros followed it. What it found may be longer than the number itself; the
    /// prefixes that truly begin it are among the parents of that one.
    #[inline]
    fn not_longer_than(&self, digit_count: u8, mut found: Longest) -> Option<Longest> {
        while found.length() > digit_count {
            found = self.parent(found)?;
        }
        Some(found)
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
    /// assert_eq!(number.prefix(best.prefix_length).to_string(), "4930");
    /// assert_eq!(table.terms(best.row).price, Some(RowPrice::One { rate: Price(8_000_000), initial_rate: None }));
    /// ```
    #[must_use]
    pub fn best(
        &self,
        number: E164,
        at: Instant,
        fits: &mut impl FnMut(&CompiledRow) -> Option<Rank>,
    ) -> Option<Choice<'_>> {
        self.best_from(self.longest(number)?, at, fits)
    }

    /// [`DeckTable::best`] for a number whose longest prefix is known, from [`DeckTable::longest_batch`].
    #[inline]
    #[must_use]
    pub fn best_from(
        &self,
        longest: Longest,
        at: Instant,
        fits: &mut impl FnMut(&CompiledRow) -> Option<Rank>,
    ) -> Option<Choice<'_>> {
        let mut own = longest;
        loop {
            if let Some((row, rank)) = best_row(self.rows_of_list(own), at, fits) {
                return Some(Choice { prefix_length: own.length(), row, rank });
            }
            own = self.parent(own)?;
        }
    }

    /// [`DeckTable::best_from`] in a deck without origin sets and time classes, where any row fits any call and one of a
    /// prefix at most is a candidate: the length of its prefix, and the row.
    #[inline]
    #[must_use]
    pub fn first_from(&self, longest: Longest, at: Instant) -> Option<(u8, &CompiledRow)> {
        let mut own = longest;
        loop {
            if let Some(row) = self.rows_of_list(own).iter().find(|row| row.competes(at)) {
                return Some((own.length(), row));
            }
            own = self.parent(own)?;
        }
    }

    /// Asks for the memory of the rows of prefixes, so that [`DeckTable::best_from`] over the same batch does not wait for
    /// one after the other; `seen` may ask for what a first row leads to. Changes no answer.
    pub fn prefetch(&self, longest: &[Option<Longest>], mut seen: impl FnMut(&CompiledRow)) {
        let found = || longest.iter().flatten().map(|longest| longest.list() as usize);
        found().for_each(|list| prefetch(&self.lists, list));
        let first = |list: usize| self.lists[list].begin as usize;
        // A row may lie on two cache lines.
        found().for_each(|list| {
            prefetch(&self.rows, first(list));
            prefetch(&self.rows, first(list) + 1);
        });
        found().filter_map(|list| self.rows.get(first(list))).for_each(|row| {
            prefetch(&self.terms, row.terms as usize);
            seen(row);
        });
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
