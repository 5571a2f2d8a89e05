//! The sums of a group of calls and what follows from them, in integers to the last digit.

use didtron_domain::{Amount, RoundingMode, decimal, round_ratio};

/// Net sums: what corrections took back is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub calls: i64,
    /// Of them, those answered (R1).
    pub answered: i64,
    /// Talk time.
    pub duration_ms: i128,
    /// Micro-units of the base currency.
    pub revenue: i128,
    /// Micro-units of the base currency.
    pub cost: i128,
}

impl Figures {
    /// Micro-units of the base currency.
    #[must_use]
    pub const fn margin(&self) -> i128 {
        self.revenue - self.cost
    }

    /// Talk time in minutes with so many `decimals`, rounded half up.
    #[must_use]
    pub fn minutes(&self, decimals: u8) -> String {
        let unit = 10_i128.pow(u32::from(decimals));
        decimal::format_fixed(round_ratio(self.duration_ms * unit, 60_000, RoundingMode::HalfUp), decimals)
    }

    /// Margin of 100 of revenue, two decimals; `None` without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<String> {
        percent(self.margin(), self.revenue)
    }

    /// ASR: answered of 100 calls, two decimals; `None` without calls.
    #[must_use]
    pub fn asr_percent(&self) -> Option<String> {
        percent(self.answered.into(), self.calls.into())
    }

    /// ACD: seconds of talk per answered call, one decimal; `None` without any.
    #[must_use]
    pub fn acd_s(&self) -> Option<String> {
        let tenths = || round_ratio(self.duration_ms, i128::from(self.answered) * 100, RoundingMode::HalfUp);
        (self.answered > 0).then(|| decimal::format_fixed(tenths(), 1))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            answered: self.answered + other.answered,
            duration_ms: self.duration_ms + other.duration_ms,
            revenue: self.revenue + other.revenue,
            cost: self.cost + other.cost,
        }
    }
}

/// Money as exact text.
pub(crate) fn money(micros: i128) -> String {
    decimal::format_fixed(micros, Amount::DECIMALS)
}

fn percent(part: i128, whole: i128) -> Option<String> {
    (whole > 0).then(|| decimal::format_fixed(round_ratio(part * 10_000, whole, RoundingMode::HalfUp), 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_rounded_half_up_and_absent_without_a_whole() {
        let figures = Figures { calls: 3, answered: 2, duration_ms: 90_061, revenue: 3_000_000, cost: 4_000_000 };
        assert_eq!(figures.asr_percent().as_deref(), Some("66.67"));
        assert_eq!(figures.acd_s().as_deref(), Some("45.0"));
        assert_eq!(figures.margin_percent().as_deref(), Some("-33.33"));
        assert_eq!(figures.minutes(2), "1.50");
        assert_eq!(figures.minutes(6), "1.501017");
        let nothing = Figures::default();
        assert_eq!((nothing.asr_percent(), nothing.acd_s(), nothing.margin_percent()), (None, None, None));
    }
}
