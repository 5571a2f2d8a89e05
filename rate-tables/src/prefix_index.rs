//! The longest of the sorted prefixes that a number begins with: two digits a step, one bit map a step.
//!
//! A block stands for the digits read so far and says, for each of the 100 next pairs of digits, whether the answer
//! changes there; the answer itself is found by counting the changes up to the pair. It is a poptrie whose leaves and
//! children share one map, with a stride that suits decimal digits. Answers are positions in the list, not rows.

mod build;

use didtron_domain::E164;
use didtron_domain::number::POW10;

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
        let base = (self.0 >> Self::MAP_BITS) as u32;
        let changes = (self.0 << (127 - pair)).count_ones();
        (base + changes - 1) as usize
    }

    pub(crate) const fn bits(self) -> u128 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }
}

/// An answer: a prefix (length in the upper 4 bits, position below), the number of a further block (upper bits 0), or
/// nothing (0; block 0 is never a further one).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) u32);

impl Answer {
    const NONE: Self = Self(0);
    const PLACE: u32 = (1 << 28) - 1;

    const fn prefix(place: u32, length: u8) -> Self {
        Self((length as u32) << 28 | place)
    }

    #[inline]
    const fn is_block(self) -> bool {
        self.0.wrapping_sub(1) < Self::PLACE
    }

    #[inline]
    const fn length(self) -> u8 {
        (self.0 >> 28) as u8
    }

    #[inline]
    fn found(self) -> Option<(u32, u8)> {
        (self.0 != 0).then_some((self.0 & Self::PLACE, self.length()))
    }
}

/// The index over a sorted list of prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrefixIndex {
    /// How many blocks the first digits choose among directly: 100 for two digits, 10,000 for four.
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

    /// Whether no number can lead out of bounds or in a circle, and every answer is one of `prefix_count` prefixes.
    pub(crate) fn is_sound(&self, prefix_count: usize) -> bool {
        matches!(self.top, 100 | 10_000)
            && self.blocks.len() >= self.top as usize
            && self.blocks.iter().enumerate().all(|(at, block)| self.is_sound_at(at, *block, prefix_count))
    }

    fn is_sound_at(&self, at: usize, block: Block, prefix_count: usize) -> bool {
        // Further blocks come after the one that leads to them.
        let sound = |answer: &Answer| match answer.found() {
            None => true,
            Some((place, 0)) => (at < place as usize) & ((place as usize) < self.blocks.len()),
            Some((place, _)) => (place as usize) < prefix_count,
        };
        block.0 & 1 == 1
            && self.answers.get(block.slot(0)..=block.slot(99)).is_some_and(|answers| answers.iter().all(sound))
    }

    /// The position and length of the longest prefix of a left-aligned number, its filling zeros counted as digits.
    #[inline]
    pub(crate) fn longest(&self, left_aligned: u64) -> Option<(u32, u8)> {
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

    /// [`PrefixIndex::longest`] for many numbers, in their order. No turn of a loop waits for another, and the loops that
    /// read scattered memory do nothing else, so that as many cache misses as possible overlap.
    pub(crate) fn longest_batch(&self, numbers: &[E164], mut found: impl FnMut(E164, Option<(u32, u8)>)) {
        let mut lanes = Lanes::default();
        for chunk in numbers.chunks(LANES) {
            lanes.begin(self, chunk);
            let mut live = chunk.len();
            while live > 0 {
                lanes.read_blocks(self, live);
                lanes.find_slots(live);
                lanes.read_answers(self, live);
                live = lanes.settle(live);
            }
            for (&number, answer) in chunk.iter().zip(lanes.settled) {
                found(number, answer.found());
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
    /// The number of its block, then the position of its answer, then the answer itself.
    place: [u32; LANES],
    /// Its block.
    block: [Block; LANES],
    /// By number of the chunk: its answer.
    settled: [Answer; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            number: [0; LANES],
            rest: [Digits(0); LANES],
            place: [0; LANES],
            block: [Block(0); LANES],
            settled: [Answer::NONE; LANES],
        }
    }
}

impl Lanes {
    fn begin(&mut self, index: &PrefixIndex, chunk: &[E164]) {
        for (lane, &number) in chunk.iter().enumerate() {
            self.number[lane] = lane as u8;
            let left_aligned = number.value() * POW10[15 - usize::from(digit_count(number))];
            (self.place[lane], self.rest[lane]) = Digits::of(left_aligned).next(index.top);
        }
    }

    fn read_blocks(&mut self, index: &PrefixIndex, live: usize) {
        for (block, &place) in self.block[..live].iter_mut().zip(&self.place[..live]) {
            *block = index.blocks[place as usize];
        }
    }

    fn find_slots(&mut self, live: usize) {
        let blocks = self.place[..live].iter_mut().zip(&mut self.rest[..live]).zip(&self.block[..live]);
        for ((place, rest), block) in blocks {
            let pair;
            (pair, *rest) = rest.next(100);
            *place = block.slot(pair) as u32;
        }
    }

    fn read_answers(&mut self, index: &PrefixIndex, live: usize) {
        for place in &mut self.place[..live] {
            *place = index.answers[*place as usize].0;
        }
    }

    /// Takes out the numbers that have their answer; returns how many go on to a further block.
    fn settle(&mut self, live: usize) -> usize {
        let mut kept = 0;
        for at in 0..live {
            let (answer, number) = (Answer(self.place[at]), self.number[at]);
            self.settled[usize::from(number)] = answer;
            // Written always and counted only where needed: whether a number goes on cannot be predicted.
            self.number[kept] = number;
            self.place[kept] = answer.0;
            self.rest[kept] = self.rest[at];
            kept += usize::from(answer.is_block());
        }
        kept
    }
}

#[cfg(test)]
mod tests;
