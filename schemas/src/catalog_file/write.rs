//! The canonical text of a catalog: every value written out, keys sorted, instants in UTC; one text per content.

use didtron_domain::catalog::{
    Carrier, CatalogSpec, CountryLists, DeckRef, Interconnect, OriginSet, Plan, Quote, Service, TimeBand, TimeClass,
};
use didtron_domain::decimal::format_fixed;
use didtron_domain::{DialPrefix, Instant, Side};
use toml::{Table, Value};

/// Writes a catalog so that [`super::from_canonical`] reads the same one. Defaults are written out: a later change of
/// a default must not change what an old version says.
#[must_use]
pub fn to_canonical(spec: &CatalogSpec) -> String {
    let mut top = Table::new();
    if let Some(currency) = spec.base_currency {
        put(&mut top, "base_currency", currency.as_str());
    }
    put(&mut top, "holidays", spec.holidays.iter().map(ToString::to_string).collect::<Vec<_>>());
    for (kind, items) in tables(spec) {
        put(&mut top, kind, items);
    }
    top.to_string()
}

/// Each named thing of a catalog with its canonical text, under a key such as `deck base-out`: what two versions are
/// compared by. Things of one name (a second quote of a day) follow each other as `#2` and so on.
#[must_use]
pub fn canonical_items(spec: &CatalogSpec) -> Vec<(String, String)> {
    let top = [
        ("base_currency".to_owned(), spec.base_currency.map(|x| x.to_string()).unwrap_or_default()),
        ("holidays".to_owned(), spec.holidays.iter().map(|day| format!("{day}\n")).collect()),
    ];
    let mut items: Vec<_> = top.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    for (kind, tables) in tables(spec) {
        items.extend(tables.iter().map(|table| (format!("{kind} {}", item_name(table)), table.to_string())));
    }
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for (key, _) in &mut items {
        let count = seen.entry(key.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            *key = format!("{key} #{count}");
        }
    }
    items
}

fn item_name(table: &Table) -> String {
    let text = |key| table.get(key).and_then(Value::as_str).unwrap_or("");
    match table.get("name") {
        Some(_) => text("name").to_owned(),
        None => format!("{} {} {}", text("day"), text("from"), text("to")),
    }
}

fn tables(spec: &CatalogSpec) -> [(&'static str, Vec<Table>); 9] {
    [
        ("fx", spec.quotes.iter().map(quote).collect()),
        ("origin_set", spec.origin_sets.iter().map(origin_set).collect()),
        ("time_class", spec.time_classes.iter().map(time_class).collect()),
        ("country_lists", spec.country_lists.iter().map(country_lists).collect()),
        ("deck", spec.decks.iter().map(deck).collect()),
        ("plan", spec.plans.iter().map(plan).collect()),
        ("carrier", spec.carriers.iter().map(carrier).collect()),
        ("interconnect", spec.interconnects.iter().map(interconnect).collect()),
        ("service", spec.services.iter().map(service).collect()),
    ]
}

fn put(table: &mut Table, key: &str, value: impl Into<Value>) {
    table.insert(key.to_owned(), value.into());
}

fn put_some(table: &mut Table, key: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        put(table, key, value.to_string());
    }
}

fn named(name: &str) -> Table {
    let mut table = Table::new();
    put(&mut table, "name", name);
    table
}

fn prefixes(list: &[DialPrefix]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn quote(quote: &Quote) -> Table {
    let mut table = Table::new();
    let decimals = u8::try_from(quote.denominator.ilog10()).expect("a power of ten below 2^63 has at most 18 zeros");
    put(&mut table, "day", quote.day.to_string());
    put(&mut table, "from", quote.from.as_str());
    put(&mut table, "to", quote.to.as_str());
    put(&mut table, "rate", format_fixed(quote.numerator.into(), decimals));
    put(&mut table, "source", quote.source.as_str());
    table
}

fn origin_set(set: &OriginSet) -> Table {
    let mut table = named(&set.name);
    put(&mut table, "prefixes", prefixes(&set.prefixes));
    table
}

fn country_lists(lists: &CountryLists) -> Table {
    let mut table = named(&lists.name);
    put(&mut table, "caller", prefixes(&lists.caller));
    put(&mut table, "called", prefixes(&lists.called));
    table
}

fn time_class(class: &TimeClass) -> Table {
    let mut table = named(&class.name);
    put(&mut table, "bands", class.bands.iter().map(time_band).collect::<Vec<_>>());
    table
}

fn time_band(band: &TimeBand) -> Table {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let mut table = Table::new();
    put(&mut table, "days", band.days.iter().map(|day| day.as_str()).collect::<Vec<_>>());
    put(&mut table, "from", clock(band.from_minute));
    put(&mut table, "to", clock(band.to_minute));
    table
}

fn deck(deck: &DeckRef) -> Table {
    let mut table = named(&deck.head.name);
    put(&mut table, "direction", deck.head.direction.as_str());
    put(&mut table, "currency", deck.head.currency.as_str());
    put(&mut table, "zone", deck.head.zone.as_str());
    let increment = deck.head.increment.map(|scheme| format!("{}/{}", scheme.initial_s(), scheme.next_s()));
    put_some(&mut table, "increments", increment);
    put_some(&mut table, "country_lists", deck.head.country_lists.as_deref());
    put(&mut table, "versions", deck.versions.clone());
    table
}

fn plan(plan: &Plan) -> Table {
    let policies = &plan.policies;
    let mut table = named(&plan.name);
    put(&mut table, "decks", plan.decks.clone());
    put_some(&mut table, "attempt_fee", policies.attempt_fee);
    put(&mut table, "duration_rounding", policies.duration_rounding.as_str());
    put(&mut table, "grace_s", policies.grace_s);
    put(&mut table, "grace_mode", policies.grace_mode.as_str());
    put(&mut table, "increment_origin", policies.increment_origin.as_str());
    put(&mut table, "decimals", u32::from(policies.decimals));
    put(&mut table, "mode", policies.mode.as_str());
    put_some(&mut table, "min_charge", policies.min_charge);
    put_some(&mut table, "max_charge", policies.max_charge);
    put(&mut table, "band_split", policies.band_split.as_str());
    put(&mut table, "use_lrn", policies.use_lrn);
    put(&mut table, "fx_lag_days", u32::from(policies.fx_lag_days));
    put(&mut table, "fx_max_age_days", u32::from(policies.fx_max_age_days));
    table
}

fn carrier(carrier: &Carrier) -> Table {
    let mut table = named(&carrier.name);
    put(&mut table, "kind", carrier.kind.as_str());
    put(&mut table, "billing_model", carrier.billing_model.as_str());
    put(&mut table, "currency", carrier.currency.as_str());
    table
}

const fn direction(side: Side) -> &'static str {
    match side {
        Side::Customer => "ingress",
        Side::Supplier => "egress",
    }
}

fn interconnect(interconnect: &Interconnect) -> Table {
    let translation = |rule: &didtron_domain::catalog::Translation| {
        let mut table = Table::new();
        put(&mut table, "strip", rule.strip.as_str());
        put(&mut table, "add", rule.add.as_str());
        table
    };
    let mut table = named(&interconnect.name);
    put(&mut table, "carrier", interconnect.carrier.as_str());
    put(&mut table, "direction", direction(interconnect.direction));
    put(&mut table, "international_prefixes", interconnect.international_prefixes.clone());
    put(&mut table, "national", if interconnect.national_plus_one { "+1" } else { "" });
    put(&mut table, "tech_prefix_required", interconnect.tech_prefix_required);
    put(&mut table, "translations", interconnect.translations.iter().map(translation).collect::<Vec<_>>());
    table
}

fn service(service: &Service) -> Table {
    let mut table = named(&service.name);
    put(&mut table, "interconnect", service.interconnect.as_str());
    put(&mut table, "direction", direction(service.direction));
    put(&mut table, "tech_prefix", service.tech_prefix.as_str());
    put_validity(&mut table, service.from, service.to);
    let span = |plan: &didtron_domain::catalog::ServicePlan| {
        let mut table = named(&plan.plan);
        put_validity(&mut table, plan.from, plan.to);
        table
    };
    put(&mut table, "plans", service.plans.iter().map(span).collect::<Vec<_>>());
    table
}

/// A validity without a begin or an end is written without one.
fn put_validity(table: &mut Table, from: Instant, to: Instant) {
    put_some(table, "from", Some(from).filter(|at| *at != Instant::MIN));
    put_some(table, "to", Some(to).filter(|at| *at != Instant::MAX));
}
