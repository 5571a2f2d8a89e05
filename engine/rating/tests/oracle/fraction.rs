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
        let (mut a, mut b) = (top.abs(), bottom.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1) * bottom.signum();
        Self { top: top / divisor, bottom: bottom / divisor }
    }

    pub(crate) fn whole(value: i128) -> Self {
        Self::new(value, 1)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let common = Self::new(self.bottom, other.bottom);
        Self::new(self.top * common.bottom + other.top * common.top, self.bottom * common.bottom)
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let (left, right) = (Self::new(self.top, other.bottom), Self::new(other.top, self.bottom));
        Self::new(left.top * right.top, left.bottom * right.bottom)
    }

    pub(crate) fn inverse(self) -> Self {
        Self::new(self.bottom, self.top)
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        (self.top * other.bottom).cmp(&(other.top * self.bottom))
    }

    /// To an integer, by looking at the neighbours below and above.
    pub(crate) fn round(self, mode: RoundingMode) -> i128 {
        let below = self.top.div_euclid(self.bottom);
        let rest = Self::new(self.top - below * self.bottom, self.bottom);
        if rest == Self::whole(0) {
            return below;
        }
        let half = rest.compare(Self::new(1, 2));
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
