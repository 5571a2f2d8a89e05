//! What a side costs by the row that was chosen: seconds, exact price, limits and currencies (R2 to R7, R11, R13).

use super::deck::{Laid, NaiveDeck};
use super::{Asked, Walk, World};
use crate::fraction::Fraction;
use didtron_domain::catalog::Plan;
use didtron_domain::deck::{DeckRow, RowPrice, RowStatus};
use didtron_domain::policy::GraceMode;
use didtron_domain::{
    Amount, BandSplit, CallRecord, Currency, Day, DurationRounding, IncrementOrigin, Instant, Price, Reason,
    RoundingMode, Side,
};

const CHARGE_MAX: i128 = 1_000_000_000_000_000;
/// Beyond ten years a call under `split` is none.
const SPLIT_SECONDS_MAX: i128 = 10 * 366 * 86_400;

impl World {
    pub(super) fn bill(
        &self,
        call: &CallRecord<'_>,
        (deck, laid): (&NaiveDeck, &Laid),
        asked: Asked<'_>,
        walk: &mut Walk<'_>,
    ) -> Option<Reason> {
        let policies = &walk.plan.expect("a plan").policies;
        let row = &laid.row;
        let mode = match policies.duration_rounding {
            DurationRounding::Up => RoundingMode::Up,
            DurationRounding::Down => RoundingMode::Down,
            DurationRounding::HalfUp => RoundingMode::HalfUp,
            DurationRounding::HalfDown => RoundingMode::HalfDown,
        };
        let whole = Fraction::new(call.duration_ms.into(), 1000).round(mode);
        walk.found.whole_s = u64::try_from(whole).expect("seconds");
        let grace = i128::from(row.grace_s.unwrap_or(policies.grace_s));
        if whole == 0 || whole <= grace {
            return None;
        }
        let due = if policies.grace_mode == GraceMode::AfterGrace { whole - grace } else { whole };
        let increment = row.increment.expect("a row with a price");
        let (first, step) = (i128::from(increment.initial_s()), i128::from(increment.next_s()));
        let steps = |seconds: i128| Fraction::new(seconds, step).round(RoundingMode::Up);
        let from_zero = policies.increment_origin == IncrementOrigin::FromZero;
        let billed = match (step, from_zero) {
            (0, _) => first,
            (_, true) => first.max(steps(due) * step),
            (_, false) => {
                if due <= first {
                    first
                } else {
                    first + steps(due - first) * step
                }
            }
        };
        walk.found.billed_s = u64::try_from(billed).expect("seconds");
        let rate = walk.found.row.as_ref().expect("a row").rate;
        let first_rate = match row.price {
            Some(RowPrice::One { initial_rate: Some(initial), .. }) => initial,
            _ => rate,
        };
        let mut sixtieths = 60 * i128::from(row.connect_fee.0) + i128::from(first_rate.0) * billed.min(first);
        if policies.band_split == BandSplit::Split && billed > first {
            if billed > SPLIT_SECONDS_MAX {
                walk.beyond_ledger = true;
                return Some(Reason::AmountOverflow);
            }
            let Some(later) = self.later_increments((deck, row), asked, [first, step, billed], from_zero) else {
                return Some(Reason::NoRate);
            };
            sixtieths += later;
        } else {
            sixtieths += i128::from(rate.0) * (billed - billed.min(first));
        }
        let place = 10i128.pow(6 - u32::from(policies.decimals));
        let mut charge = Fraction::new(sixtieths, 60 * 1000 * place).round(policies.mode) * place;
        charge = policies.min_charge.map_or(charge, |least| charge.max(least.0.into()));
        walk.found.charge = policies.max_charge.map_or(charge, |most| charge.min(most.0.into()));
        None
    }

    /// R11: rate times seconds of the increments from `first` on, each by the rate when it begins; none where one has
    /// no rate. The rate is asked once a minute: bands change on whole minutes, and so do the clocks of all zones here.
    fn later_increments(
        &self,
        (deck, row): (&NaiveDeck, &DeckRow),
        asked: Asked<'_>,
        seconds: [i128; 3],
        from_zero: bool,
    ) -> Option<i128> {
        let [mut begin, step, billed] = seconds.map(|x| i64::try_from(x).expect("at most ten years"));
        let mut sum = 0;
        let mut known = None;
        while begin < billed {
            let end = if from_zero { (begin / step + 1) * step } else { begin + step }.min(billed);
            let at = Instant(asked.at.0 + begin * 1_000_000);
            let minute = at.0.div_euclid(60_000_000);
            let rate = match known {
                Some((of, rate)) if of == minute => rate,
                _ => self.rate_at(deck, row, asked, at)?,
            };
            known = Some((minute, rate));
            sum += i128::from(rate.0) * i128::from(end - begin);
            begin = end;
        }
        Some(sum)
    }

    /// The rate of an increment that begins at `at`; none where no open row of the chosen one's key is for it.
    fn rate_at(&self, deck: &NaiveDeck, row: &DeckRow, asked: Asked<'_>, at: Instant) -> Option<Price> {
        let rows = deck.rows_of(&row.prefix.to_string()).iter().filter(|other| {
            other.row.origin_set == row.origin_set
                && other.row.status != RowStatus::Closed
                && other.begin <= asked.at
                && asked.at < other.end
                && other.row.time_class.as_ref().is_none_or(|class| self.holds(deck, class, at))
        });
        let other = rows.max_by_key(|other| other.row.time_class.is_some())?;
        (other.row.status != RowStatus::Blocked).then(|| self.price_of(deck, &other.row, asked).1)
    }

    fn ratio(&self, from: Currency, to: Currency, reach: (i32, i32)) -> Option<(Fraction, Option<Day>)> {
        if from == to {
            return Some((Fraction::whole(1), None));
        }
        for (a, b, turn) in [(from, to, false), (to, from, true)] {
            let Some(quotes) = self.quotes.get(&(a, b)) else { continue };
            let known = quotes.iter().filter(|(day, _)| (reach.0..=reach.1).contains(&day.0));
            let (day, ratio) = *known.max_by_key(|(day, _)| *day)?;
            return Some((if turn { ratio.inverse() } else { ratio }, Some(day)));
        }
        let base = self.spec.base_currency.expect("a base currency");
        if from == base || to == base {
            return None;
        }
        let (there, on) = (self.ratio(from, base, reach)?, self.ratio(base, to, reach)?);
        Some((there.0.times(on.0), there.1.min(on.1)))
    }

    fn reach(plan: &Plan, day: Day) -> (i32, i32) {
        let last = day.0 - i32::from(plan.policies.fx_lag_days);
        (last - i32::from(plan.policies.fx_max_age_days), last)
    }

    pub(super) fn convert(
        &self,
        day: Day,
        plan: &Plan,
        (deck, account): (Currency, Currency),
        walk: &mut Walk<'_>,
    ) -> Option<Reason> {
        let reach = Self::reach(plan, day);
        let base = self.spec.base_currency.expect("a base currency");
        let (Some(to_account), Some(to_base)) = (self.ratio(deck, account, reach), self.ratio(deck, base, reach))
        else {
            return Some(Reason::NoFxRate);
        };
        let charge = Fraction::whole(walk.found.charge);
        walk.found.amount = charge.times(to_account.0).round(RoundingMode::HalfEven);
        walk.found.base_amount = charge.times(to_base.0).round(RoundingMode::HalfEven);
        if deck != account {
            let trillion = Fraction::whole(1_000_000_000_000);
            walk.found.fx_rate = Some(to_account.0.times(trillion).round(RoundingMode::HalfEven));
            walk.found.fx_day = to_account.1;
        }
        let greatest = walk.found.charge.max(walk.found.amount).max(walk.found.base_amount);
        walk.beyond_ledger = greatest >= 1 << 63;
        (greatest > CHARGE_MAX).then_some(Reason::AmountOverflow)
    }

    pub(super) fn attempt_fee(&self, call: &CallRecord<'_>, side: Side, walk: &mut Walk<'_>) {
        let Some((plan, fee)) = walk.plan.and_then(|plan| plan.policies.attempt_fee.map(|Amount(fee)| (plan, fee)))
        else {
            return;
        };
        if call.marked_answered || call.egress.is_empty() || (side == Side::Customer && !call.last_attempt) {
            return;
        }
        let from = walk.found.account_currency.expect("a plan has a carrier");
        let base = self.spec.base_currency.expect("a base currency");
        let reach = Self::reach(plan, call.answer.day());
        let ratio = self.ratio(from, base, reach).or_else(|| self.ratio(from, base, (i32::MIN, reach.1)));
        let ratio = ratio.or_else(|| self.ratio(from, base, (i32::MIN, i32::MAX))).expect("a quote");
        walk.found.charge = fee.into();
        walk.found.amount = fee.into();
        walk.found.base_amount = Fraction::whole(fee.into()).times(ratio.0).round(RoundingMode::HalfEven);
        if let Some(row) = &mut walk.found.row {
            row.currency = from;
        }
    }
}
