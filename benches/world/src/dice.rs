//! Everything that is drawn: numbers that depend on the seed, the thing drawn for, and nothing else.
//!
//! Written here because the bytes of a world must not change with a library's version. Each thing has dice of its own,
//! so that a call can be made again from its number alone.

/// What is drawn for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Country = 1,
    Area,
    Place,
    Fate,
    Rank,
    SellChange,
    Buy,
    BuyChange,
    Offer,
    Quote,
    Call,
    CallId,
    Delay,
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    pub(crate) const fn new(seed: u64, stream: Stream, index: u64) -> Self {
        Self(key(seed, stream) ^ mix(index.wrapping_add(GOLDEN)))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// One of `0..count`; `count` is not 0.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(count);
        (wide >> 64) as u64
    }

    /// One of `range`, which is not empty.
    pub(crate) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    pub(crate) fn per_mille(&mut self, chance: u64) -> bool {
        self.below(1000) < chance
    }

    /// One of `all`, which is not empty.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// An id that no other `index` has: the steps of [`mix`] are one-to-one.
pub(crate) const fn unique(seed: u64, stream: Stream, index: u64) -> u64 {
    mix(key(seed, stream) ^ index)
}

const fn key(seed: u64, stream: Stream) -> u64 {
    mix(mix(seed.wrapping_add(GOLDEN)) ^ stream as u64)
}

const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A one-to-one order of `0..count` that spreads neighbours evenly, and its way back.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    count: u64,
    step: u64,
    back: u64,
    offset: u64,
}

impl Spread {
    /// `count` is not 0.
    pub(crate) fn new(count: u64, dice: &mut Dice) -> Self {
        // About the golden section: then any number of first places lie apart evenly.
        let mut step = (count * 618 / 1000).max(1) + dice.below(count.div_ceil(50));
        let back = loop {
            match inverse(step % count, count) {
                Some(back) => break back,
                None => step += 1,
            }
        };
        Self { count, step: step % count, back, offset: dice.below(count) }
    }

    pub(crate) fn at(&self, index: u64) -> u64 {
        times(self.step, index, self.count, self.offset)
    }

    /// The index whose place is `at`.
    pub(crate) fn index_of(&self, at: u64) -> u64 {
        times(self.back, at + self.count - self.offset, self.count, 0)
    }
}

fn times(factor: u64, value: u64, modulus: u64, offset: u64) -> u64 {
    let wide = u128::from(factor) * u128::from(value) + u128::from(offset);
    match u64::try_from(wide) {
        Ok(narrow) => narrow % modulus,
        Err(_) => (wide % u128::from(modulus)) as u64,
    }
}

/// What `value` is multiplied by to give 1 modulo `modulus`; `None` where they share a divisor (Euclid, extended).
fn inverse(value: u64, modulus: u64) -> Option<u64> {
    if modulus == 1 {
        return Some(0);
    }
    let (mut a, mut b) = (i128::from(value), i128::from(modulus));
    let (mut x, mut y) = (1i128, 0i128);
    while b != 0 {
        let quotient = a / b;
        (a, b) = (b, a - quotient * b);
        (x, y) = (y, x - quotient * y);
    }
    if a == 1 { u64::try_from(x.rem_euclid(i128::from(modulus))).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_one_to_one_and_goes_back() {
        for count in [1, 2, 3, 10, 97, 800, 900, 1000, 65_536] {
            let spread = Spread::new(count, &mut Dice::new(3, Stream::Area, count));
            let mut seen = vec![false; count as usize];
            for index in 0..count {
                let at = spread.at(index);
                assert!(!std::mem::replace(&mut seen[at as usize], true), "{count}: {at} twice");
                assert_eq!(spread.index_of(at), index);
            }
        }
    }

    #[test]
    fn dice_depend_on_seed_stream_and_index() {
        let first = |seed, stream, index| Dice::new(seed, stream, index).next();
        let all = [
            first(1, Stream::Call, 1),
            first(2, Stream::Call, 1),
            first(1, Stream::Fate, 1),
            first(1, Stream::Call, 2),
        ];
        for (at, value) in all.iter().enumerate() {
            assert!(!all[..at].contains(value));
        }
        assert_eq!(first(7, Stream::Call, 0), first(7, Stream::Call, 0));
    }
}
