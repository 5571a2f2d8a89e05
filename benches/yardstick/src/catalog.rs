//! `catalog.toml` as far as the demo world uses it.

use crate::deck::{self, Deck};
use crate::interconnect::{Carrier, Direction, Interconnect, Service};
use crate::plan::Plan;
use crate::when::{Validity, When};
use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// All that rating asks.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) base_currency: String,
    interconnects: HashMap<String, Interconnect>,
    /// By currency and day what one unit is in the base currency.
    quotes: HashMap<String, BTreeMap<Date, Decimal>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    base_currency: String,
    #[serde(default, rename = "holidays")]
    _holidays: Vec<Date>,
    fx: Vec<Quote>,
    carrier: Vec<Carrier>,
    interconnect: Vec<InterconnectEntry>,
    service: Vec<ServiceEntry>,
    deck: Vec<deck::Entry>,
    plan: Vec<Plan>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    day: Date,
    from: String,
    to: String,
    rate: Decimal,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InterconnectEntry {
    name: String,
    carrier: String,
    direction: Direction,
    #[serde(default = "plus_and_zeros")]
    international_prefixes: Vec<String>,
    national: Option<String>,
    /// A service without one is refused there when the engine loads the catalog.
    #[serde(default, rename = "tech_prefix_required")]
    _tech_prefix_required: bool,
}

fn plus_and_zeros() -> Vec<String> {
    ["+", "00"].map(str::to_owned).to_vec()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    #[serde(rename = "name")]
    _name: String,
    interconnect: String,
    direction: Direction,
    plan: Option<String>,
    #[serde(default)]
    plans: Vec<PlanSpan>,
    #[serde(default)]
    tech_prefix: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanSpan {
    name: String,
    from: Option<When>,
    to: Option<When>,
}

impl Catalog {
    /// Reads `catalog.toml` and the decks that it names.
    pub fn load(path: &Path) -> Result<Self> {
        let context = || format!("could not read {}", path.display());
        let file: File = toml::from_str(&std::fs::read_to_string(path).with_context(context)?).with_context(context)?;
        let decks = decks(path.parent().unwrap_or_else(|| Path::new("")), file.deck)?;
        let plans = plans(file.plan, &decks)?;
        let mut interconnects = interconnects(file.interconnect, file.carrier)?;
        for entry in file.service {
            let interconnect = interconnects.get_mut(&entry.interconnect).context("a service of no interconnect")?;
            ensure!(entry.direction == interconnect.direction, "a service goes the other way than its interconnect");
            interconnect.services.push(service(entry, &plans)?);
        }
        let mut quotes: HashMap<String, BTreeMap<Date, Decimal>> = HashMap::new();
        for quote in file.fx {
            ensure!(quote.to == file.base_currency, "a quote is not in the base currency");
            quotes.entry(quote.from).or_default().insert(quote.day, quote.rate);
        }
        Ok(Self { base_currency: file.base_currency, interconnects, quotes })
    }

    pub(crate) fn interconnect(&self, name: &str, direction: Direction) -> Option<&Interconnect> {
        self.interconnects.get(name).filter(|interconnect| interconnect.direction == direction)
    }

    /// R13: by the quotes of the day before `at`, or of up to seven days earlier.
    pub(crate) fn convert(&self, amount: Decimal, (from, to): (&str, &str), at: Timestamp) -> Option<Decimal> {
        if from == to {
            return Some(amount);
        }
        let day = at.to_zoned(TimeZone::UTC).date();
        let exact = amount * self.worth(from, day)? / self.worth(to, day)?;
        Some(exact.round_dp(6))
    }

    /// What one unit is in the base currency.
    fn worth(&self, currency: &str, day: Date) -> Option<Decimal> {
        if currency == self.base_currency {
            return Some(Decimal::ONE);
        }
        let last = day.yesterday().ok()?;
        let first = last.checked_sub(7.days()).ok()?;
        self.quotes.get(currency)?.range(first..=last).next_back().map(|(_, rate)| *rate)
    }
}

fn decks(folder: &Path, entries: Vec<deck::Entry>) -> Result<HashMap<String, Arc<Deck>>> {
    let load = |entry: deck::Entry| Ok((entry.name.clone(), Arc::new(Deck::load(folder, entry)?)));
    entries.into_iter().map(load).collect()
}

fn plans(mut plans: Vec<Plan>, decks: &HashMap<String, Arc<Deck>>) -> Result<HashMap<String, Arc<Plan>>> {
    for plan in &mut plans {
        let layers: Option<_> = plan.layer_names.iter().map(|name| decks.get(name).cloned()).collect();
        plan.layers = layers.with_context(|| format!("the plan {} names no deck of the catalog", plan.name))?;
    }
    Ok(plans.into_iter().map(|plan| (plan.name.clone(), Arc::new(plan))).collect())
}

fn interconnects(entries: Vec<InterconnectEntry>, carriers: Vec<Carrier>) -> Result<HashMap<String, Interconnect>> {
    let carriers: HashMap<_, _> = carriers.into_iter().map(|carrier| (carrier.name.clone(), carrier)).collect();
    let interconnect = |entry: InterconnectEntry| {
        let carrier = carriers.get(&entry.carrier).context("an interconnect of no carrier")?.clone();
        let national = match entry.national.as_deref() {
            None | Some("") => None,
            Some(given) => Some(given.strip_prefix('+').context("a national prefix without its plus")?.to_owned()),
        };
        let interconnect = Interconnect {
            carrier,
            direction: entry.direction,
            international_prefixes: entry.international_prefixes,
            national,
            services: Vec::new(),
        };
        Ok((entry.name, interconnect))
    };
    entries.into_iter().map(interconnect).collect()
}

fn service(entry: ServiceEntry, plans: &HashMap<String, Arc<Plan>>) -> Result<Service> {
    let is_digits = !entry.tech_prefix.is_empty() && entry.tech_prefix.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(!is_digits, "a tech prefix is made of digits only");
    let always = entry.plan.map(|name| PlanSpan { name, from: None, to: None });
    let plan = |span: PlanSpan| {
        let plan = plans.get(&span.name).context("a service names no plan of the catalog")?;
        Ok((Validity::new(span.from, span.to, &TimeZone::UTC)?, Arc::clone(plan)))
    };
    let plans = always.into_iter().chain(entry.plans).map(plan).collect::<Result<_>>()?;
    Ok(Service { tech_prefix: entry.tech_prefix, plans })
}
