//! Telephone numbers and dial prefixes, packed into integers.

use std::fmt;

/// Powers of ten up to 10^15.
pub const POW10: [u64; 16] = {
    let mut table = [1u64; 16];
    let mut at = 1;
    while at < 16 {
        table[at] = table[at - 1] * 10;
        at += 1;
    }
    table
};

/// An E.164 number: 1 to 15 digits that do not begin with 0 (R9), as the integer that they spell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(u64);

impl E164 {
    /// The most digits of a number.
    pub const DIGITS_MAX: usize = 15;

    /// Reads 1 to 15 digits that do not begin with 0; anything else is `None` (R9 `invalid_number`).
    ///
    /// ```
    /// use didtron_domain::E164;
    /// assert_eq!(E164::parse(b"49301234567").unwrap().to_string(), "49301234567");
    /// assert!(E164::parse(b"0301234567").is_none());
    /// assert!(E164::parse(b"1234567890123456").is_none());
    /// ```
    #[inline]
    #[must_use]
    pub fn parse(digits: &[u8]) -> Option<Self> {
        if digits.is_empty() || digits.len() > Self::DIGITS_MAX || digits[0] == b'0' {
            return None;
        }
        const ZEROS: u64 = u64::from_be_bytes(*b"00000000");
        let value = match digits.first_chunk::<8>().zip(digits.last_chunk::<8>()) {
            Some((front, back)) => {
                // What follows the front: the last of the back's bytes.
                let count = digits.len() - 8;
                let kept = (1u64 << (8 * count)) - 1;
                let back = u64::from_be_bytes(*back) & kept | ZEROS & !kept;
                digits_of(u64::from_be_bytes(*front))? * POW10[count] + digits_of(back)?
            }
            None => {
                let mut padded = [b'0'; 8];
                padded[8 - digits.len()..].copy_from_slice(digits);
                digits_of(u64::from_be_bytes(padded))?
            }
        };
        Some(Self(value))
    }

    /// The number behind [`E164::value`]; `None` outside 1..10^15.
    #[inline]
    #[must_use]
    pub const fn from_value(value: u64) -> Option<Self> {
        if value == 0 || value >= POW10[15] { None } else { Some(Self(value)) }
    }

    /// The integer that the digits spell.
    #[inline]
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// How many digits it has, 1 to 15.
    #[inline]
    #[must_use]
    pub const fn digit_count(self) -> u8 {
        self.0.ilog10() as u8 + 1
    }

    /// The digits left-aligned in 15 places: the key of every prefix search. 49301 is `493010000000000`.
    #[inline]
    #[must_use]
    pub const fn left_aligned(self) -> u64 {
        self.0 * POW10[15 - self.digit_count() as usize]
    }

    /// Its first `length` digits; the whole number when it has no more.
    #[inline]
    #[must_use]
    pub const fn prefix(self, length: u8) -> DialPrefix {
        let own = self.digit_count();
        let kept = if length < own { length } else { own };
        DialPrefix { value: self.0 / POW10[(own - kept) as usize], length: kept }
    }
}

/// The integer that eight digits spell, the first in the upper byte; `None` where one is none.
#[inline]
const fn digits_of(bytes: u64) -> Option<u64> {
    const EACH: u64 = u64::MAX / 255;
    let digits = bytes ^ (EACH * 0x30);
    // A digit is at most 9, and 0x76 more does not reach the upper bit of its byte.
    if (digits.wrapping_add(EACH * 0x76) | digits) & (EACH * 0x80) != 0 {
        return None;
    }
    let pairs = (digits >> 8 & 0x00ff_00ff_00ff_00ff) * 10 + (digits & 0x00ff_00ff_00ff_00ff);
    let fours = (pairs >> 16 & 0x0000_ffff_0000_ffff) * 100 + (pairs & 0x0000_ffff_0000_ffff);
    Some((fours >> 32) * 10_000 + (fours & 0xffff_ffff))
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({})", self.0)
    }
}

/// The front of a number: 1 to 15 digits that do not begin with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialPrefix {
    value: u64,
    length: u8,
}

impl DialPrefix {
    /// Reads 1 to 15 digits that do not begin with 0.
    ///
    /// ```
    /// use didtron_domain::{DialPrefix, E164};
    /// let berlin = DialPrefix::parse("4930").unwrap();
    /// assert!(berlin.begins(E164::parse(b"49301234567").unwrap()));
    /// assert!(DialPrefix::parse("+49").is_none());
    /// ```
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let number = E164::parse(digits.as_bytes())?;
        Some(Self { value: number.value(), length: number.digit_count() })
    }

    /// Whether `number` begins with this prefix.
    #[must_use]
    pub fn begins(self, number: E164) -> bool {
        number.digit_count() >= self.length && number.prefix(self.length) == self
    }

    /// How many digits it has, 1 to 15.
    #[inline]
    #[must_use]
    pub const fn length(self) -> u8 {
        self.length
    }

    /// The integer that the digits spell.
    #[inline]
    #[must_use]
    pub const fn value(self) -> u64 {
        self.value
    }

    /// The least left-aligned number (see [`E164::left_aligned`]) that begins with it.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.value * POW10[15 - self.length as usize]
    }

    /// The left-aligned number after the last one that begins with it.
    #[must_use]
    pub const fn end(self) -> u64 {
        (self.value + 1) * POW10[15 - self.length as usize]
    }
}

impl fmt::Display for DialPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_only_digits_spell(text in "[0-9]{0,17}", at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let spelt = |text: &[u8]| {
                let is_number = (1..=15).contains(&text.len()) && text[0] != b'0' && text.iter().all(u8::is_ascii_digit);
                is_number.then(|| text.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
            };
            let mut text = text.into_bytes();
            prop_assert_eq!(E164::parse(&text).map(E164::value), spelt(&text));
            if !text.is_empty() {
                let at = at.index(text.len());
                text[at] = byte;
                prop_assert_eq!(E164::parse(&text).map(E164::value), spelt(&text));
            }
        }

        #[test]
        fn prefixes_agree_with_text(number in 1u64..1_000_000_000_000_000, length in 1u8..=15) {
            let number = E164::from_value(number).expect("in range");
            let text = number.to_string();
            let prefix = number.prefix(length);
            prop_assert_eq!(prefix.to_string(), &text[..text.len().min(length.into())]);
            prop_assert!(prefix.begins(number));
            prop_assert!((prefix.first()..prefix.end()).contains(&number.left_aligned()));
        }
    }
}
