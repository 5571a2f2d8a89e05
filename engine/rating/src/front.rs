//! The front of each side of a call: who, by which service and plan, and for which number (R14, R9, R11). All that is
//! asked before a row is chosen.

use crate::catalog::Catalog;
use crate::catalog::plans::Plan;
use crate::leg::{Dialled, LegNumber};
use crate::number::begins_with;
use crate::sentences as say;
use crate::service::{Interconnect, Service};
use crate::trace::Trace;
use didtron_domain::{E164, Reason, Side};

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
    pub(crate) const fn known(self) -> Option<&'a Interconnect> {
        match self {
            Self::Known(interconnect) => Some(interconnect),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// One side as far as it goes; what it has not come to is absent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Front<'a> {
    pub(crate) interconnect: Option<&'a Interconnect>,
    pub(crate) service: Option<&'a Service>,
    pub(crate) plan: Option<&'a Plan>,
    pub(crate) number: Option<E164>,
    /// The number, or the LRN where the plan takes it.
    pub(crate) looked_up: Option<E164>,
    /// What stops it.
    pub(crate) stop: Option<Reason>,
}

/// Both sides; an absent one has none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fronts<'a> {
    pub(crate) customer: Option<Front<'a>>,
    pub(crate) supplier: Option<Front<'a>>,
    /// Whose habits numbers without a side have: the customer's interconnect, else the supplier's.
    pub(crate) habits: Option<&'a Interconnect>,
}

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a> {
    pub(crate) side: Side,
    pub(crate) party: Party<'a>,
    pub(crate) habits: Option<&'a Interconnect>,
    /// What the customer's side made of the number, where this is the supplier's.
    pub(crate) customers_number: Option<E164>,
}

impl Catalog {
    /// Both sides, independently; only the number may come from the customer's side to the supplier's (R14).
    #[inline]
    pub(crate) fn fronts<'a, T: Trace>(
        &'a self,
        dialled: &Dialled<'_>,
        [ingress, egress]: [Party<'a>; 2],
        trace: &mut T,
    ) -> Fronts<'a> {
        let habits = ingress.known().or_else(|| egress.known());
        let customer = (!matches!(ingress, Party::Absent)).then(|| {
            self.front(dialled, Leg { side: Side::Customer, party: ingress, habits, customers_number: None }, trace)
        });
        let customers_number = customer.and_then(|side| side.number);
        let supplier = (!matches!(egress, Party::Absent))
            .then(|| self.front(dialled, Leg { side: Side::Supplier, party: egress, habits, customers_number }, trace));
        trace.side(None);
        Fronts { customer, supplier, habits }
    }

    pub(crate) fn front<'a, T: Trace>(&'a self, dialled: &Dialled<'_>, leg: Leg<'a>, trace: &mut T) -> Front<'a> {
        trace.side(Some(leg.side));
        let mut front = Front::default();
        front.stop = self.find_front(dialled, leg, &mut front, trace).err();
        front
    }

    /// The front of most calls: of the only service and plan of an interconnect, without a tech prefix, for a number
    /// in the usual form. `None`: of any other call, and of one that is stopped.
    #[inline(always)]
    pub(crate) fn usual_front<'a>(
        &'a self,
        dialled: &Dialled<'_>,
        Leg { side, party, customers_number, .. }: Leg<'a>,
    ) -> Option<Front<'a>> {
        let interconnect = party.known()?;
        let [service] = &*interconnect.services else { return None };
        let ([span], at) = (&*service.plans, dialled.at) else { return None };
        let in_force = (service.from <= at) & (at < service.to) & (span.from <= at) & (at < span.to);
        let plan = &self.plans[span.plan as usize];
        if !in_force || !service.tech_prefix.is_empty() || plan.policies.use_lrn {
            return None;
        }
        let number = match dialled.of_leg(side) {
            LegNumber::AsReceived(text) | LegNumber::Clean(text) => interconnect.treatment.usual(text.as_bytes()),
            LegNumber::Customers => customers_number,
        };
        Some(Front {
            interconnect: Some(interconnect),
            service: Some(service),
            plan: Some(plan),
            number: Some(number?),
            looked_up: number,
            stop: None,
        })
    }

    /// From top to bottom; `front` holds what was found when a step stops it.
    fn find_front<'a, T: Trace>(
        &'a self,
        dialled: &Dialled<'_>,
        Leg { side, party, habits, customers_number }: Leg<'a>,
        front: &mut Front<'a>,
        trace: &mut T,
    ) -> Result<(), Reason> {
        let unknown = match side {
            Side::Customer => Reason::UnknownCustomer,
            Side::Supplier => Reason::UnknownSupplier,
        };
        let interconnect = party.known().ok_or(unknown)?;
        front.interconnect = Some(interconnect);
        trace.step("R14", || say::party(interconnect));
        // R9: service and number. What carries no tech prefix cannot tell services apart.
        let (leg, at) = (dialled.of_leg(side), dialled.at);
        let service = match leg {
            LegNumber::AsReceived(text) => interconnect.service_for(text, at),
            LegNumber::Clean(_) | LegNumber::Customers => interconnect.service_alone(at),
        };
        let service = service.ok_or(Reason::NoService)?;
        front.service = Some(service);
        trace.step("R9", || say::service(service, leg));
        front.number = treat(interconnect, service, leg, customers_number, trace);
        let plan = &self.plans[service.plan_at(at).ok_or(Reason::NoPlanInForce)?];
        front.plan = Some(plan);
        trace.step("R11", || say::plan(plan, &self.decks, at));
        let number = front.number.ok_or(Reason::InvalidNumber)?;
        front.looked_up = Some(looked_up(dialled.lrn, plan, number, habits, trace));
        Ok(())
    }
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

/// R9: a plan on LRN looks up the LRN when there is a usable one, by the habits that the caller is read by.
fn looked_up<T: Trace>(text: &str, plan: &Plan, number: E164, habits: Option<&Interconnect>, trace: &mut T) -> E164 {
    if !plan.policies.use_lrn || text.is_empty() {
        return number;
    }
    let lrn = habits.and_then(|known| known.treatment.last_steps(text.as_bytes()).number);
    trace.step("R9", || say::lrn(text, lrn));
    lrn.unwrap_or(number)
}
