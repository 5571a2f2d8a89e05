//! Money as integers: prices in nano-units, amounts in micro-units, exact prices in sixtieths of a nano-unit.

use crate::decimal::{self, DecimalError};
use crate::rounding::{RoundingMode, round_ratio};
use std::fmt;

/// A price per minute or a connect fee: integer nano-units (10^-9) of the deck's currency (rating.md section 1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Price(pub i64);

impl Price {
    /// Decimals that a price carries; more in a deck are an error at import.
    pub const DECIMALS: u8 = 9;

    /// Reads decimal text.
    ///
    /// ```
    /// use didtron_domain::Price;
    /// assert_eq!(Price::parse("0.0101"), Ok(Price(10_100_000)));
    /// ```
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        decimal::parse_scaled(text, Self::DECIMALS).map(Self)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::format_scaled(self.0.into(), Self::DECIMALS))
    }
}

/// A charge or a ledger amount: integer micro-units (10^-6) of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(pub i64);

impl Amount {
    /// Decimals that an amount carries.
    pub const DECIMALS: u8 = 6;
    /// The greatest charge of one call, so that sums stay in range: 10^9 units (R15 `amount_overflow`).
    pub const CHARGE_MAX: Self = Self(1_000_000_000_000_000);

    /// Reads decimal text.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        decimal::parse_scaled(text, Self::DECIMALS).map(Self)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::format_fixed(self.0.into(), Self::DECIMALS))
    }
}

/// The exact price of a call before R6, in sixtieths of a nano-unit: every `rate x seconds / 60` is an integer here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExactPrice(pub i128);

impl ExactPrice {
    /// Units of one currency unit: 60 x 10^9.
    pub const UNIT: i128 = 60_000_000_000;

    /// A fee that is due once.
    #[must_use]
    pub const fn fee(fee: Price) -> Self {
        Self(fee.0 as i128 * 60)
    }

    /// `rate` per minute over `seconds`.
    #[must_use]
    pub const fn over(rate: Price, seconds: u64) -> Self {
        Self(rate.0 as i128 * seconds as i128)
    }

    /// The sum of two exact prices.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    /// Rounds to `decimals` (0 to 6) places by `mode` (R6). `None` when it does not fit an [`Amount`].
    ///
    /// ```
    /// use didtron_domain::{ExactPrice, Price, RoundingMode, Amount};
    /// let exact = ExactPrice::over(Price::parse("0.2").unwrap(), 4);
    /// assert_eq!(exact.round(4, RoundingMode::Up), Some(Amount(13_400)));
    /// ```
    #[inline]
    #[must_use]
    pub fn round(self, decimals: u8, mode: RoundingMode) -> Option<Amount> {
        const PLACES: [i128; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
        let place = PLACES[usize::from(decimals.min(Amount::DECIMALS))];
        let rounded = round_ratio(self.0, place * 60_000, mode) * place;
        i64::try_from(rounded).ok().map(Amount)
    }
}

impl fmt::Display for ExactPrice {
    /// A finite decimal, else `n/d` in lowest terms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 3 == 0 {
            // A sixtieth is a twentieth of a third: without the third, eleven decimals hold it.
            return f.write_str(&decimal::format_scaled(self.0 / 3 * 5, 11));
        }
        let divisor = greatest_common_divisor(self.0.unsigned_abs(), Self::UNIT.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}/{}", self.0.unsigned_abs() / divisor, Self::UNIT.unsigned_abs() / divisor)
    }
}

const fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_finite_decimals_and_fractions() {
        let rate = Price::parse("0.2").expect("a price");
        assert_eq!(ExactPrice::over(rate, 3).to_string(), "0.01");
        assert_eq!(ExactPrice::over(rate, 4).to_string(), "1/75");
        assert_eq!(ExactPrice::over(Price(-200_000_000), 4).to_string(), "-1/75");
        assert_eq!(ExactPrice::over(Price(1), 3).to_string(), "0.00000000005");
    }

    #[test]
    fn keeps_the_true_remainder_of_the_last_place() {
        let exact = ExactPrice::over(Price::parse("0.0101").expect("a price"), 60);
        assert_eq!(exact.round(6, RoundingMode::HalfUp), Some(Amount(10_100)));
        assert_eq!(ExactPrice(i128::MAX / 2).round(6, RoundingMode::HalfUp), None);
    }
}
