//! R2 to R7 for many calls of a plan at a time: one straight loop, in 64 bits and without a branch that depends on a
//! call. [`price`](super::price()) is the rule; this is the same for amounts that cannot leave 64 bits, which are nearly all.

use didtron_domain::catalog::Policies;
use didtron_domain::deck::RowPrice;
use didtron_domain::policy::GraceMode;
use didtron_domain::{DurationRounding, IncrementOrigin, Price, RoundingMode};
use didtron_rate_tables::RowTerms;

/// What R2 to R7 take from the policies of a plan, as numbers that a loop adds and compares.
#[derive(Clone, Copy, Debug)]
pub struct ChargeRules {
    /// Milliseconds that are added before whole seconds are cut off (R2).
    rounding_ms: u64,
    grace_s: u32,
    after_grace: bool,
    from_zero: bool,
    /// Micro-units of the last place that is kept (R6).
    place: u64,
    /// The least remainder that rounds away from zero, of an even quotient.
    away_from: u64,
    /// How much less of an odd one.
    odd_less: u64,
    least: i64,
    most: i64,
}

/// The exact price (R5) has this many units in a micro-unit.
const UNITS: u64 = 60_000;

impl ChargeRules {
    /// Those of a plan.
    #[must_use]
    pub fn new(policies: &Policies) -> Self {
        let place = 10u64.pow(6 - u32::from(policies.decimals.min(6)));
        let (divisor, half) = (place * UNITS, place * UNITS / 2);
        Self {
            rounding_ms: match policies.duration_rounding {
                DurationRounding::Up => 999,
                DurationRounding::Down => 0,
                DurationRounding::HalfUp => 500,
                DurationRounding::HalfDown => 499,
            },
            grace_s: policies.grace_s,
            after_grace: policies.grace_mode == GraceMode::AfterGrace,
            from_zero: policies.increment_origin == IncrementOrigin::FromZero,
            place,
            away_from: match policies.mode {
                RoundingMode::Up => 1,
                RoundingMode::Down => divisor,
                RoundingMode::HalfUp => half,
                RoundingMode::HalfDown | RoundingMode::HalfEven => half + 1,
            },
            odd_less: u64::from(policies.mode == RoundingMode::HalfEven),
            least: policies.min_charge.map_or(i64::MIN, |least| least.0),
            most: policies.max_charge.map_or(i64::MAX, |most| most.0),
        }
    }

    /// Prices calls of as many milliseconds, each by its own terms, and adds them to `out`. One of 0 milliseconds is free.
    pub fn price_all(&self, terms: &[RateTerms], durations_ms: &[u32], out: &mut Vec<Charged>) {
        let calls = terms.iter().zip(durations_ms);
        match self.place {
            // The usual divisor is known to the compiler, which then does not divide.
            1 => out.extend(calls.map(|(terms, &ms)| self.price(terms, ms, UNITS))),
            place => out.extend(calls.map(|(terms, &ms)| self.price(terms, ms, place * UNITS))),
        }
    }

    /// No step can leave 64 bits: seconds are below 5 x 10^6, so that exact prices are below 5 x 10^18 and charges
    /// below 10^14, within what one call may cost.
    #[inline(always)]
    fn price(&self, terms: &RateTerms, duration_ms: u32, divisor: u64) -> Charged {
        // R2 and R3.
        let whole_s = (u64::from(duration_ms) + self.rounding_ms) / 1000;
        let whole_s = u32::try_from(whole_s).unwrap_or(u32::MAX);
        let grace_s = terms.grace_s.unwrap_or(self.grace_s);
        let is_due = whole_s > grace_s;
        let due_s = whole_s.saturating_sub(if self.after_grace { grace_s } else { 0 });
        // R4. Where the later increments last no time there are none of them.
        let stepped_s = if self.from_zero { due_s } else { due_s.saturating_sub(terms.initial_s) };
        let steps_s = stepped_s.div_ceil(terms.next_s.max(1)) * terms.next_s;
        let billed_s = if self.from_zero { steps_s.max(terms.initial_s) } else { terms.initial_s + steps_s };
        // R5.
        let first = terms.initial_rate * i64::from(terms.initial_s);
        let rest = terms.rate * i64::from(billed_s - terms.initial_s);
        let exact = terms.fee_units + first + rest;
        // R6 and R7.
        let (quotient, remainder) = (exact.unsigned_abs() / divisor, exact.unsigned_abs() % divisor);
        let away = remainder >= self.away_from - (quotient & self.odd_less);
        let rounded = ((quotient + u64::from(away)) * self.place).cast_signed();
        let charge = (if exact < 0 { -rounded } else { rounded }).max(self.least).min(self.most);
        let due = u32::from(is_due);
        Charged { whole_s, billed_s: billed_s * due, charge: charge * i64::from(due) }
    }
}

/// What R3 to R5 take from a row with one price.
#[derive(Clone, Copy, Debug)]
pub struct RateTerms {
    rate: i64,
    initial_rate: i64,
    /// The connect fee as an exact price.
    fee_units: i64,
    initial_s: u32,
    next_s: u32,
    grace_s: Option<u32>,
}

/// The greatest price a minute that 64 bits are enough for: a thousand.
const RATE_MAX: u64 = 1_000_000_000_000;
/// The same of a fee: a million.
const FEE_MAX: u64 = 1_000_000_000_000_000;

impl RateTerms {
    /// `None`: there are several prices or none, or 64 bits may not be enough.
    #[inline]
    #[must_use]
    pub fn new(row: &RowTerms) -> Option<Self> {
        let (Some(RowPrice::One { rate, initial_rate }), Some(increment)) = (row.price, row.increment) else {
            return None;
        };
        let initial_rate = initial_rate.unwrap_or(rate);
        let within = |price: Price, most| price.0.unsigned_abs() <= most;
        (within(rate, RATE_MAX) & within(initial_rate, RATE_MAX) & within(row.connect_fee, FEE_MAX)).then(|| Self {
            rate: rate.0,
            initial_rate: initial_rate.0,
            fee_units: row.connect_fee.0 * 60,
            initial_s: increment.initial_s(),
            next_s: increment.next_s(),
            grace_s: row.grace_s,
        })
    }

    /// Per minute.
    #[inline]
    pub(crate) const fn rate(&self) -> Price {
        Price(self.rate)
    }
}

/// What one side of an answered call costs (see [`super::Priced`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// After R2.
    pub whole_s: u32,
    /// After R4; 0 where R3 makes the call free.
    pub billed_s: u32,
    /// After R7, in micro-units of the deck's currency.
    pub charge: i64,
}
