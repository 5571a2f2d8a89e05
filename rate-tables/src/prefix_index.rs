//! The longest of the sorted prefixes that a number begins with: two digits a step, one bit map a step.
//!
//! A block stands for the digits read so far and says, for each of the 100 next pairs of digits, whether the answer
//! changes there; the answer itself is found by counting the changes up to the pair. It is a poptrie whose leaves and
//! children share one map, with a stride that suits decimal digits. An answer is a prefix's length and the list of
//! its rows, so that neighbours of one destination share it, and a number leads straight to its prices.

mod build;

use crate::machine;
use didtron_domain::E164;
use didtron_domain::number::POW10;
use std::num::NonZeroU32;

/// What 100 pairs of digits lead to: bits 0 to 99 mark the pairs where the answer changes, the 28 bits above hold the
/// position of the block's first answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block(u128);

impl Block {
    const MAP_BITS: u32 = 100;

    fn new(map: u128, base: usize) -> Self {
        let base = u32::try_from(base)
            .ok()
            .filter(|base| *base < 1 << 28)
            .expect("2^24 prefixes of at most 15 digits change fewer than 2^28 answers");
        Self(map | u128::from(base) << Self::MAP_BITS)
    }

    /// The position of the answer for a pair. Bit 0 is always set, so that one change at least is counted.
    #[inline]
    fn slot(self, pair: u32) -> usize {
        /// For each pair the map's bits up to its own, in halves.
        const UP_TO: [[u64; 2]; 128] = {
            let mut table = [[0; 2]; 128];
            let mut pair = 0;
            while pair < 100 {
                let bits = u128::MAX >> (127 - pair);
                table[pair] = [bits as u64, (bits >> 64) as u64];
                pair += 1;
            }
            table
        };
        let [low, high] = UP_TO[pair as usize % 128];
        let base = (self.0 >> Self::MAP_BITS) as u32;
        let changes = (self.0 as u64 & low).count_ones() + ((self.0 >> 64) as u64 & high).count_ones();
        (base + changes - 1) as usize
    }

    pub(crate) const fn bits(self) -> u128 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }
}

/// The longest prefix of a deck that a number begins with: how many of its digits (the upper 4 bits), and which list of
/// rows it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Longest(NonZeroU32);

impl Longest {
    const LIST: u32 = (1 << 28) - 1;

    /// `list` must be below 2^28; `length` is 1 to 15.
    pub(crate) const fn new(list: u32, length: u8) -> Self {
        Self(NonZeroU32::new((length as u32) << 28 | list).expect("a prefix has digits"))
    }

    #[inline]
    pub(crate) const fn list(self) -> u32 {
        self.0.get() & Self::LIST
    }

    /// Digits of the prefix.
    #[inline]
    #[must_use]
    pub const fn length(self) -> u8 {
        (self.0.get() >> 28) as u8
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0.get()
    }

    /// `None` for bits without a length.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        NonZeroU32::new(bits).map(Self).filter(|longest| longest.length() > 0)
    }
}

/// An answer: a prefix, the number of a further block (upper 4 bits 0), or nothing (0; block 0 is never a further one).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) u32);

impl Answer {
    const NONE: Self = Self(0);
    #[inline]
    const fn is_block(self) -> bool {
        self.0.wrapping_sub(1) < Longest::LIST
    }

    /// The prefix, where it is one; a number that is done has nothing else.
    #[inline]
    fn found(self) -> Option<Longest> {
        NonZeroU32::new(self.0).map(Longest)
    }
}

/// The index over the sorted prefixes of a deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrefixIndex {
    /// How many blocks the first digits choose among directly: 100 for two digits, 10,000 for four, and so on.
    pub(crate) top: u32,
    pub(crate) blocks: Vec<Block>,
    pub(crate) answers: Vec<Answer>,
}

/// The digits of a number that are still to be read, as a fraction of 2^64: multiplied by 100, the next pair is what
/// overflows.
///
/// A left-aligned number is below 10^15, so the fraction is exact to 2^-64 and, after all 15 digits and one more, to
/// 10^16 / 2^64 < 0.001 of the last digit.
#[derive(Clone, Copy, Default)]
struct Digits(u64);

impl Digits {
    #[inline]
    fn of(left_aligned: u64) -> Self {
        // 2^64 / 10^15 = 18446.744073709551616: the whole part exactly, the rest by its own 64-bit fraction, rounded up.
        const REST: u128 = 13_725_737_292_074_354_639;
        Self(left_aligned * 18_446 + ((u128::from(left_aligned) * REST) >> 64) as u64 + 1)
    }

    /// The next digits, as many as `scale` has zeros, and what follows them.
    #[inline]
    fn next(self, scale: u32) -> (u32, Self) {
        let product = u128::from(self.0) * u128::from(scale);
        ((product >> 64) as u32, Self(product as u64))
    }
}

impl PrefixIndex {
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice()) + size_of_val(self.answers.as_slice())
    }

    /// Whether no number can lead out of bounds or in a circle, and every answer is one of `list_count` lists.
    pub(crate) fn is_sound(&self, list_count: usize) -> bool {
        matches!(self.top, 100 | 10_000 | 100_000 | 1_000_000)
            && self.blocks.len() >= self.top as usize
            && self.blocks.iter().enumerate().all(|(at, block)| self.is_sound_at(at, *block, list_count))
    }

    fn is_sound_at(&self, at: usize, block: Block, list_count: usize) -> bool {
        // Further blocks come after the one that leads to them.
        let sound = |answer: &Answer| match Longest::from_bits(answer.0) {
            Some(longest) => (longest.list() as usize) < list_count,
            None if answer.is_block() => (at < answer.0 as usize) & ((answer.0 as usize) < self.blocks.len()),
            None => true,
        };
        block.0 & 1 == 1
            && self.answers.get(block.slot(0)..=block.slot(99)).is_some_and(|answers| answers.iter().all(sound))
    }

    /// The longest prefix of a left-aligned number, its filling zeros counted as digits.
    #[inline]
    pub(crate) fn longest(&self, left_aligned: u64) -> Option<Longest> {
        let (mut block, mut rest) = Digits::of(left_aligned).next(self.top);
        loop {
            let (pair, following) = rest.next(100);
            let answer = self.answers[self.blocks[block as usize].slot(pair)];
            if !answer.is_block() {
                return answer.found();
            }
            (block, rest) = (answer.0, following);
        }
    }

    /// [`PrefixIndex::longest`] for many numbers, in their order: `found` gets how many digits each has, and its prefix.
    pub(crate) fn longest_batch(&self, numbers: &[E164], found: impl FnMut(u8, Option<Longest>)) {
        machine::at_its_best(Batch { index: self, numbers, found });
    }
}

/// Numbers to look up.
struct Batch<'a, F> {
    index: &'a PrefixIndex,
    numbers: &'a [E164],
    found: F,
}

impl<F: FnMut(u8, Option<Longest>)> machine::Work for Batch<'_, F> {
    /// No turn of a loop waits for another, and memory is asked for one loop before it is read, so that as many cache
    /// misses as possible overlap.
    #[inline(always)]
    fn run(mut self) {
        let mut lanes = Lanes::default();
        for chunk in self.numbers.chunks(LANES) {
            lanes.begin(self.index, chunk);
            let mut live = chunk.len();
            while live > 0 {
                lanes.find_slots(self.index, live);
                live = lanes.settle(self.index, live);
            }
            for (&digits, &answer) in lanes.digits.iter().zip(&lanes.settled).take(chunk.len()) {
                (self.found)(digits, answer.found());
            }
        }
    }
}

/// [`E164::digit_count`] without branches, which mixed lengths make unpredictable: 4 ns less per number of a batch.
#[inline]
pub(crate) fn digit_count(number: E164) -> u8 {
    // 1233 / 4096 is just above the decimal logarithm of 2: the guess is right or one too low, for up to 50 bits.
    let guess = ((64 - number.value().leading_zeros()) * 1233) >> 12;
    guess as u8 + u8::from(number.value() >= POW10[guess as usize])
}

/// Numbers in flight at a time: enough to hide memory latency, few enough to stay in the first-level cache.
const LANES: usize = 256;

/// The numbers in flight; those not yet settled are kept in front.
struct Lanes {
    /// Which number of the chunk it is.
    number: [u8; LANES],
    /// Its digits still to be read.
    rest: [Digits; LANES],
    /// The number of its block, then the position of its answer.
    place: [u32; LANES],
    /// By number of the chunk: how many digits it has.
    digits: [u8; LANES],
    /// By number of the chunk: its answer.
    settled: [Answer; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            number: [0; LANES],
            rest: [Digits(0); LANES],
            place: [0; LANES],
            digits: [0; LANES],
            settled: [Answer::NONE; LANES],
        }
    }
}

impl Lanes {
    #[inline(always)]
    fn begin(&mut self, index: &PrefixIndex, chunk: &[E164]) {
        for (lane, &number) in chunk.iter().enumerate() {
            self.number[lane] = lane as u8;
            self.digits[lane] = digit_count(number);
            let left_aligned = number.value() * POW10[15 - usize::from(self.digits[lane])];
            (self.place[lane], self.rest[lane]) = Digits::of(left_aligned).next(index.top);
            machine::prefetch(&index.blocks, self.place[lane] as usize);
        }
    }

    #[inline(always)]
    fn find_slots(&mut self, index: &PrefixIndex, live: usize) {
        for (place, rest) in self.place[..live].iter_mut().zip(&mut self.rest[..live]) {
            let pair;
            (pair, *rest) = rest.next(100);
            *place = index.blocks[*place as usize].slot(pair) as u32;
            machine::prefetch(&index.answers, *place as usize);
        }
    }

    /// Takes out the numbers that have their answer; returns how many go on to a further block.
    #[inline(always)]
    fn settle(&mut self, index: &PrefixIndex, live: usize) -> usize {
        let mut kept = 0;
        for at in 0..live {
            let (answer, number) = (index.answers[self.place[at] as usize], self.number[at]);
            self.settled[usize::from(number)] = answer;
            // Written always and counted only where needed: whether a number goes on cannot be predicted.
            let goes_on = answer.is_block();
            self.number[kept] = number;
            self.place[kept] = answer.0;
            self.rest[kept] = self.rest[at];
            kept += usize::from(goes_on);
            machine::prefetch(&index.blocks, if goes_on { answer.0 as usize } else { 0 });
        }
        kept
    }
}

#[cfg(test)]
mod tests;
