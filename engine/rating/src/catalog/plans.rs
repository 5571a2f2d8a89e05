//! Legality of quotes, time classes, decks and plans, and the compiled form of plans.

use crate::catalog::decks::Deck;
use crate::catalog::findings::Findings;
use crate::fx::Reach;
use crate::price::columns::ChargeRules;
use didtron_domain::catalog::{self as spec, CatalogSpec, Policies, TimeClass};
use didtron_domain::{Amount, BandSplit, Currency, Day};
use rustc_hash::FxHashSet;

/// A plan with its decks by position, highest layer first.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) decks: Box<[u32]>,
    pub(crate) policies: Policies,
    /// Its position among the catalog's plans.
    pub(crate) at: usize,
    /// Whether rows or prices of its decks depend on who calls (R10, R12).
    pub(crate) asks_caller: bool,
    /// For its calls in columns; `None` where row or price depend on more than number and answer, so that each call is
    /// rated for itself.
    pub(crate) rules: Option<ChargeRules>,
}

impl Plan {
    /// How old its quotes may be.
    pub(crate) const fn reach(&self) -> Reach {
        Reach { lag_days: self.policies.fx_lag_days, max_age_days: self.policies.fx_max_age_days }
    }
}

/// Checks everything that needs no compiled deck.
pub(crate) fn check(spec: &CatalogSpec, findings: &mut Findings) {
    findings.names("origin_set", spec.origin_sets.iter().map(|x| x.name.as_str()));
    findings.names("time_class", spec.time_classes.iter().map(|x| x.name.as_str()));
    findings.names("country_lists", spec.country_lists.iter().map(|x| x.name.as_str()));
    findings.names("deck", spec.decks.iter().map(|x| x.head.name.as_str()));
    findings.names("plan", spec.plans.iter().map(|x| x.name.as_str()));
    check_quotes(spec, findings);
    for class in &spec.time_classes {
        check_time_class(class, findings);
    }
    for plan in &spec.plans {
        check_decks_of_plan(spec, &plan.name, &plan.decks, findings);
        check_policies(&plan.name, &plan.policies, findings);
    }
}

fn check_quotes(spec: &CatalogSpec, findings: &mut Findings) {
    let mut seen: FxHashSet<(Day, Currency, Currency)> = FxHashSet::default();
    for quote in &spec.quotes {
        let place = format!("fx {} {} to {}", quote.day, quote.from, quote.to);
        findings.check(quote.numerator <= 0 || quote.denominator <= 0, &place, "the rate is not positive");
        findings.check(quote.from == quote.to, &place, "quotes a currency in itself; leave it out");
        let twice = !seen.insert((quote.day, quote.from, quote.to));
        findings.check(twice, &place, "there are two quotes of this pair and day; keep one");
        const LIMIT: i64 = 1_000_000_000_000_000_000;
        let wide = quote.numerator >= LIMIT || quote.denominator > LIMIT;
        findings.check(wide, &place, "the rate has more than 18 digits; round it");
    }
}

fn check_time_class(class: &TimeClass, findings: &mut Findings) {
    let place = format!("time_class {}", class.name);
    findings.check(class.bands.is_empty(), &place, "has no bands; give it one");
    for band in &class.bands {
        findings.check(band.days.is_empty(), &place, "a band has no days; name some");
        let inside = band.from_minute < 1440 && band.to_minute <= 1440;
        findings.check(!inside, &place, "a band lies outside the day; 00:00 to 24:00 is expected");
    }
}

fn check_decks_of_plan(spec: &CatalogSpec, name: &str, decks: &[String], findings: &mut Findings) {
    let place = format!("plan {name}");
    findings.check(decks.is_empty(), &place, "has no decks; name one");
    for (at, deck) in decks.iter().enumerate() {
        let known = spec.decks.iter().any(|known| known.head.name == *deck);
        findings.check(!known, &place, &format!("its deck {deck:?} is not in the catalog"));
        findings.check(decks[..at].contains(deck), &place, &format!("names deck {deck} twice; keep its highest layer"));
    }
    let heads = spec.decks.iter().map(|deck| &deck.head).filter(|head| decks.contains(&head.name));
    let sides: Vec<_> = heads.map(|head| head.direction).collect();
    let mixed = sides.windows(2).any(|pair| pair[0] != pair[1]);
    findings.check(mixed, &place, "its decks price both sides; a plan is for customers or for suppliers");
}

fn check_policies(name: &str, policies: &Policies, findings: &mut Findings) {
    let place = format!("plan {name}");
    findings.check(policies.decimals > 6, &place, &format!("decimals is {}, 0 to 6 is expected", policies.decimals));
    let (least, most) = (policies.min_charge, policies.max_charge);
    if let (Some(least), Some(most)) = (least, most) {
        findings.check(least > most, &place, &format!("min_charge {least} is above max_charge {most}"));
    }
    for (word, amount) in [("min_charge", least), ("max_charge", most), ("attempt_fee", policies.attempt_fee)] {
        let Some(amount) = amount else { continue };
        findings.check(amount.0 < 0, &place, &format!("{word} {amount} is negative"));
        let (wide, limit) = (amount > Amount::CHARGE_MAX, Amount::CHARGE_MAX);
        findings.check(wide, &place, &format!("{word} {amount} is beyond {limit}, the most that one call may cost"));
    }
}

/// The plans of a catalog, with their decks by position.
pub(crate) fn compile(spec: &CatalogSpec, compiled: &[Deck]) -> Vec<Plan> {
    let position = |name: &String| spec.decks.iter().position(|deck| deck.head.name == *name);
    let decks = |names: &[String]| names.iter().filter_map(position).filter_map(|at| u32::try_from(at).ok()).collect();
    let plan = |(at, plan): (usize, &spec::Plan)| {
        let decks: Box<[u32]> = decks(&plan.decks);
        let own = || decks.iter().filter_map(|&deck| compiled.get(deck as usize));
        let asks_caller = own().any(|deck| deck.asks_caller);
        let is_plain =
            !asks_caller && own().all(|deck| deck.takes_any_call) && plan.policies.band_split == BandSplit::AtAnswer;
        let rules = is_plain.then(|| ChargeRules::new(&plan.policies));
        Plan { name: plan.name.clone(), decks, policies: plan.policies.clone(), at, asks_caller, rules }
    };
    spec.plans.iter().enumerate().map(plan).collect()
}
