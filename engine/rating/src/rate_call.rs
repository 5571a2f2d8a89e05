//! What one call costs, both sides: R1, R14 and R15 around the steps of each side.

use crate::catalog::Catalog;
use crate::catalog::decks::Deck;
use crate::catalog::plans::Plan;
use crate::choose::{self, Asked, Candidate};
use crate::fx::Ratio;
use crate::jurisdiction::{self, ChosenPrice};
use crate::leg::{LegNumber, leg_number};
use crate::number::begins_with;
use crate::price::{Priced, Terms, bill};
use crate::sentences as say;
use crate::service::{Interconnect, Service};
use crate::trace::{Silent, Trace};
use crate::warm::{CALLS_AT_A_TIME, Lookup, Warmer};
use didtron_domain::{
    Amount, BandSplit, CallBatch, CallRecord, E164, ExactPrice, RatedCall, RatedColumns, RatedRow, RatedSide, Reason,
    Rejection, Side,
};
use std::ops::Range;

/// Outcomes that become columns at a time: few enough to stay in a core's first cache.
const ROWS_AT_A_TIME: usize = 32;

/// Who stands on one side of a call (R14).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Party<'a> {
    /// The field is empty.
    Absent,
    /// It is filled and matches no interconnect of that direction.
    Unknown,
    Known(&'a Interconnect),
}

impl<'a> Party<'a> {
    const fn known(self) -> Option<&'a Interconnect> {
        match self {
            Self::Known(interconnect) => Some(interconnect),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// What is known of a call before it is rated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    ingress: Party<'a>,
    egress: Party<'a>,
    /// May lack what will be asked, and hold what will not.
    lookups: &'a [Lookup],
}

/// A record with its parties, and what both sides share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) record: &'a CallRecord<'a>,
    ingress: Party<'a>,
    egress: Party<'a>,
    lookups: &'a [Lookup],
    billable: bool,
    /// The caller's own number, where it is usable.
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

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug)]
struct Leg {
    side: Side,
    /// What the customer's side made of the number, where this is the supplier's.
    customers_number: Option<E164>,
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
        self.rate_known(call, self.known(call), &mut Silent)
    }

    /// The parties of a record, and nothing looked up.
    pub(crate) fn known(&self, call: &CallRecord<'_>) -> Known<'_> {
        let (ingress, egress) = (self.party(call.ingress, Side::Customer), self.party(call.egress, Side::Supplier));
        Known { ingress, egress, lookups: &[] }
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
        let sides = |row: usize| [ingress[batch.ingress.codes[row] as usize], egress[batch.egress.codes[row] as usize]];
        for begin in rows.clone().step_by(CALLS_AT_A_TIME) {
            let warmed = begin..rows.end.min(begin + CALLS_AT_A_TIME);
            for row in warmed.clone() {
                warmer.note(self, batch.called.get(row), batch.answer[row], sides(row).map(Party::known));
            }
            warmer.warm(self);
            for row in warmed {
                outcomes.push(if malformed.next_if_eq(&row).is_some() {
                    Err(MALFORMED)
                } else {
                    let [ingress, egress] = sides(row);
                    let known = Known { ingress, egress, lookups: warmer.lookups(row - begin) };
                    self.rate_known(&batch.call(row), known, &mut Silent)
                });
                if outcomes.len() == ROWS_AT_A_TIME {
                    out.extend(&outcomes);
                    outcomes.clear();
                }
            }
            warmer.clear();
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

    /// Rates a call whose parties are known, telling `trace` each step.
    pub(crate) fn rate_known<T: Trace>(
        &self,
        record: &CallRecord<'_>,
        Known { ingress, egress, lookups }: Known<'_>,
        trace: &mut T,
    ) -> Result<RatedCall, Rejection> {
        if matches!((ingress, egress), (Party::Absent, Party::Absent)) {
            return Err(MALFORMED);
        }
        // R9: the caller is read by the habits of the customer's interconnect, else of the supplier's.
        let habits = ingress.known().or_else(|| egress.known());
        let caller = habits.and_then(|known| known.treatment.last_steps(record.caller.as_bytes()).number);
        let call = Call { record, ingress, egress, lookups, billable: record.is_billable(), caller };
        trace.step("R1", || say::billable(record));
        // R14: both sides, independently; only the number may come from the customer's side to the supplier's.
        let customer = (!matches!(ingress, Party::Absent)).then(|| self.rate_side(&call, Side::Customer, None, trace));
        let number = customer.as_ref().and_then(|side| side.found.number);
        let supplier = (!matches!(egress, Party::Absent)).then(|| self.rate_side(&call, Side::Supplier, number, trace));
        trace.side(None);
        let rated = RatedCall { customer: customer.map(|side| side.found), supplier: supplier.map(|side| side.found) };
        let outcome = match call.billable.then(|| rejection(customer.as_ref(), supplier.as_ref())).flatten() {
            Some(rejection) => Err(rejection),
            None => Ok(rated),
        };
        trace.step("R14, R15", || say::outcome(&outcome, self.base_currency));
        outcome
    }

    fn rate_side<'a, T: Trace>(
        &'a self,
        call: &Call<'a>,
        side: Side,
        customers_number: Option<E164>,
        trace: &mut T,
    ) -> Sided<'a> {
        trace.side(Some(side));
        let mut sided = Sided::default();
        let stop = self.find_side(call, Leg { side, customers_number }, &mut sided, trace).err();
        if call.billable {
            sided.stop = stop;
        } else {
            // R1: nothing of a call that is not billable is rejected, and nothing but the attempt fee is due.
            self.owe_attempt_fee(call, side, &mut sided, trace);
        }
        if let Some(stop) = stop {
            trace.step("R15", || say::stopped(stop.reason, call.billable));
        }
        sided
    }

    /// R9 to R13 for one side, from top to bottom; `sided` holds what was found when a step stops it.
    fn find_side<'a, T: Trace>(
        &'a self,
        call: &Call<'a>,
        Leg { side, customers_number }: Leg,
        sided: &mut Sided<'a>,
        trace: &mut T,
    ) -> Result<(), Stop> {
        let (record, at) = (call.record, call.record.answer);
        let (party, unknown) = match side {
            Side::Customer => (call.ingress, Reason::UnknownCustomer),
            Side::Supplier => (call.egress, Reason::UnknownSupplier),
        };
        let interconnect = party.known().ok_or(unknown)?;
        sided.found.carrier = Some(interconnect.carrier);
        sided.found.interconnect = Some(interconnect.id);
        sided.found.account_currency = Some(interconnect.currency);
        trace.step("R14", || say::party(interconnect));
        // R9: service and number. What carries no tech prefix cannot tell services apart.
        let leg = leg_number(record, side);
        let service = match leg {
            LegNumber::AsReceived(text) => interconnect.service_for(text, at),
            LegNumber::Clean(_) | LegNumber::Customers => interconnect.service_alone(at),
        };
        let service = service.ok_or(Reason::NoService)?;
        sided.found.service = Some(service.id);
        trace.step("R9", || say::service(service, leg));
        sided.found.number = treat(interconnect, service, leg, customers_number, trace);
        let plan = &self.plans[service.plan_at(at).ok_or(Reason::NoPlanInForce)?];
        sided.plan = Some(plan);
        trace.step("R11", || say::plan(plan, &self.decks, at));
        let number = sided.found.number.ok_or(Reason::InvalidNumber)?;
        let looked_up = self.looked_up(call, plan, number, trace);
        sided.found.looked_up = Some(looked_up);
        // R10 to R12: which row, and which of its prices.
        let asked = Asked { number: looked_up, caller: call.caller, at, lookups: call.lookups };
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
        trace.step("R2 to R7", || say::charge(&terms, &priced, record.duration_ms, pricing.deck.currency));
        // R13: the account's currency and base.
        self.convert(call, Between { interconnect, plan, deck: pricing.deck }, sided, trace)
    }

    /// R9: a plan on LRN looks up the LRN when there is a usable one, by the habits that the caller is read by.
    fn looked_up<T: Trace>(&self, call: &Call<'_>, plan: &Plan, number: E164, trace: &mut T) -> E164 {
        if !plan.policies.use_lrn || call.record.lrn.is_empty() {
            return number;
        }
        let habits = call.ingress.known().or_else(|| call.egress.known());
        let lrn = habits.and_then(|known| known.treatment.last_steps(call.record.lrn.as_bytes()).number);
        trace.step("R9", || say::lrn(call.record.lrn, lrn));
        lrn.unwrap_or(number)
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
    fn owe_attempt_fee<T: Trace>(&self, call: &Call<'_>, side: Side, sided: &mut Sided<'_>, trace: &mut T) {
        let named = !call.record.marked_answered && !call.record.egress.is_empty();
        let last = side == Side::Supplier || call.record.last_attempt;
        let party = if side == Side::Customer { call.ingress } else { call.egress };
        let (Some(fee), Some(interconnect)) = (sided.plan.and_then(|plan| plan.policies.attempt_fee), party.known())
        else {
            return;
        };
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

/// R9: the number of a side, from its own leg or from what the customer's side made of it.
fn treat<T: Trace>(
    interconnect: &Interconnect,
    service: &Service,
    leg: LegNumber<'_>,
    customers_number: Option<E164>,
    trace: &mut T,
) -> Option<E164> {
    let habits = &interconnect.treatment;
    let (text, treated) = match leg {
        LegNumber::AsReceived(text) => {
            let fits = begins_with(text.as_bytes(), &service.tech_prefix);
            (text, habits.treat(&text[if fits { service.tech_prefix.len() } else { 0 }..]))
        }
        LegNumber::Clean(text) => (text, habits.last_steps(text.as_bytes())),
        LegNumber::Customers => {
            trace.step("R9", || say::customers_number(customers_number));
            return customers_number;
        }
    };
    let tech_prefix = if matches!(leg, LegNumber::Clean(_)) { "" } else { service.tech_prefix.as_str() };
    trace.step("R9", || say::number(text, tech_prefix, habits, treated));
    treated.number
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
