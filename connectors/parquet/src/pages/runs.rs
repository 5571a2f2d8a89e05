//! The `RLE` encoding: few-bit values either once with how often they come, or packed one by one.

use super::pack::{VALUES, pack, varint};

/// Adds codes of `width` bits: as one run where all are the same, else packed.
pub(super) fn codes(codes: &[u32], width: u32, to: &mut Vec<u8>) {
    let Some(&first) = codes.first() else { return };
    if codes.iter().all(|&code| code == first) {
        varint((codes.len() as u64) << 1, to);
        to.extend_from_slice(&first.to_le_bytes()[..width.div_ceil(8) as usize]);
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, to);
    let end = to.len() + groups * width as usize;
    for chunk in codes.chunks(VALUES) {
        let mut values = [0; VALUES];
        for (value, &code) in values.iter_mut().zip(chunk) {
            *value = code.into();
        }
        pack(&values, width, to);
    }
    to.truncate(end);
}

/// Adds bits.
pub(super) fn bits(bits: &[bool], to: &mut Vec<u8>) {
    let set = bits.iter().filter(|&&bit| bit).count();
    if set == 0 || set == bits.len() {
        varint((bits.len() as u64) << 1, to);
        to.push(u8::from(set > 0));
        return;
    }
    varint((bits.len().div_ceil(8) as u64) << 1 | 1, to);
    to.extend(bits.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit))));
}

/// Adds bits behind the length of what they take, as pages have levels and flags.
pub(super) fn sized_bits(values: &[bool], to: &mut Vec<u8>) {
    let length_at = to.len();
    to.extend_from_slice(&[0; 4]);
    bits(values, to);
    let length = u32::try_from(to.len() - length_at - 4).expect("a page's levels are a few bytes for each row");
    to[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}
