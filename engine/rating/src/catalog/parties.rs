//! Legality of carriers, interconnects and services, and their compiled form.

use crate::catalog::findings::Findings;
use crate::catalog::plans::Plan;
use crate::fx::FxBook;
use crate::number::Treatment;
use crate::service::{Interconnect, PlanSpan, Service};
use didtron_domain::catalog::{self as spec, CarrierKind, CatalogSpec};
use didtron_domain::{Currency, NameId, Side};
use rustc_hash::FxHashMap;

/// What the compiled parties are made with.
pub(crate) struct Surroundings<'a> {
    pub(crate) spec: &'a CatalogSpec,
    pub(crate) plans: &'a [Plan],
    /// The currencies of the decks, by position.
    pub(crate) currencies: &'a [Currency],
    pub(crate) fx: &'a FxBook,
    pub(crate) ids: &'a dyn Fn(&str) -> NameId,
}

/// Checks everything that needs no deck.
pub(crate) fn check(spec: &CatalogSpec, findings: &mut Findings) {
    findings.names("carrier", spec.carriers.iter().map(|x| x.name.as_str()));
    findings.names("interconnect", spec.interconnects.iter().map(|x| x.name.as_str()));
    findings.names("service", spec.services.iter().map(|x| x.name.as_str()));
    for interconnect in &spec.interconnects {
        check_interconnect(spec, interconnect, findings);
    }
    for service in &spec.services {
        check_service(spec, service, findings);
    }
    if spec.base_currency.is_none() && !spec.services.is_empty() {
        findings.add("base_currency", "is not given, but there are services to rate; name the currency of the margin");
    }
}

fn check_interconnect(spec: &CatalogSpec, interconnect: &spec::Interconnect, findings: &mut Findings) {
    let place = format!("interconnect {}", interconnect.name);
    match spec.carriers.iter().find(|carrier| carrier.name == interconnect.carrier) {
        None => findings.add(&place, format!("its carrier {:?} is not in the catalog", interconnect.carrier)),
        Some(carrier) => {
            let fits = match carrier.kind {
                CarrierKind::Bilateral => true,
                CarrierKind::Customer => interconnect.direction == Side::Customer,
                CarrierKind::Supplier => interconnect.direction == Side::Supplier,
            };
            let (kind, way) = (carrier.kind.as_str(), direction(interconnect.direction));
            let message =
                format!("its direction is {way}, but carrier {} is a {kind}; use bilateral for both", carrier.name);
            findings.check(!fits, &place, &message);
        }
    }
    let empty = interconnect.international_prefixes.iter().any(String::is_empty);
    findings.check(empty, &place, "an international prefix is empty; leave it out");
    check_tech_prefixes(spec, interconnect, &place, findings);
}

fn check_tech_prefixes(spec: &CatalogSpec, interconnect: &spec::Interconnect, place: &str, findings: &mut Findings) {
    let services: Vec<_> = spec.services.iter().filter(|service| service.interconnect == interconnect.name).collect();
    for (at, one) in services.iter().enumerate() {
        let without = interconnect.tech_prefix_required && one.tech_prefix.is_empty();
        let message = format!("demands a tech prefix on every call, but service {} has none; give it one", one.name);
        findings.check(without, place, &message);
        for other in &services[at + 1..] {
            if one.tech_prefix == other.tech_prefix && one.from < other.to && other.from < one.to {
                let prefix = if one.tech_prefix.is_empty() {
                    "no tech prefix".to_owned()
                } else {
                    format!("tech prefix {}", one.tech_prefix)
                };
                findings.add(
                    place,
                    format!(
                        "services {} and {} have {prefix} at one time; end one or tell them apart",
                        one.name, other.name
                    ),
                );
            }
        }
    }
}

fn check_service(spec: &CatalogSpec, service: &spec::Service, findings: &mut Findings) {
    let place = format!("service {}", service.name);
    match spec.interconnects.iter().find(|interconnect| interconnect.name == service.interconnect) {
        None => findings.add(&place, format!("its interconnect {:?} is not in the catalog", service.interconnect)),
        Some(interconnect) => {
            let (own, trunk) = (direction(service.direction), direction(interconnect.direction));
            let message = format!(
                "its direction is {own}, that of interconnect {} is {trunk}; make them the same",
                interconnect.name
            );
            findings.check(service.direction != interconnect.direction, &place, &message);
        }
    }
    findings.check(service.from >= service.to, &place, "ends before it begins; its validity is half-open [from, to)");
    findings.check(service.plans.is_empty(), &place, "has no plan; name one");
    for (at, span) in service.plans.iter().enumerate() {
        check_plan_of_service(spec, service, span, &place, findings);
        let message = format!("plan {} ends before it begins; its time is half-open [from, to)", span.plan);
        findings.check(span.from >= span.to, &place, &message);
        for other in &service.plans[at + 1..] {
            let both = span.from < other.to && other.from < span.to;
            let message = format!(
                "plans {} and {} are in force at one time; end one where the other begins",
                span.plan, other.plan
            );
            findings.check(both, &place, &message);
        }
    }
}

fn check_plan_of_service(
    spec: &CatalogSpec,
    service: &spec::Service,
    span: &spec::ServicePlan,
    place: &str,
    findings: &mut Findings,
) {
    let Some(plan) = spec.plans.iter().find(|plan| plan.name == span.plan) else {
        findings.add(place, format!("its plan {:?} is not in the catalog", span.plan));
        return;
    };
    for deck in spec.decks.iter().filter(|deck| plan.decks.contains(&deck.head.name)) {
        let (own, side) = (direction(service.direction), deck.head.direction.as_str());
        let message =
            format!("is {own}, but deck {} of its plan {} prices the {side}'s side", deck.head.name, plan.name);
        findings.check(deck.head.direction != service.direction, place, &message);
    }
}

const fn direction(side: Side) -> &'static str {
    match side {
        Side::Customer => "ingress",
        Side::Supplier => "egress",
    }
}

/// Compiles the interconnects of a catalog without findings, and an index of their names.
pub(crate) fn compile(
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> (Vec<Interconnect>, FxHashMap<String, u32>) {
    let mut interconnects = Vec::with_capacity(around.spec.interconnects.len());
    let mut by_name = FxHashMap::default();
    for interconnect in &around.spec.interconnects {
        let Some(carrier) = around.spec.carriers.iter().find(|carrier| carrier.name == interconnect.carrier) else {
            continue;
        };
        let compiled = compile_interconnect(around, interconnect, carrier);
        check_fees(around, &compiled, findings);
        let at = u32::try_from(interconnects.len()).expect("fewer interconnects than 2^32");
        by_name.insert(interconnect.name.clone(), at);
        interconnects.push(compiled);
    }
    (interconnects, by_name)
}

fn compile_interconnect(around: &Surroundings<'_>, own: &spec::Interconnect, carrier: &spec::Carrier) -> Interconnect {
    let services = around.spec.services.iter().filter(|service| service.interconnect == own.name);
    let base = around.spec.base_currency.unwrap_or(carrier.currency);
    Interconnect {
        id: (around.ids)(&own.name),
        name: own.name.clone(),
        direction: own.direction,
        carrier: (around.ids)(&carrier.name),
        carrier_name: carrier.name.clone(),
        currency: carrier.currency,
        to_account: around.currencies.iter().map(|&from| around.fx.route(from, carrier.currency)).collect(),
        account_to_base: around.fx.route(carrier.currency, base),
        treatment: Treatment::new(own),
        tech_prefix_required: own.tech_prefix_required,
        services: services.map(|service| compile_service(around, service)).collect(),
    }
}

fn compile_service(around: &Surroundings<'_>, service: &spec::Service) -> Service {
    let position = |name: &str| around.plans.iter().position(|plan| plan.name == name);
    let span = |span: &spec::ServicePlan| {
        let plan = u32::try_from(position(&span.plan)?).ok()?;
        Some(PlanSpan { from: span.from, to: span.to, plan })
    };
    Service {
        id: (around.ids)(&service.name),
        name: service.name.clone(),
        tech_prefix: service.tech_prefix.clone(),
        from: service.from,
        to: service.to,
        plans: service.plans.iter().filter_map(span).collect(),
    }
}

/// A fee is due whatever the quotes' age, so there must be one.
fn check_fees(around: &Surroundings<'_>, interconnect: &Interconnect, findings: &mut Findings) {
    if around.fx.leads(interconnect.account_to_base) {
        return;
    }
    for service in &interconnect.services {
        let charged = |span: &&PlanSpan| around.plans[span.plan as usize].policies.attempt_fee.is_some();
        if let Some(span) = service.plans.iter().find(charged) {
            let plan = &around.plans[span.plan as usize].name;
            let message = format!(
                "plan {plan} has an attempt fee in {}, but no quote leads to the base currency; give one",
                interconnect.currency
            );
            findings.add(format!("service {}", service.name), message);
        }
    }
}
