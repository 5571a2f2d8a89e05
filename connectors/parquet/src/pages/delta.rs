//! `DELTA_BINARY_PACKED`: each value as what it adds to the one before, less the least of its block, in few bits.

use super::pack::{VALUES, pack, varint, width};

/// Deltas of a block, which share a least one.
const BLOCK: usize = 128;
/// Runs of a block, each with a width of its own.
const RUNS: usize = BLOCK / VALUES;

/// An integer as a column stores it. Differences wrap around at its own width, as readers take them.
pub(crate) trait Whole: Copy + Default + Ord {
    fn minus(self, other: Self) -> Self;
    /// As many bits as the type has, without a sign.
    fn bits(self) -> u64;
    fn signed(self) -> i64;
}

impl Whole for i32 {
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn bits(self) -> u64 {
        self.cast_unsigned().into()
    }

    fn signed(self) -> i64 {
        self.into()
    }
}

impl Whole for i64 {
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn bits(self) -> u64 {
        self.cast_unsigned()
    }

    fn signed(self) -> i64 {
        self
    }
}

/// Adds values, which may be none.
pub(super) fn encode<T: Whole>(values: &[T], to: &mut Vec<u8>) {
    varint(BLOCK as u64, to);
    varint(RUNS as u64, to);
    varint(values.len() as u64, to);
    let Some(&first) = values.first() else { return zigzag(0, to) };
    zigzag(first.signed(), to);
    let mut begin = 1;
    while begin < values.len() {
        let end = values.len().min(begin + BLOCK);
        block(&values[begin - 1..end], to);
        begin = end;
    }
}

/// One block: the value before it, then its own.
fn block<T: Whole>(values: &[T], to: &mut Vec<u8>) {
    let count = values.len() - 1;
    let mut deltas = [T::default(); BLOCK];
    for (delta, pair) in deltas.iter_mut().zip(values.windows(2)) {
        *delta = pair[1].minus(pair[0]);
    }
    let least = deltas[..count].iter().copied().min().unwrap_or_default();
    // What fills up the last run is 0 above the least, and so makes none wider.
    deltas[count..].fill(least);
    let runs = [0, 1, 2, 3].map(|run| {
        let mut values = [0; VALUES];
        for (value, delta) in values.iter_mut().zip(&deltas[run * VALUES..]) {
            *value = delta.minus(least).bits();
        }
        values
    });
    let widths = runs.each_ref().map(|values| width(values.iter().fold(0, |all, value| all | value)));
    zigzag(least.signed(), to);
    to.extend(widths.map(|width| width as u8));
    for (values, width) in runs.iter().zip(widths).take(count.div_ceil(VALUES)) {
        pack(values, width, to);
    }
}

fn zigzag(value: i64, to: &mut Vec<u8>) {
    varint((value << 1 ^ value >> 63).cast_unsigned(), to);
}

const _: () = assert!(RUNS == 4);
