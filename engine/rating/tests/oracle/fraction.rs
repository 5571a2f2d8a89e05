//! Exact fractions over `i128`, in lowest terms. Slow and plain.

use didtron_domain::RoundingMode;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    top: i128,
    bottom: i128,
}

impl Fraction {
    pub(crate) fn new(top: i128, bottom: i128) -> Self {
        assert!(bottom != 0, "a fraction has a bottom");
        let divisor = common_divisor(top.unsigned_abs(), bottom.unsigned_abs());
        let divisor = i128::try_from(divisor).expect("the bottom's magnitude at most") * bottom.signum();
        Self { top: top / divisor, bottom: bottom / divisor }
    }

    pub(crate) fn whole(value: i128) -> Self {
        Self::new(value, 1)
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let (left, right) = (Self::new(self.top, other.bottom), Self::new(other.top, self.bottom));
        Self::new(left.top * right.top, left.bottom * right.bottom)
    }

    pub(crate) fn inverse(self) -> Self {
        Self::new(self.bottom, self.top)
    }

    /// To an integer, by looking at the neighbours below and above.
    pub(crate) fn round(self, mode: RoundingMode) -> i128 {
        let below = self.top.div_euclid(self.bottom);
        let rest = self.top - below * self.bottom;
        if rest == 0 {
            return below;
        }
        let half = (2 * rest).cmp(&self.bottom);
        let above = match mode {
            RoundingMode::Up => true,
            RoundingMode::Down => false,
            RoundingMode::HalfUp => half != Ordering::Less,
            RoundingMode::HalfDown => half == Ordering::Greater,
            RoundingMode::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && below % 2 != 0),
        };
        below + i128::from(above)
    }
}

/// Euclid's, of a number and one above 0; short numbers in a short type.
fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(mut a), Ok(mut b)) = (u64::try_from(a), u64::try_from(b)) {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            return a.into();
        }
        (a, b) = (b, a % b);
    }
    a
}
