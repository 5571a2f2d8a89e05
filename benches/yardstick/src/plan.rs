//! A rating plan: which row prices a number, and what a call then costs.

use crate::deck::{Deck, Row, Status};
use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use std::sync::Arc;

/// A plan and those of its policies that the demo world uses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) name: String,
    #[serde(rename = "decks")]
    pub(crate) layer_names: Vec<String>,
    /// The highest first.
    #[serde(skip)]
    pub(crate) layers: Vec<Arc<Deck>>,
    #[serde(default)]
    duration_rounding: DurationRounding,
    #[serde(default)]
    grace_s: u64,
    #[serde(default)]
    increment_origin: IncrementOrigin,
    #[serde(default = "six")]
    decimals: u32,
    #[serde(default)]
    mode: RoundingMode,
    min_charge: Option<Decimal>,
    max_charge: Option<Decimal>,
}

const fn six() -> u32 {
    6
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DurationRounding {
    #[default]
    Up,
    Down,
    HalfUp,
    HalfDown,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum IncrementOrigin {
    #[default]
    AfterInitial,
    FromZero,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RoundingMode {
    #[default]
    HalfUp,
    Up,
    Down,
    HalfDown,
    HalfEven,
}

/// The row that a number met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) deck: &'a Deck,
    pub(crate) prefix_length: usize,
    pub(crate) row: &'a Row,
}

impl Plan {
    /// R10: the longest prefix over all decks that is not closed; of equal ones the higher layer's.
    pub(crate) fn best(&self, number: &str, at: Timestamp) -> Option<Found<'_>> {
        self.best_of(number, at, |row| row.status != Status::Closed)
    }

    /// The best that is neither closed nor blocked.
    pub(crate) fn best_open(&self, number: &str, at: Timestamp) -> Option<Found<'_>> {
        self.best_of(number, at, |row| row.status == Status::Open)
    }

    fn best_of(&self, number: &str, at: Timestamp, accepts: impl Fn(&Row) -> bool) -> Option<Found<'_>> {
        let longest = self.layers.iter().map(|deck| deck.longest).max()?;
        (1..=longest.min(number.len())).rev().find_map(|prefix_length| {
            self.layers.iter().find_map(|deck| {
                let row = deck.row(&number[..prefix_length], at)?;
                accepts(row).then_some(Found { deck, prefix_length, row })
            })
        })
    }

    /// R2 to R4: the seconds that are billed. `None` where no call lasts that long.
    pub(crate) fn billed_s(&self, row: &Row, duration_s: Decimal) -> Option<u64> {
        let whole = u64::from(u32::try_from(self.whole_seconds(duration_s)).ok()?);
        if whole <= self.grace_s {
            return Some(0);
        }
        if row.next_s == 0 {
            return Some(row.initial_s);
        }
        Some(match self.increment_origin {
            IncrementOrigin::AfterInitial => {
                row.initial_s + whole.saturating_sub(row.initial_s).div_ceil(row.next_s) * row.next_s
            }
            IncrementOrigin::FromZero => row.initial_s.max(whole.div_ceil(row.next_s) * row.next_s),
        })
    }

    fn whole_seconds(&self, duration_s: Decimal) -> Decimal {
        let strategy = match self.duration_rounding {
            DurationRounding::Up => RoundingStrategy::AwayFromZero,
            DurationRounding::Down => RoundingStrategy::ToZero,
            DurationRounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            DurationRounding::HalfDown => RoundingStrategy::MidpointTowardZero,
        };
        duration_s.round_dp_with_strategy(0, strategy)
    }

    /// R5 to R7: what the billed seconds cost, in the deck's currency.
    pub(crate) fn charge(&self, row: &Row, rate_per_min: Decimal, billed_s: u64) -> Decimal {
        if billed_s == 0 {
            return Decimal::ZERO;
        }
        let exact = row.connect_fee + rate_per_min * Decimal::from(billed_s) / Decimal::from(60);
        let strategy = match self.mode {
            RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            RoundingMode::Up => RoundingStrategy::AwayFromZero,
            RoundingMode::Down => RoundingStrategy::ToZero,
            RoundingMode::HalfDown => RoundingStrategy::MidpointTowardZero,
            RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
        };
        let rounded = exact.round_dp_with_strategy(self.decimals, strategy);
        let at_least = self.min_charge.map_or(rounded, |least| rounded.max(least));
        self.max_charge.map_or(at_least, |most| at_least.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples of `docs/rating.md`: policies, rate, fee, increments, talk time, billed seconds, charge.
    const EXAMPLES: [(&str, &str, &str, &str, &str, u64, &str); 14] = [
        ("", "0.006", "0", "30/6", "31", 36, "0.0036"),
        ("", "0.006", "0", "30/6", "75", 78, "0.0078"),
        ("", "0.06", "0.05", "60/1", "61", 61, "0.111"),
        ("", "0.6", "0", "90/60", "91", 150, "1.5"),
        ("increment_origin = 'from_zero'", "0.6", "0", "90/60", "66", 120, "1.2"),
        ("", "0.00137", "0", "6/6", "205", 210, "0.004795"),
        ("mode = 'up'\ndecimals = 4", "0.2", "0", "1/1", "4", 4, "0.0134"),
        ("", "0.6", "0", "60/60", "61.2", 120, "1.2"),
        ("duration_rounding = 'down'\nmode = 'up'\ndecimals = 4", "0.005", "0", "1/1", "9.1", 9, "0.0008"),
        ("duration_rounding = 'half_up'", "0.06", "0", "1/1", "60.5", 61, "0.061"),
        ("grace_s = 2", "0.06", "0.05", "60/1", "2", 0, "0"),
        ("min_charge = '0.01'", "0.06", "0", "1/1", "1", 1, "0.01"),
        ("max_charge = '1'", "0.6", "0", "1/1", "600", 600, "1"),
        ("mode = 'half_even'\ndecimals = 4", "0.0015", "0", "1/1", "10", 10, "0.0002"),
    ];

    #[test]
    fn worked_examples() {
        let money = |text: &str| text.parse::<Decimal>().unwrap();
        for (policies, rate, fee, increments, talk, billed_s, charge) in EXAMPLES {
            let plan: Plan = toml::from_str(&format!("name = 'plan'\ndecks = []\n{policies}")).unwrap();
            let (initial, next) = increments.split_once('/').unwrap();
            let row = Row::priced(money(rate), money(fee), [initial.parse().unwrap(), next.parse().unwrap()]);
            assert_eq!(plan.billed_s(&row, money(talk)), Some(billed_s), "{increments} {policies}");
            assert_eq!(plan.charge(&row, money(rate), billed_s), money(charge), "{increments} {policies}");
        }
    }
}
