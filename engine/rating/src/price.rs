//! R2 to R7: from a duration and the terms of a rate to seconds, exact price and charge.
//!
//! One flat function makes the money decision; the rate of the later increments is asked of its caller, so that a
//! call over several time bands (R11) takes the same road as any other.

use didtron_domain::policy::GraceMode;
use didtron_domain::{Amount, DurationRounding, ExactPrice, Increment, IncrementOrigin, Price, RoundingMode};
use std::convert::Infallible;

pub mod columns;

/// All that R2 to R7 ask about a rate and its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Per minute.
    pub rate: Price,
    /// Per minute of the first increment; `None`: the rate (R5).
    pub initial_rate: Option<Price>,
    /// Due once per call that R3 leaves something of (R5).
    pub connect_fee: Price,
    /// R4.
    pub increment: Increment,
    /// Whole seconds up to which a call costs nothing (R3).
    pub grace_s: u32,
    /// R3.
    pub grace_mode: GraceMode,
    /// R4.
    pub increment_origin: IncrementOrigin,
    /// R2.
    pub duration_rounding: DurationRounding,
    /// 0 to 6 (R6).
    pub decimals: u8,
    /// R6.
    pub mode: RoundingMode,
    /// R7.
    pub min_charge: Option<Amount>,
    /// R7; not below the minimum.
    pub max_charge: Option<Amount>,
}

/// What one side of an answered call costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Priced {
    /// After R2.
    pub whole_s: u64,
    /// After R4; 0 where R3 makes the call free.
    pub billed_s: u64,
    /// Before R6; 0 where R3 makes the call free.
    pub exact: ExactPrice,
    /// After R7, in the deck's currency.
    pub charge: Amount,
}

/// A charge beyond what one call may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the charge is beyond {} units, the most that one call may cost (amount_overflow)", Amount::CHARGE_MAX)]
pub struct ChargeOverflow;

/// Prices an answered call of `duration_ms` by one rate (R2 to R7).
///
/// ```
/// use didtron_domain::*;
/// use didtron_rating::price::{Terms, price};
/// let terms = Terms {
///     rate: Price::parse("0.006").unwrap(),
///     initial_rate: None,
///     connect_fee: Price(0),
///     increment: Increment::new(30, 6).unwrap(),
///     grace_s: 0,
///     grace_mode: Default::default(),
///     increment_origin: Default::default(),
///     duration_rounding: Default::default(),
///     decimals: 6,
///     mode: Default::default(),
///     min_charge: None,
///     max_charge: None,
/// };
/// let priced = price(&terms, 31_000).unwrap();
/// assert_eq!((priced.billed_s, priced.charge.to_string()), (36, "0.003600".to_owned()));
/// ```
pub fn price(terms: &Terms, duration_ms: u64) -> Result<Priced, ChargeOverflow> {
    let Ok(priced) =
        bill(terms, duration_ms, |later| Ok::<_, Infallible>(ExactPrice::over(terms.rate, later.seconds())));
    if priced.charge.0.unsigned_abs() > Amount::CHARGE_MAX.0.unsigned_abs() { Err(ChargeOverflow) } else { Ok(priced) }
}

/// The increments after the first: seconds counted from the answer, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaterIncrements {
    /// Where they begin: the end of the first increment.
    pub(crate) from_s: u64,
    /// Where they end: the billed seconds.
    pub(crate) to_s: u64,
    /// The end of the first of them; from there each lasts `next` seconds.
    pub(crate) first_end_s: u64,
    /// Seconds of each of the others; above 0 where there are any.
    pub(crate) next_s: u64,
}

impl LaterIncrements {
    /// How long they last together.
    pub(crate) const fn seconds(self) -> u64 {
        self.to_s - self.from_s
    }

    /// Where the increments end that begin before second `until_s` (which is after `from_s`).
    pub(crate) fn end_of_those_begun_before(self, until_s: u64) -> u64 {
        if until_s <= self.first_end_s {
            return self.first_end_s.min(self.to_s);
        }
        let steps = (until_s - self.first_end_s).div_ceil(self.next_s);
        (self.first_end_s + steps * self.next_s).min(self.to_s)
    }

    /// The same increments without those that end at or before `end_s`, the end of one of them.
    pub(crate) const fn after(self, end_s: u64) -> Self {
        Self { from_s: end_s, first_end_s: end_s + self.next_s, ..self }
    }

    fn of(terms: &Terms, billed_s: u64) -> Self {
        let (initial_s, next_s) = (u64::from(terms.increment.initial_s()), u64::from(terms.increment.next_s()));
        let from_s = initial_s.min(billed_s);
        let first_end_s = match terms.increment_origin {
            IncrementOrigin::FromZero if next_s > 0 => (from_s / next_s + 1) * next_s,
            IncrementOrigin::FromZero | IncrementOrigin::AfterInitial => from_s + next_s,
        };
        Self { from_s, to_s: billed_s, first_end_s, next_s }
    }
}

/// The money decision, in the order of the rules. `later` prices the increments after the first.
///
/// A charge that no [`Amount`] holds comes back as the greatest or least one: both are beyond
/// [`Amount::CHARGE_MAX`], which the caller judges.
#[inline(always)]
pub(crate) fn bill<E>(
    terms: &Terms,
    duration_ms: u64,
    later: impl FnOnce(LaterIncrements) -> Result<ExactPrice, E>,
) -> Result<Priced, E> {
    // R2: whole seconds.
    let whole_s = terms.duration_rounding.whole_seconds(duration_ms);
    // R3: within the grace the call is free, its fee included; so are 0 whole seconds.
    let grace_s = u64::from(terms.grace_s);
    if whole_s <= grace_s {
        return Ok(Priced { whole_s, ..Priced::default() });
    }
    let due_s = match terms.grace_mode {
        GraceMode::FromStart => whole_s,
        GraceMode::AfterGrace => whole_s - grace_s,
    };
    // R4: increments.
    let billed_s = terms.increment.billed_seconds(due_s, terms.increment_origin);
    // R5: exact price.
    let later_increments = LaterIncrements::of(terms, billed_s);
    let first = ExactPrice::over(terms.initial_rate.unwrap_or(terms.rate), later_increments.from_s);
    let rest = if later_increments.seconds() > 0 { later(later_increments)? } else { ExactPrice::default() };
    let exact = ExactPrice::fee(terms.connect_fee).plus(first).plus(rest);
    // R6: one rounding.
    let beyond = if exact.0 < 0 { Amount(i64::MIN) } else { Amount(i64::MAX) };
    let rounded = exact.round(terms.decimals, terms.mode).unwrap_or(beyond);
    // R7: limits; billed seconds are above 0 here.
    let charge = terms.min_charge.map_or(rounded, |least| rounded.max(least));
    let charge = terms.max_charge.map_or(charge, |most| charge.min(most));
    Ok(Priced { whole_s, billed_s, exact, charge })
}

#[cfg(test)]
mod tests;
