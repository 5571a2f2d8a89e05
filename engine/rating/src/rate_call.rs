//! What one call costs, both sides: R1, R14 and R15 around the steps of each side.

use crate::catalog::Catalog;
use crate::catalog::decks::Deck;
use crate::catalog::plans::Plan;
use crate::choose::{self, Asked, Candidate};
use crate::front::{Front, Fronts, Party};
use crate::fx::Ratio;
use crate::jurisdiction::{self, ChosenPrice};
use crate::price::{Priced, Terms, bill};
use crate::sentences as say;
use crate::service::Interconnect;
use crate::trace::{Silent, Trace};
use crate::warm::{CALLS_AT_A_TIME, Warmer};
use didtron_domain::{
    Amount, BandSplit, CallBatch, CallRecord, E164, ExactPrice, RatedCall, RatedColumns, RatedRow, RatedSide, Reason,
    Rejection, Side,
};
use didtron_rate_tables::NodeId;
use std::ops::Range;

/// Outcomes that become columns at a time: few enough to stay in a core's first cache.
const ROWS_AT_A_TIME: usize = 32;

/// A record, and what both sides share.
#[derive(Clone, Copy, Debug)]
struct Call<'a> {
    record: &'a CallRecord<'a>,
    billable: bool,
    /// The caller's own number, where it is usable and may be asked for.
    caller: Option<E164>,
}

/// Why a side cannot be rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stop {
    reason: Reason,
    /// An amount that no ledger could hold: of two overflows it is the graver.
    beyond_ledger: bool,
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self { reason, beyond_ledger: false }
    }
}

/// One side of a call as it is rated.
#[derive(Clone, Copy, Debug)]
struct Half<'f, 'a> {
    side: Side,
    front: &'f Front<'a>,
    /// The longest prefix in each deck of its plan, or nothing where they were not looked up.
    longest: &'f [Option<NodeId>],
}

/// What a conversion (R13) lies between: the deck's currency and the account's, by the plan's reach.
#[derive(Clone, Copy, Debug)]
struct Between<'a> {
    interconnect: &'a Interconnect,
    plan: &'a Plan,
    deck: &'a Deck,
}

/// The row that prices a call, and what was asked to find it.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    pricing: Candidate<'a>,
    asked: Asked<'a>,
}

/// One side as far as it could be found, and what stopped it.
#[derive(Clone, Copy, Debug, Default)]
struct Sided<'a> {
    found: RatedSide,
    plan: Option<&'a Plan>,
    stop: Option<Stop>,
}

impl Sided<'_> {
    /// The charge, where there is one to show (R15).
    fn charge(&self) -> Option<Amount> {
        match self.stop {
            None => Some(self.found.charge),
            Some(Stop { reason: Reason::AmountOverflow, beyond_ledger: false }) => Some(self.found.charge),
            Some(_) => None,
        }
    }
}

impl Catalog {
    /// Rates one call for both sides (R1 to R15).
    ///
    /// A call that is not billable is never rejected; one without any party is `malformed_record`.
    pub fn rate(&self, call: &CallRecord<'_>) -> Result<RatedCall, Rejection> {
        self.rate_traced(call, &mut Silent)
    }

    /// Rates one call, telling `trace` each step.
    pub(crate) fn rate_traced<T: Trace>(&self, call: &CallRecord<'_>, trace: &mut T) -> Result<RatedCall, Rejection> {
        let parties = [self.party(call.ingress, Side::Customer), self.party(call.egress, Side::Supplier)];
        trace.step("R1", || say::billable(call));
        let fronts = self.fronts(call, parties, trace);
        self.rate_fronts(call, &fronts, [&[], &[]], trace)
    }

    /// Rates these records of a batch and adds what it found to `out`. Malformed ones get their rejection. Names of
    /// parties are looked up once for each different word of the batch.
    pub fn rate_batch(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) {
        let parties = |words: &[String], side| words.iter().map(|word| self.party(word, side)).collect::<Vec<_>>();
        let ingress = parties(&batch.ingress.words, Side::Customer);
        let egress = parties(&batch.egress.words, Side::Supplier);
        let first = batch.malformed.partition_point(|malformed| malformed.row < rows.start);
        let mut malformed = batch.malformed[first..].iter().map(|malformed| malformed.row).peekable();
        let mut warmer = Warmer::new(self);
        let mut outcomes = Vec::with_capacity(ROWS_AT_A_TIME);
        let mut calls = Vec::with_capacity(CALLS_AT_A_TIME);
        for begin in rows.clone().step_by(CALLS_AT_A_TIME) {
            let run = begin..rows.end.min(begin + CALLS_AT_A_TIME);
            for row in run.clone() {
                let parties = [ingress[batch.ingress.codes[row] as usize], egress[batch.egress.codes[row] as usize]];
                let call = batch.call(row);
                let fronts = self.fronts(&call, parties, &mut Silent);
                warmer.note(&fronts);
                calls.push((call, fronts));
            }
            warmer.warm(self);
            for (at, (row, (call, fronts))) in run.zip(&calls).enumerate() {
                outcomes.push(match malformed.next_if_eq(&row) {
                    Some(_) => Err(MALFORMED),
                    None => self.rate_fronts(call, fronts, warmer.longest(at), &mut Silent),
                });
                if outcomes.len() == ROWS_AT_A_TIME {
                    out.extend(&outcomes);
                    outcomes.clear();
                }
            }
            warmer.clear();
            calls.clear();
        }
        out.extend(&outcomes);
    }

    /// The party behind a field (R14).
    pub(crate) fn party(&self, name: &str, side: Side) -> Party<'_> {
        if name.is_empty() {
            return Party::Absent;
        }
        let found = self.by_name.get(name).map(|&at| &self.interconnects[at as usize]);
        found.filter(|known| known.direction == side).map_or(Party::Unknown, Party::Known)
    }

    /// Rates a call whose fronts are known. `longest` has the longest prefix in each deck of each side's plan, or is
    /// empty where they were not looked up.
    fn rate_fronts<T: Trace>(
        &self,
        record: &CallRecord<'_>,
        fronts: &Fronts<'_>,
        [of_customer, of_supplier]: [&[Option<NodeId>]; 2],
        trace: &mut T,
    ) -> Result<RatedCall, Rejection> {
        if fronts.customer.is_none() && fronts.supplier.is_none() {
            return Err(MALFORMED);
        }
        // R9: the caller is read by the habits of the customer's interconnect, else of the supplier's.
        let plans = [&fronts.customer, &fronts.supplier].map(|side| side.as_ref().and_then(|side| side.plan));
        let asks = T::KEEPS || plans.into_iter().flatten().any(|plan| self.asks_caller(plan));
        let habits = fronts.habits.filter(|_| asks);
        let caller = habits.and_then(|known| known.treatment.last_steps(record.caller.as_bytes()).number);
        let call = Call { record, billable: record.is_billable(), caller };
        let customer = fronts
            .customer
            .as_ref()
            .map(|front| self.rate_side(&call, Half { side: Side::Customer, front, longest: of_customer }, trace));
        let supplier = fronts
            .supplier
            .as_ref()
            .map(|front| self.rate_side(&call, Half { side: Side::Supplier, front, longest: of_supplier }, trace));
        trace.side(None);
        let rated = RatedCall {
            customer: customer.as_ref().map(|side| side.found),
            supplier: supplier.as_ref().map(|side| side.found),
        };
        let outcome = match call.billable.then(|| rejection(customer.as_ref(), supplier.as_ref())).flatten() {
            Some(rejection) => Err(rejection),
            None => Ok(rated),
        };
        trace.step("R14, R15", || say::outcome(&outcome, self.base_currency));
        outcome
    }

    /// Whether a plan's rows or prices depend on who calls (R10, R12).
    fn asks_caller(&self, plan: &Plan) -> bool {
        plan.decks.iter().any(|&deck| self.decks[deck as usize].asks_caller)
    }

    fn rate_side<'a, T: Trace>(&'a self, call: &Call<'_>, half: Half<'_, 'a>, trace: &mut T) -> Sided<'a> {
        let front = half.front;
        trace.side(Some(half.side));
        let found = RatedSide {
            carrier: front.interconnect.map(|known| known.carrier),
            interconnect: front.interconnect.map(|known| known.id),
            account_currency: front.interconnect.map(|known| known.currency),
            service: front.service.map(|service| service.id),
            number: front.number,
            looked_up: front.looked_up.or(front.number),
            ..RatedSide::default()
        };
        let mut sided = Sided { found, plan: front.plan, stop: None };
        let stop = match front.stop {
            Some(reason) => Some(reason.into()),
            None => self.find_side(call, half, &mut sided, trace).err(),
        };
        if call.billable {
            sided.stop = stop;
        } else {
            // R1: nothing of a call that is not billable is rejected, and nothing but the attempt fee is due.
            self.owe_attempt_fee(call, half, &mut sided, trace);
        }
        if let Some(stop) = stop {
            trace.step("R15", || say::stopped(stop.reason, call.billable));
        }
        sided
    }

    /// R10 to R13 for one side, from top to bottom; `sided` holds what was found when a step stops it.
    fn find_side<'a, T: Trace>(
        &'a self,
        call: &Call<'_>,
        Half { side, front, longest }: Half<'_, 'a>,
        sided: &mut Sided<'a>,
        trace: &mut T,
    ) -> Result<(), Stop> {
        let (Some(interconnect), Some(plan), Some(number)) = (front.interconnect, front.plan, front.looked_up) else {
            unreachable!("a front that nothing stops is whole");
        };
        // R10 to R12: which row, and which of its prices.
        let asked = Asked { number, caller: call.caller, at: call.record.answer, longest };
        if T::KEEPS {
            say::candidates(&self.decks, plan, asked, trace);
        }
        let choice = choose::choose(&self.decks, &plan.decks, asked).ok_or(Reason::NoRate)?;
        sided.found.blocked = choice.is_blocked();
        trace.step("R10", || say::choice(&choice));
        if choice.is_blocked() && side == Side::Customer && call.billable {
            return Err(Reason::BlockedDestination.into());
        }
        let (pricing, row_price) = choice.pricing.and_then(|x| Some((x, x.terms().price?))).ok_or(Reason::NoRate)?;
        let chosen = jurisdiction::choose(row_price, pricing.deck, asked.number, asked.caller);
        sided.found.row = Some(rated_row(&pricing, chosen));
        trace.step("R12", || say::jurisdiction(chosen, asked, pricing.deck));
        if !call.billable {
            return Ok(());
        }
        // R2 to R7, R11: the charge.
        let terms = terms(&pricing, chosen, plan).ok_or(Reason::NoRate)?;
        let priced = charge(call, plan, &terms, Found { pricing, asked }, trace)?;
        sided.found.whole_s = priced.whole_s;
        sided.found.billed_s = priced.billed_s;
        sided.found.charge = priced.charge;
        trace.step("R2 to R7", || say::charge(&terms, &priced, call.record.duration_ms, pricing.deck.currency));
        // R13: the account's currency and base.
        self.convert(call, Between { interconnect, plan, deck: pricing.deck }, sided, trace)
    }

    /// R13 and the last reason of R15: both conversions, then the limit of each amount.
    fn convert<T: Trace>(
        &self,
        call: &Call<'_>,
        Between { interconnect, plan, deck }: Between<'_>,
        sided: &mut Sided<'_>,
        trace: &mut T,
    ) -> Result<(), Stop> {
        let day = call.record.answer.day();
        let route = interconnect.to_account[deck.currency_at];
        let to_account = self.fx.ratio(route, day, plan.reach()).ok_or(Reason::NoFxRate)?;
        let to_base = match deck.to_base == route {
            true => to_account,
            false => self.fx.ratio(deck.to_base, day, plan.reach()).ok_or(Reason::NoFxRate)?,
        };
        let charge = sided.found.charge;
        let amounts = [Some(charge), to_account.convert(charge), to_base.convert(charge)];
        sided.found.amount = amounts[1].unwrap_or_default();
        sided.found.base_amount = amounts[2].unwrap_or_default();
        if to_account.day.is_some() {
            sided.found.fx_rate = to_account.shown();
            sided.found.fx_day = to_account.day;
        }
        let base = self.base_currency.unwrap_or(deck.currency);
        trace
            .step("R13", || say::conversion(&self.fx, &to_account, (deck.currency, interconnect.currency), amounts[1]));
        trace.step("R13", || say::conversion(&self.fx, &to_base, (deck.currency, base), amounts[2]));
        limit(amounts)
    }

    /// R1: the attempt fee of a record that was not answered and names a supplier.
    fn owe_attempt_fee<T: Trace>(
        &self,
        call: &Call<'_>,
        Half { side, front, .. }: Half<'_, '_>,
        sided: &mut Sided<'_>,
        trace: &mut T,
    ) {
        let named = !call.record.marked_answered && !call.record.egress.is_empty();
        let last = side == Side::Supplier || call.record.last_attempt;
        let fee = sided.plan.and_then(|plan| plan.policies.attempt_fee);
        let Some((fee, interconnect)) = fee.zip(front.interconnect) else { return };
        if !(named && last) {
            return;
        }
        let reach = sided.plan.map(Plan::reach);
        let ratio = reach
            .and_then(|reach| self.fx.ratio_at_any_age(interconnect.account_to_base, call.record.answer.day(), reach));
        let base_amount = fee_in_base(fee, ratio);
        sided.found.charge = fee;
        sided.found.amount = fee;
        sided.found.base_amount = base_amount;
        if let Some(row) = &mut sided.found.row {
            row.currency = interconnect.currency;
        }
        trace.step("R1", || say::attempt_fee(fee, interconnect.currency, base_amount));
    }
}

/// What rejects a record that is not understood, or that names nobody.
const MALFORMED: Rejection =
    Rejection { reason: Reason::MalformedRecord, side: None, customer_charge: None, supplier_charge: None };

/// The first reason of both sides in the order of R15; the customer's side when both have it.
fn rejection(customer: Option<&Sided<'_>>, supplier: Option<&Sided<'_>>) -> Option<Rejection> {
    let stopped = |side: Option<&Sided<'_>>, name: Side| {
        side.and_then(|side| side.stop).map(|stop| (stop.reason, !stop.beyond_ledger, name))
    };
    let first = [stopped(customer, Side::Customer), stopped(supplier, Side::Supplier)].into_iter().flatten().min()?;
    Some(Rejection {
        reason: first.0,
        side: Some(first.2),
        customer_charge: customer.and_then(Sided::charge),
        supplier_charge: supplier.and_then(Sided::charge),
    })
}

fn rated_row(pricing: &Candidate<'_>, chosen: ChosenPrice) -> RatedRow {
    let (deck, row) = (pricing.deck, pricing.row);
    RatedRow {
        prefix: pricing.prefix,
        destination: deck.destinations[row.destination as usize],
        group: row.group.map(|group| deck.groups[group as usize]),
        deck: deck.id,
        deck_version: row.version,
        rate: chosen.rate,
        jurisdiction: chosen.jurisdiction,
        currency: deck.currency,
    }
}

/// The terms of a row under a plan; `None` for a row without increments, which no row with a price is.
fn terms(pricing: &Candidate<'_>, chosen: ChosenPrice, plan: &Plan) -> Option<Terms> {
    let (policies, row) = (&plan.policies, pricing.terms());
    Some(Terms {
        rate: chosen.rate,
        initial_rate: chosen.initial_rate,
        connect_fee: row.connect_fee,
        increment: row.increment?,
        grace_s: row.grace_s.unwrap_or(policies.grace_s),
        grace_mode: policies.grace_mode,
        increment_origin: policies.increment_origin,
        duration_rounding: policies.duration_rounding,
        decimals: policies.decimals,
        mode: policies.mode,
        min_charge: policies.min_charge,
        max_charge: policies.max_charge,
    })
}

/// R2 to R7, with the later increments by band where the plan says `split` (R11).
fn charge<T: Trace>(
    call: &Call<'_>,
    plan: &Plan,
    terms: &Terms,
    Found { pricing, asked }: Found<'_>,
    trace: &mut T,
) -> Result<Priced, Stop> {
    let priced = bill(terms, call.record.duration_ms, |later| match plan.policies.band_split {
        BandSplit::AtAnswer => Ok(ExactPrice::over(terms.rate, later.seconds())),
        BandSplit::Split => choose::split(pricing, asked, later, |begin, row, seconds| {
            trace.step("R11", || say::band(pricing.deck, begin, row, seconds));
        }),
    });
    priced.map_err(|reason| Stop { reason, beyond_ledger: reason == Reason::AmountOverflow })
}

/// R15 `amount_overflow`: no amount of a call is beyond 10^9 units.
fn limit(amounts: [Option<Amount>; 3]) -> Result<(), Stop> {
    let most = Amount::CHARGE_MAX.0.unsigned_abs();
    let magnitude = |amount: Option<Amount>| amount.map_or(u64::MAX, |amount| amount.0.unsigned_abs());
    let greatest = amounts.map(magnitude).into_iter().max().unwrap_or(0);
    match greatest {
        _ if greatest <= most => Ok(()),
        _ => Err(Stop { reason: Reason::AmountOverflow, beyond_ledger: greatest >= i64::MAX.unsigned_abs() }),
    }
}

/// A fee in base; at most what one call may cost, since an unanswered call is never rejected.
fn fee_in_base(fee: Amount, ratio: Option<Ratio>) -> Amount {
    ratio.map_or(Amount(0), |ratio| ratio.convert(fee).unwrap_or(Amount::CHARGE_MAX).min(Amount::CHARGE_MAX))
}
