//! Makes the prefixes of both full decks: countries by size, areas within them, and what becomes of each.

use crate::areas;
use crate::countries;
use crate::dice::{Dice, Spread, Stream};
use crate::options::Options;
use crate::prefixes::{Fate, Numbering, Prefix};

impl Numbering {
    /// In the order of their digits.
    pub(crate) fn new(options: &Options) -> Self {
        let mut numbering = Self {
            seed: options.seed,
            countries: countries::of_deck(options.prefixes),
            destinations: Vec::new(),
            prefixes: Vec::with_capacity(options.prefixes as usize),
            blocked: Vec::new(),
        };
        numbering.add_countries(options.prefixes.into());
        numbering.prefixes.sort_unstable_by_key(Prefix::order);
        numbering.find_leaves();
        numbering.give_fates();
        numbering
    }

    /// The countries share the rows by size, each with at least its own row, and none is left over.
    fn add_countries(&mut self, prefix_count: u64) {
        let countries = self.countries.clone();
        let total: u64 = countries.iter().map(|country| country.size).sum();
        let shared = prefix_count - countries.len() as u64;
        let mut before = 0;
        for (at, country) in countries.iter().enumerate() {
            let behind = before + country.size;
            let rows = 1 + shared * behind / total - shared * before / total;
            areas::add_country(self, at as u16, country, rows);
            before = behind;
        }
    }

    fn find_leaves(&mut self) {
        for at in 0..self.prefixes.len() {
            let next = self.prefixes.get(at + 1).map(|next| next.digits);
            let own = self.prefixes[at].digits;
            self.prefixes[at].is_leaf = next.is_none_or(|next| !countries::begins(next, own));
        }
    }

    /// Blocked rows are leaves, so that they hide no other row, and are chosen first; the others are drawn.
    fn give_fates(&mut self) {
        let is_free = |prefix: &&mut Prefix| prefix.is_leaf && !prefix.is_country();
        let leaf_count = self.prefixes.iter_mut().filter(is_free).count() as u64;
        let spread = Spread::new(leaf_count, &mut Dice::new(self.seed, Stream::Fate, u64::MAX));
        let blocked_count = (leaf_count / 800).max(3);
        let mut index = 0;
        for (at, prefix) in self.prefixes.iter_mut().enumerate() {
            if prefix.is_country() {
                continue;
            }
            prefix.fate = fate(&mut Dice::new(self.seed, Stream::Fate, prefix.digits));
            if prefix.is_leaf {
                if spread.index_of(index) < blocked_count {
                    prefix.fate = Fate::Blocked;
                    self.blocked.push(at as u32);
                }
                index += 1;
            }
        }
    }
}

fn fate(dice: &mut Dice) -> Fate {
    match dice.below(1000) {
        0..590 => Fate::Open,
        590..920 => Fate::Spring,
        920..990 => Fate::Future,
        990..995 => Fate::Expiring,
        _ => Fate::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn of_size(prefixes: u32) -> Numbering {
        Numbering::new(&Options { calls: 10, seed: 4, prefixes })
    }

    #[test]
    fn every_size_has_its_rows_and_none_twice() {
        for prefixes in [100, 101, 333, 800, 5000, 20_000, 120_000] {
            let numbering = of_size(prefixes);
            let digits: HashSet<u64> = numbering.prefixes.iter().map(|prefix| prefix.digits).collect();
            assert_eq!((numbering.prefixes.len(), digits.len()), (prefixes as usize, prefixes as usize));
            assert!(numbering.blocked.len() >= 3);
        }
    }

    #[test]
    fn depths_are_the_rows_that_are_above() {
        let numbering = of_size(5000);
        let digits: HashSet<u64> = numbering.prefixes.iter().map(|prefix| prefix.digits).collect();
        for prefix in numbering.prefixes.iter().filter(|prefix| numbering.country_is_outermost(prefix)) {
            let above = std::iter::successors(Some(prefix.digits / 10), |digits| Some(digits / 10).filter(|&d| d > 0));
            let found = above.filter(|above| digits.contains(above)).count();
            assert_eq!(found, usize::from(prefix.depth), "{prefix:?}");
        }
    }

    impl Numbering {
        fn country_is_outermost(&self, prefix: &Prefix) -> bool {
            let code = self.countries[prefix.country as usize].code;
            !self.countries.iter().any(|other| other.code != code && countries::begins(code, other.code))
        }
    }

    #[test]
    fn nesting_is_that_of_real_decks() {
        let numbering = of_size(120_000);
        let count = |depth: u8| numbering.prefixes.iter().filter(|prefix| prefix.depth == depth).count() as u64;
        let total = numbering.prefixes.len() as u64 - count(0);
        let shares = [count(1), count(2), count(3), count(4)].map(|rows| rows * 1000 / total);
        let expected = [350, 560, 80, 5];
        for (share, expected) in shares.into_iter().zip(expected) {
            assert!(share.abs_diff(expected) < 60, "{shares:?}");
        }
        assert!(shares[3] > 0);
    }
}
