//! Which rows have a value in a column: most often all of them or none, which costs nothing to say.

use arrow::array::Array;
use arrow::buffer::BooleanBuffer;

/// The rows that have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The column was not read.
    Unread,
    Everywhere,
    Nowhere,
    Some(Vec<bool>),
}

impl Presence {
    /// Where an array has values.
    pub(crate) fn of(array: &dyn Array) -> Self {
        array.nulls().map_or(Self::Everywhere, |there| Self::of_bits(there.inner()))
    }

    /// Where bits are set.
    pub(crate) fn of_bits(bits: &BooleanBuffer) -> Self {
        match bits.count_set_bits() {
            set if set == bits.len() => Self::Everywhere,
            0 => Self::Nowhere,
            _ => Self::Some(bools(bits)),
        }
    }

    /// Whether a row has a value.
    pub(crate) fn is_at(&self, row: usize) -> bool {
        match self {
            Self::Unread | Self::Nowhere => false,
            Self::Everywhere => true,
            Self::Some(rows) => rows[row],
        }
    }

    /// Whether each row that has a value in the other column has one in this, as far as both were read.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unread | Self::Everywhere, _) | (_, Self::Unread | Self::Nowhere) => true,
            (Self::Nowhere, Self::Everywhere | Self::Some(_)) | (Self::Some(_), Self::Everywhere) => false,
            (Self::Some(own), Self::Some(others)) => {
                own.iter().zip(others).fold(true, |so_far, (own, other)| so_far & (own | !other))
            }
        }
    }

    /// The rows that have a value in either column.
    pub(crate) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everywhere, _) | (_, Self::Everywhere) => Self::Everywhere,
            (one, Self::Unread | Self::Nowhere) | (Self::Unread | Self::Nowhere, one) => one.clone(),
            (Self::Some(own), Self::Some(others)) => {
                Self::Some(own.iter().zip(others).map(|(own, other)| own | other).collect())
            }
        }
    }

    /// The rows that have a value in both columns.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unread | Self::Nowhere, _) | (_, Self::Unread | Self::Nowhere) => Self::Nowhere,
            (one, Self::Everywhere) | (Self::Everywhere, one) => one.clone(),
            (Self::Some(own), Self::Some(others)) => {
                Self::Some(own.iter().zip(others).map(|(own, other)| own & other).collect())
            }
        }
    }

    /// These values, and the default where there is none: what a reader leaves there is anything.
    pub(crate) fn zeroed<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        match self {
            Self::Everywhere => values.to_vec(),
            Self::Unread | Self::Nowhere => vec![T::default(); values.len()],
            Self::Some(rows) => {
                values.iter().zip(rows).map(|(&value, &there)| if there { value } else { T::default() }).collect()
            }
        }
    }
}

/// The bits of each byte, the lowest first.
static BITS: [[bool; 8]; 256] = {
    let mut bits = [[false; 8]; 256];
    let mut at = 0;
    while at < 256 * 8 {
        bits[at / 8][at % 8] = (at / 8) >> (at % 8) & 1 == 1;
        at += 1;
    }
    bits
};

/// Bits one by one.
pub(crate) fn bools(bits: &BooleanBuffer) -> Vec<bool> {
    let mut all = Vec::with_capacity(bits.len() + 64);
    for word in bits.bit_chunks().iter_padded() {
        for byte in word.to_le_bytes() {
            all.extend_from_slice(&BITS[byte as usize]);
        }
    }
    all.truncate(bits.len());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::UInt8Array;
    use proptest::prelude::*;

    fn presence(rows: &[bool]) -> Presence {
        Presence::of_bits(&BooleanBuffer::from(rows.to_vec()))
    }

    proptest! {
        #[test]
        fn bits_come_out_one_by_one(rows in prop::collection::vec(any::<bool>(), 0..300), begin in 0usize..20) {
            let bits = BooleanBuffer::from(rows.clone());
            prop_assert_eq!(&bools(&bits), &rows);
            let begin = begin.min(rows.len());
            prop_assert_eq!(bools(&bits.slice(begin, rows.len() - begin)), &rows[begin..]);
        }

        #[test]
        fn all_say_what_each_row_says(rows in prop::collection::vec(0u8..4, 1..9)) {
            let (own, others): (Vec<bool>, Vec<bool>) = rows.iter().map(|row| (row & 1 == 1, row & 2 == 2)).unzip();
            let (a, b) = (presence(&own), presence(&others));
            let pairs = || own.iter().zip(&others);
            prop_assert_eq!(a.covers(&b), pairs().all(|(own, other)| *own || !other));
            for at in 0..rows.len() {
                prop_assert_eq!(a.is_at(at), own[at]);
                prop_assert_eq!(a.or(&b).is_at(at), own[at] || others[at]);
                prop_assert_eq!(a.and(&b).is_at(at), own[at] && others[at]);
            }
            let values: Vec<Option<u8>> = own.iter().map(|there| there.then_some(7)).collect();
            let array = UInt8Array::from(values.clone());
            let zeroed: Vec<u8> = values.iter().map(|value| value.unwrap_or(0)).collect();
            prop_assert_eq!(Presence::of(&array).zeroed(&[7; 8][..own.len()]), zeroed);
        }
    }
}
