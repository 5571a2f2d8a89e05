//! Which numbers are dialled: Zipf over the leaves of the decks, so that a row is known for each on both sides.
//!
//! A leaf begins no other prefix, and the blocked ones are left out, so nothing hides what is above it; the row of its
//! country is open in both full decks from the first day. Where the leaf's own row is future, expired, closed or not
//! listed, the call falls to a shorter prefix, at the latest to the country's.

use crate::countries::Country;
use crate::dice::{Dice, Stream};
use crate::prefixes::{Fate, Numbering, Prefix};
use crate::prices::Class;

/// Beginnings that no country has, and so no deck.
const UNASSIGNED: [u64; 8] = [999, 210, 219, 899, 839, 693, 978, 384];

/// The destinations in order of how much they are called.
#[derive(Debug)]
pub(crate) struct Dial {
    /// Places in the numbering.
    ranks: Vec<u32>,
    /// The weight of each rank and all before it.
    weights: Vec<u64>,
}

impl Dial {
    pub(crate) fn new(numbering: &Numbering) -> Self {
        let dialled = |prefix: &Prefix| prefix.is_leaf && prefix.fate != Fate::Blocked;
        let all = numbering.prefixes.iter().enumerate().filter(|(_, prefix)| dialled(prefix));
        let mut keyed: Vec<(u64, u32)> = all.map(|(at, prefix)| (rank_key(numbering, prefix), at as u32)).collect();
        keyed.sort_unstable();
        let ranks: Vec<u32> = keyed.into_iter().map(|(_, at)| at).collect();
        let mut total = 0;
        let weights = (0..ranks.len() as u64).map(|rank| {
            total += (1 << 40) / (rank + 4);
            total
        });
        Self { weights: weights.collect(), ranks }
    }

    /// The place of a called destination's prefix.
    pub(crate) fn pick(&self, dice: &mut Dice) -> usize {
        let total = self.weights.last().copied().unwrap_or(1);
        let drawn = dice.below(total);
        self.ranks[self.weights.partition_point(|&weight| weight <= drawn)] as usize
    }
}

/// The less, the more it is called: by chance, the country's share, and rather mobile than premium.
fn rank_key(numbering: &Numbering, prefix: &Prefix) -> u64 {
    let country = &numbering.countries[prefix.country as usize];
    let class = match prefix.class {
        Class::Mobile => 24,
        Class::Fixed => 8,
        Class::Premium => 1,
    };
    let drawn = Dice::new(numbering.seed, Stream::Rank, prefix.digits).next();
    // A country's calls are shared by its prefixes: of many, each has the less.
    let weight = country.traffic * country.traffic * class * 16 / country.size.isqrt();
    drawn / weight.max(1)
}

/// A number under a prefix, of the country's usual length.
pub(crate) fn number_under(prefix: &Prefix, country: &Country, dice: &mut Dice) -> u64 {
    complete(prefix.digits, country.number_length(), dice)
}

/// A number that no row of any deck begins.
pub(crate) fn unassigned(dice: &mut Dice) -> u64 {
    let front = dice.pick(&UNASSIGNED);
    complete(front, 11, dice)
}

/// Digits behind others up to `length`.
pub(crate) fn complete(digits: u64, length: u32, dice: &mut Dice) -> u64 {
    let room = 10u64.pow(length.saturating_sub(digits.ilog10() + 1));
    digits * room + dice.below(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::countries::begins;
    use crate::options::Options;

    #[test]
    fn every_number_is_under_an_open_country_and_nothing_blocked() {
        let numbering = Numbering::new(&Options { calls: 10, seed: 2, prefixes: 1500 });
        let dial = Dial::new(&numbering);
        let mut dice = Dice::new(2, Stream::Call, 0);
        for _ in 0..3000 {
            let prefix = &numbering.prefixes[dial.pick(&mut dice)];
            let number = number_under(prefix, &numbering.countries[prefix.country as usize], &mut dice);
            assert!((8..=15).contains(&(number.ilog10() + 1)));
            let above = || numbering.prefixes.iter().filter(|row| begins(number, row.digits));
            assert!(above().any(Prefix::is_country));
            assert!(above().all(|row| row.fate != Fate::Blocked));
            let nowhere = unassigned(&mut dice);
            assert!(!numbering.prefixes.iter().any(|row| begins(nowhere, row.digits)));
        }
    }
}
