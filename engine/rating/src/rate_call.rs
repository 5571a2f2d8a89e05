//! What one call costs, both sides: R1, R14 and R15 around the steps of each side.

use crate::catalog::Catalog;
use crate::catalog::decks::Deck;
use crate::catalog::plans::Plan;
use crate::choose::{self, Asked, Candidate};
use crate::conversion::{Conversion, Conversions};
use crate::front::{Front, Fronts, Party};
use crate::fx::Ratio;
use crate::jurisdiction::{self, ChosenPrice};
use crate::leg::Dialled;
use crate::price::columns::Charged;
use crate::price::{Priced, Terms, bill};
use crate::sentences as say;
use crate::service::Interconnect;
use crate::trace::{Silent, Trace};
use didtron_domain::{
    Amount, BandSplit, CallRecord, Day, E164, ExactPrice, Found, Instant, Price, RatedCall, RatedColumns, RatedRow,
    Reason, Rejection, Side, SideColumns,
};
use didtron_rate_tables::Longest;

/// What both sides of a call share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// The answer.
    pub(crate) at: Instant,
    pub(crate) duration_ms: u64,
    pub(crate) marked_answered: bool,
    pub(crate) last_attempt: bool,
    /// Whether it names one.
    pub(crate) has_supplier: bool,
    /// The caller's own number, where it is usable and may be asked for.
    pub(crate) caller: Option<E164>,
}

impl Call {
    /// R1.
    pub(crate) const fn is_billable(&self) -> bool {
        self.marked_answered && self.duration_ms > 0
    }
}

/// Why a side cannot be rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
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
pub(crate) struct Half<'f, 'a> {
    pub(crate) call: &'f Call,
    pub(crate) side: Side,
    pub(crate) front: &'f Front<'a>,
    /// The longest prefix in each deck of its plan, or nothing where they were not looked up.
    pub(crate) longest: &'f [Option<Longest>],
}

/// What a conversion (R13) lies between: the deck's currency and the account's, by the plan's reach.
#[derive(Clone, Copy, Debug)]
struct Between<'a> {
    /// Of the answer.
    day: Day,
    interconnect: &'a Interconnect,
    plan: &'a Plan,
    deck: &'a Deck,
}

/// The row that prices a call, and what was asked to find it.
#[derive(Clone, Copy, Debug)]
struct Pricing<'a> {
    row: Candidate<'a>,
    asked: Asked<'a>,
}

/// Where a side's columns take what is found of it.
#[derive(Debug)]
pub(crate) struct SideRow<'c> {
    columns: &'c mut SideColumns,
    row: usize,
    /// What was found so far; put into its column at the end.
    found: Found,
}

impl<'c> SideRow<'c> {
    pub(crate) const fn new(columns: &'c mut SideColumns, row: usize) -> Self {
        Self { columns, row, found: Found::SIDE }
    }

    /// A side whose price is `rate` by this row, and nothing more where the call is not billable.
    #[inline]
    pub(crate) fn take_plain(&mut self, front: &Front<'_>, row: &Candidate<'_>, rate: Price) {
        self.take_front(front);
        let chosen = ChosenPrice { rate, initial_rate: None, jurisdiction: None };
        self.found |= self.columns.set_row(self.row, &rated_row(row, chosen));
        self.columns.found[self.row] = self.found;
    }

    /// What a billable call costs; `false`, and nothing is taken, where an amount is beyond its limit (R15).
    #[inline]
    pub(crate) fn take_charged(&mut self, charged: Charged, conversion: &Conversion) -> bool {
        let charge = Amount(charged.charge);
        let amounts = conversion.amounts(charge);
        let ([Some(amount), Some(base_amount)], Ok(())) = (amounts, limit([Some(charge), amounts[0], amounts[1]]))
        else {
            return false;
        };
        let Self { columns, row, found } = self;
        columns.whole_s[*row] = charged.whole_s.into();
        columns.billed_s[*row] = charged.billed_s.into();
        (columns.charge[*row], columns.amount[*row]) = (charge.0, amount.0);
        columns.base_amount[*row] = base_amount.0;
        *found |= columns.set_fx(*row, conversion.to_account.shown, conversion.to_account.day);
        columns.found[*row] = *found;
        true
    }

    /// Who, by which service, and for which number.
    #[inline]
    fn take_front(&mut self, front: &Front<'_>) {
        let Self { columns, row, found } = self;
        if let Some(known) = front.interconnect {
            *found |= Found::CARRIER | Found::INTERCONNECT | Found::ACCOUNT_CURRENCY;
            columns.carrier[*row] = known.carrier.0;
            columns.interconnect[*row] = known.id.0;
            columns.account_currency[*row] = known.currency.to_bits();
        }
        if let Some(service) = front.service {
            *found |= Found::SERVICE;
            columns.service[*row] = service.id.0;
        }
        *found |= columns.set_number(*row, front.number, front.looked_up.or(front.number));
    }

    fn charge(&self) -> Amount {
        Amount(self.columns.charge[self.row])
    }
}

/// What R15 asks of a side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) charge: Amount,
    pub(crate) stop: Option<Stop>,
}

impl Verdict {
    /// The charge, where there is one to show (R15).
    fn charge(&self) -> Option<Amount> {
        match self.stop {
            None | Some(Stop { reason: Reason::AmountOverflow, beyond_ledger: false }) => Some(self.charge),
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
    pub(crate) fn rate_traced<T: Trace>(&self, record: &CallRecord<'_>, trace: &mut T) -> Result<RatedCall, Rejection> {
        let parties = [self.party(record.ingress, Side::Customer), self.party(record.egress, Side::Supplier)];
        trace.step("R1", || say::billable(record));
        let fronts = self.fronts(&Dialled::of(record), parties, trace);
        self.rate_fronts(record, &fronts, trace)
    }

    /// The party behind a field (R14).
    pub(crate) fn party(&self, name: &str, side: Side) -> Party<'_> {
        if name.is_empty() {
            return Party::Absent;
        }
        let found = self.by_name.get(name).map(|&at| &self.interconnects[at as usize]);
        found.filter(|known| known.direction == side).map_or(Party::Unknown, Party::Known)
    }

    fn rate_fronts<T: Trace>(
        &self,
        record: &CallRecord<'_>,
        fronts: &Fronts<'_>,
        trace: &mut T,
    ) -> Result<RatedCall, Rejection> {
        if fronts.customer.is_none() && fronts.supplier.is_none() {
            return Err(MALFORMED);
        }
        // R9: the caller is read by the habits of the customer's interconnect, else of the supplier's.
        let caller = fronts.habits.and_then(|known| known.treatment.last_steps(record.caller.as_bytes()).number);
        let call = Call {
            at: record.answer,
            duration_ms: record.duration_ms,
            marked_answered: record.marked_answered,
            last_attempt: record.last_attempt,
            has_supplier: !record.egress.is_empty(),
            caller,
        };
        let conversions = &mut Conversions::new(&self.fx);
        let mut rated = RatedColumns::default();
        rated.resize(1);
        let mut rate = |side, columns: &mut SideColumns, front: &Option<Front<'_>>| {
            front.as_ref().map(|front| {
                let found = &mut SideRow::new(columns, 0);
                let stop = self.rate_side(Half { call: &call, side, front, longest: &[] }, found, conversions, trace);
                Verdict { charge: found.charge(), stop }
            })
        };
        let customer = rate(Side::Customer, &mut rated.customer, &fronts.customer);
        let supplier = rate(Side::Supplier, &mut rated.supplier, &fronts.supplier);
        trace.side(None);
        let outcome = match rejection(customer, supplier) {
            Some(rejection) => Err(rejection),
            None => rated.get(0),
        };
        trace.step("R14, R15", || say::outcome(&outcome, self.base_currency));
        outcome
    }

    /// One side of a call whose front is known (R10 to R13, and the fee of R1); what stops it, where that matters.
    #[inline]
    pub(crate) fn rate_side<T: Trace>(
        &self,
        half: Half<'_, '_>,
        found: &mut SideRow<'_>,
        conversions: &mut Conversions<'_>,
        trace: &mut T,
    ) -> Option<Stop> {
        let call = half.call;
        trace.side(Some(half.side));
        found.take_front(half.front);
        let stop = match half.front.stop {
            Some(reason) => Some(reason.into()),
            None => self.find_side(half, found, conversions, trace).err(),
        };
        found.columns.found[found.row] = found.found;
        if let Some(stop) = stop {
            trace.step("R15", || say::stopped(stop.reason, call.is_billable()));
        }
        if call.is_billable() {
            return stop;
        }
        // R1: nothing of a call that is not billable is rejected, and nothing but the attempt fee is due.
        self.owe_attempt_fee(half, found, trace);
        None
    }

    /// R10 to R13 for one side, from top to bottom; `found` holds what was found when a step stops it.
    #[inline]
    fn find_side<T: Trace>(
        &self,
        Half { call, side, front, longest }: Half<'_, '_>,
        found: &mut SideRow<'_>,
        conversions: &mut Conversions<'_>,
        trace: &mut T,
    ) -> Result<(), Stop> {
        let (Some(interconnect), Some(plan), Some(number)) = (front.interconnect, front.plan, front.looked_up) else {
            unreachable!("a front that nothing stops is whole");
        };
        // R10 to R12: which row, and which of its prices.
        let asked = Asked { number, caller: call.caller, at: call.at, longest };
        if T::KEEPS {
            say::candidates(&self.decks, plan, asked, trace);
        }
        let choice = choose::choose(&self.decks, &plan.decks, asked).ok_or(Reason::NoRate)?;
        trace.step("R10", || say::choice(&choice, number));
        if choice.is_blocked() {
            found.found |= Found::BLOCKED;
            if side == Side::Customer && call.is_billable() {
                return Err(Reason::BlockedDestination.into());
            }
        }
        let (row, row_price) = choice.pricing().ok_or(Reason::NoRate)?;
        let chosen = jurisdiction::choose(row_price, row.deck, asked.number, asked.caller);
        found.found |= found.columns.set_row(found.row, &rated_row(&row, chosen));
        trace.step("R12", || say::jurisdiction(chosen, asked, row.deck));
        if !call.is_billable() {
            return Ok(());
        }
        // R2 to R7, R11: the charge.
        let terms = terms(&row, chosen, plan).ok_or(Reason::NoRate)?;
        let priced = charge(call, plan, &terms, Pricing { row, asked }, trace)?;
        found.columns.whole_s[found.row] = priced.whole_s;
        found.columns.billed_s[found.row] = priced.billed_s;
        found.columns.charge[found.row] = priced.charge.0;
        trace.step("R2 to R7", || say::charge(&terms, &priced, call.duration_ms, row.deck.currency));
        // R13: the account's currency and base.
        let between = Between { day: call.at.day(), interconnect, plan, deck: row.deck };
        self.convert(between, found, conversions, trace)
    }

    /// R13 and the last reason of R15: both conversions, then the limit of each amount.
    #[inline(always)]
    fn convert<T: Trace>(
        &self,
        Between { day, interconnect, plan, deck }: Between<'_>,
        found: &mut SideRow<'_>,
        conversions: &mut Conversions<'_>,
        trace: &mut T,
    ) -> Result<(), Stop> {
        let conversion = conversions.get(interconnect, deck, day, plan.reach()).ok_or(Reason::NoFxRate)?;
        let (to_account, to_base) = (&conversion.to_account, &conversion.to_base);
        let charge = found.charge();
        let [amount, base_amount] = conversion.amounts(charge);
        found.columns.amount[found.row] = amount.map_or(0, |amount| amount.0);
        found.columns.base_amount[found.row] = base_amount.map_or(0, |amount| amount.0);
        found.found |= found.columns.set_fx(found.row, to_account.shown, to_account.day);
        let base = self.base_currency.unwrap_or(deck.currency);
        trace.step("R13", || say::conversion(&self.fx, to_account, (deck.currency, interconnect.currency), amount));
        trace.step("R13", || say::conversion(&self.fx, to_base, (deck.currency, base), base_amount));
        limit([Some(charge), amount, base_amount])
    }

    /// R1: the attempt fee of a record that was not answered and names a supplier.
    fn owe_attempt_fee<T: Trace>(
        &self,
        Half { call, side, front, .. }: Half<'_, '_>,
        found: &mut SideRow<'_>,
        trace: &mut T,
    ) {
        let named = !call.marked_answered && call.has_supplier;
        let last = side == Side::Supplier || call.last_attempt;
        let Some((plan, interconnect)) = front.plan.zip(front.interconnect) else { return };
        let Some(fee) = plan.policies.attempt_fee.filter(|_| named && last) else { return };
        let ratio = self.fx.ratio_at_any_age(interconnect.account_to_base, call.at.day(), plan.reach());
        let base_amount = fee_in_base(fee, ratio);
        let SideRow { columns, row, found } = found;
        columns.charge[*row] = fee.0;
        columns.amount[*row] = fee.0;
        columns.base_amount[*row] = base_amount.0;
        if found.has(Found::ROW) {
            columns.currency[*row] = interconnect.currency.to_bits();
        }
        trace.step("R1", || say::attempt_fee(fee, interconnect.currency, base_amount));
    }
}

/// What rejects a record that is not understood, or that names nobody.
pub(crate) const MALFORMED: Rejection =
    Rejection { reason: Reason::MalformedRecord, side: None, customer_charge: None, supplier_charge: None };

/// The first reason of both sides in the order of R15; the customer's side when both have it. `None`: nothing stops it.
pub(crate) fn rejection(customer: Option<Verdict>, supplier: Option<Verdict>) -> Option<Rejection> {
    let stopped = |side: &Option<Verdict>, name: Side| {
        side.as_ref().and_then(|side| side.stop).map(|stop| (stop.reason, !stop.beyond_ledger, name))
    };
    let first = [stopped(&customer, Side::Customer), stopped(&supplier, Side::Supplier)].into_iter().flatten().min()?;
    Some(Rejection {
        reason: first.0,
        side: Some(first.2),
        customer_charge: customer.as_ref().and_then(Verdict::charge),
        supplier_charge: supplier.as_ref().and_then(Verdict::charge),
    })
}

#[inline]
fn rated_row(pricing: &Candidate<'_>, chosen: ChosenPrice) -> RatedRow {
    let (deck, row) = (pricing.deck, pricing.row);
    RatedRow {
        prefix_length: pricing.prefix_length,
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
#[inline(always)]
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
#[inline(always)]
fn charge<T: Trace>(
    call: &Call,
    plan: &Plan,
    terms: &Terms,
    Pricing { row, asked }: Pricing<'_>,
    trace: &mut T,
) -> Result<Priced, Stop> {
    let priced = bill(terms, call.duration_ms, |later| match plan.policies.band_split {
        BandSplit::AtAnswer => Ok(ExactPrice::over(terms.rate, later.seconds())),
        BandSplit::Split => choose::split(row, asked, later, |begin, band, seconds| {
            trace.step("R11", || say::band(row.deck, begin, band, seconds));
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
