//! The one rounding function of the program (rating.md section 1, R6).

/// How an exact value becomes a multiple of a unit. The half modes decide on the true remainder (R6).
///
/// | mode | 2.4 | 2.5 | 2.6 | 3.5 | -2.5 |
/// |---|---|---|---|---|---|
/// | `HalfUp` | 2 | 3 | 3 | 4 | -3 |
/// | `Up` | 3 | 3 | 3 | 4 | -3 |
/// | `Down` | 2 | 2 | 2 | 3 | -2 |
/// | `HalfDown` | 2 | 2 | 3 | 3 | -2 |
/// | `HalfEven` | 2 | 2 | 3 | 4 | -2 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoundingMode {
    /// Ties go away from zero. The default of a plan.
    #[default]
    HalfUp,
    /// Away from zero; an exact value stays.
    Up,
    /// Towards zero.
    Down,
    /// Ties go towards zero.
    HalfDown,
    /// Ties go to the even neighbour. Used for every currency conversion (R13).
    HalfEven,
}

/// Rounds `numerator / denominator` to an integer.
///
/// Symmetric: the rounding of `-x` is minus the rounding of `x`, so that a reversal cancels to zero.
/// The denominator must be positive.
///
/// ```
/// use didtron_domain::{RoundingMode, round_ratio};
/// assert_eq!(round_ratio(5, 2, RoundingMode::HalfUp), 3);
/// assert_eq!(round_ratio(-5, 2, RoundingMode::HalfUp), -3);
/// assert_eq!(round_ratio(5, 2, RoundingMode::HalfEven), 2);
/// ```
#[inline]
#[must_use]
pub const fn round_ratio(numerator: i128, denominator: i128, mode: RoundingMode) -> i128 {
    assert!(denominator > 0, "a ratio is rounded over a positive denominator");
    let (quotient, remainder) = divide(numerator.unsigned_abs(), denominator.unsigned_abs());
    let rest = denominator.unsigned_abs() - remainder;
    let away = match mode {
        RoundingMode::Up => remainder > 0,
        RoundingMode::Down => false,
        RoundingMode::HalfUp => remainder >= rest,
        RoundingMode::HalfDown => remainder > rest,
        RoundingMode::HalfEven => remainder > rest || (remainder == rest && quotient % 2 != 0),
    };
    let magnitude = (quotient + away as u128).cast_signed();
    if numerator < 0 { -magnitude } else { magnitude }
}

/// Quotient and remainder. Most amounts fit in 64 bits, which a processor divides several times as fast as 128.
#[inline]
const fn divide(value: u128, divisor: u128) -> (u128, u128) {
    const NARROW: u128 = u64::MAX as u128;
    if value <= NARROW && divisor <= NARROW {
        let (value, divisor) = (value as u64, divisor as u64);
        return ((value / divisor) as u128, (value % divisor) as u128);
    }
    (value / divisor, value % divisor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODES: [RoundingMode; 5] =
        [RoundingMode::HalfUp, RoundingMode::Up, RoundingMode::Down, RoundingMode::HalfDown, RoundingMode::HalfEven];

    #[test]
    fn walks_the_table_of_the_modes() {
        let tenths = [24, 25, 26, 35, -25];
        let expected = [[2, 3, 3, 4, -3], [3, 3, 3, 4, -3], [2, 2, 2, 3, -2], [2, 2, 3, 3, -2], [2, 2, 3, 4, -2]];
        for (mode, row) in MODES.into_iter().zip(expected) {
            assert_eq!(tenths.map(|x| round_ratio(x, 10, mode)), row, "{mode:?}");
        }
    }

    proptest! {
        #[test]
        fn is_symmetric_and_within_one_unit(numerator in -(1i128 << 100)..(1i128 << 100), denominator in 1i128..(1i128 << 60), at in 0usize..5) {
            let rounded = round_ratio(numerator, denominator, MODES[at]);
            prop_assert_eq!(round_ratio(-numerator, denominator, MODES[at]), -rounded);
            prop_assert!((rounded * denominator - numerator).abs() < denominator);
        }
    }
}
