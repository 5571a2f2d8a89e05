//! The second rater: rating.md read rule by rule, with texts, fractions, scans and a calendar per call.
//!
//! What a world says once is read once (texts of prefixes, quotes, zones); nothing is found by a search that is cleverer
//! than trying everything of that key.

mod deck;
mod hours;
mod money;

use crate::fraction::Fraction;
use crate::states;
use deck::{Laid, NaiveDeck};
use didtron_domain::catalog::{CatalogSpec, Interconnect, Plan, Service};
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus};
use didtron_domain::{CallRecord, Currency, Day, DialPrefix, Instant, Price, Reason, Side};
use jiff::civil;
use rustc_hash::FxHashMap as HashMap;

const COUNTRIES: &[&str] = &["1", "33", "49", "39", "44", "41", "43", "351", "420", "212", "7"];

pub(crate) struct World {
    spec: CatalogSpec,
    decks: Vec<NaiveDeck>,
    /// By their interconnect.
    services: HashMap<String, Vec<Service>>,
    /// The texts of their prefixes, by name.
    origin_sets: HashMap<String, Vec<String>>,
    /// The texts of the caller's countries and of the called, by name.
    country_lists: HashMap<String, [Vec<String>; 2]>,
    holidays: Vec<civil::Date>,
    quotes: HashMap<(Currency, Currency), Vec<(Day, Fraction)>>,
}

impl World {
    pub(crate) fn new(spec: &CatalogSpec, decks: &[(DeckHead, Vec<DeckVersion>)]) -> Self {
        let texts = |list: &[DialPrefix]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut quotes: HashMap<_, Vec<_>> = HashMap::default();
        for quote in &spec.quotes {
            let ratio = Fraction::new(quote.numerator.into(), quote.denominator.into());
            quotes.entry((quote.from, quote.to)).or_default().push((quote.day, ratio));
        }
        let mut services: HashMap<_, Vec<_>> = HashMap::default();
        for service in &spec.services {
            services.entry(service.interconnect.clone()).or_default().push(service.clone());
        }
        Self {
            services,
            decks: decks.iter().map(|(head, versions)| NaiveDeck::new(head, versions)).collect(),
            origin_sets: spec.origin_sets.iter().map(|set| (set.name.clone(), texts(&set.prefixes))).collect(),
            country_lists: spec
                .country_lists
                .iter()
                .map(|lists| (lists.name.clone(), [texts(&lists.caller), texts(&lists.called)]))
                .collect(),
            holidays: spec.holidays.iter().map(|day| day.to_string().parse().expect("a date")).collect(),
            quotes,
            spec: spec.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundRow<'a> {
    pub(crate) prefix: DialPrefix,
    pub(crate) destination: &'a str,
    pub(crate) group: Option<&'a str>,
    pub(crate) deck: &'a str,
    pub(crate) version: u32,
    pub(crate) rate: Price,
    pub(crate) jurisdiction: Option<&'static str>,
    pub(crate) currency: Currency,
}

/// What the second rater found of a side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) carrier: Option<&'a str>,
    pub(crate) interconnect: Option<&'a str>,
    pub(crate) service: Option<&'a str>,
    /// The integer that it spells, for a number has no zeros in front.
    pub(crate) number: Option<u64>,
    pub(crate) looked_up: Option<u64>,
    pub(crate) row: Option<FoundRow<'a>>,
    pub(crate) blocked: bool,
    pub(crate) whole_s: u64,
    pub(crate) billed_s: u64,
    pub(crate) charge: i128,
    pub(crate) amount: i128,
    pub(crate) account_currency: Option<Currency>,
    pub(crate) fx_rate: Option<i128>,
    pub(crate) fx_day: Option<Day>,
    pub(crate) base_amount: i128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    /// The customer's side and the supplier's.
    Rated(Box<[Option<Found<'a>>; 2]>),
    Rejected(Reason, Option<Side>, Option<i128>, Option<i128>),
}

/// (prefix length, minus layer, origin length, time class): the greatest is chosen.
type Precedence = (usize, i64, usize, bool);
type Candidate<'a> = (Precedence, &'a NaiveDeck, &'a Laid);

struct Walk<'a> {
    found: Found<'a>,
    /// The number that was found, as text.
    number: Option<String>,
    plan: Option<&'a Plan>,
    stop: Option<Reason>,
    beyond_ledger: bool,
}

impl World {
    pub(crate) fn rate(&self, call: &CallRecord<'_>) -> Outcome<'_> {
        let billable = call.marked_answered && call.duration_ms > 0;
        if call.ingress.is_empty() && call.egress.is_empty() {
            return Outcome::Rejected(Reason::MalformedRecord, None, None, None);
        }
        let customer = (!call.ingress.is_empty()).then(|| self.side(call, Side::Customer, None, billable));
        let number = customer.as_ref().and_then(|side| side.number.clone());
        let supplier = (!call.egress.is_empty()).then(|| self.side(call, Side::Supplier, number, billable));
        if billable {
            let mut stops: Vec<(Reason, bool, Side)> = Vec::new();
            for (walk, side) in [(&customer, Side::Customer), (&supplier, Side::Supplier)] {
                if let Some(walk) = walk {
                    stops.extend(walk.stop.map(|reason| (reason, !walk.beyond_ledger, side)));
                }
            }
            stops.sort();
            if let Some((reason, _, side)) = stops.first() {
                let charge = |walk: &Option<Walk<'_>>| {
                    let shown = |walk: &&Walk<'_>| {
                        walk.stop.is_none() || (walk.stop == Some(Reason::AmountOverflow) && !walk.beyond_ledger)
                    };
                    walk.as_ref().filter(shown).map(|walk| walk.found.charge)
                };
                return Outcome::Rejected(*reason, Some(*side), charge(&customer), charge(&supplier));
            }
        }
        Outcome::Rated(Box::new([customer, supplier].map(|side| side.map(|walk| walk.found))))
    }

    fn side(&self, call: &CallRecord<'_>, side: Side, customers: Option<String>, billable: bool) -> Walk<'_> {
        let mut walk = Walk { found: Found::default(), number: None, plan: None, stop: None, beyond_ledger: false };
        walk.stop = self.steps(call, (side, customers), billable, &mut walk);
        if !billable {
            self.attempt_fee(call, side, &mut walk);
        }
        walk
    }

    fn steps<'a>(
        &'a self,
        call: &CallRecord<'_>,
        (side, customers): (Side, Option<String>),
        billable: bool,
        walk: &mut Walk<'a>,
    ) -> Option<Reason> {
        let name = if side == Side::Customer { call.ingress } else { call.egress };
        let Some(interconnect) = self.interconnect(name, side) else {
            return Some(if side == Side::Customer { Reason::UnknownCustomer } else { Reason::UnknownSupplier });
        };
        let account = self.currency_of(interconnect);
        walk.found.carrier = Some(&interconnect.carrier);
        walk.found.interconnect = Some(&interconnect.name);
        walk.found.account_currency = Some(account);
        let own = match side {
            Side::Customer => Some(call.called),
            Side::Supplier if !call.called_egress.is_empty() => Some(call.called_egress),
            Side::Supplier => call.ingress.is_empty().then_some(call.called),
        };
        let telling = own.filter(|_| !call.clean);
        let Some(service) = self.service(interconnect, telling, call.answer) else { return Some(Reason::NoService) };
        walk.found.service = Some(&service.name);
        walk.number = match own {
            None => customers,
            Some(text) if call.clean => last_steps(text, interconnect),
            Some(text) => all_steps(text, service, interconnect),
        };
        walk.found.number = walk.number.as_deref().map(value);
        walk.found.looked_up = walk.found.number;
        let span = service.plans.iter().find(|span| span.from <= call.answer && call.answer < span.to);
        let Some(span) = span else { return Some(Reason::NoPlanInForce) };
        let plan = self.spec.plans.iter().find(|plan| plan.name == span.plan).expect("a plan of the catalog");
        walk.plan = Some(plan);
        let Some(number) = walk.number.clone() else { return Some(Reason::InvalidNumber) };
        let habits = self
            .interconnect(call.ingress, Side::Customer)
            .or_else(|| self.interconnect(call.egress, Side::Supplier))
            .expect("one is known");
        let caller = last_steps(call.caller, habits);
        let lrn = last_steps(call.lrn, habits);
        let looked_up = if plan.policies.use_lrn { lrn.unwrap_or(number) } else { number };
        walk.found.looked_up = Some(value(&looked_up));
        let asked = Asked { number: &looked_up, caller: caller.as_deref(), at: call.answer };
        let mut candidates = self.candidates(plan, asked, call.answer);
        candidates.sort_by_key(|candidate| candidate.0);
        let Some((_, _, best)) = candidates.last() else { return Some(Reason::NoRate) };
        walk.found.blocked = best.row.status == RowStatus::Blocked;
        if walk.found.blocked && side == Side::Customer && billable {
            return Some(Reason::BlockedDestination);
        }
        if best.row.price.is_none() {
            candidates.retain(|(_, _, laid)| laid.row.status == RowStatus::Open);
        }
        let Some((_, deck, laid)) = candidates.last().copied() else { return Some(Reason::NoRate) };
        let (jurisdiction, rate) = self.price_of(deck, &laid.row, asked);
        walk.found.row = Some(FoundRow {
            prefix: laid.row.prefix,
            destination: &laid.row.destination,
            group: laid.row.group.as_deref(),
            deck: &deck.head.name,
            version: laid.version,
            rate,
            jurisdiction,
            currency: deck.head.currency,
        });
        if !billable {
            return None;
        }
        if let Some(reason) = self.bill(call, (deck, laid), asked, walk) {
            return Some(reason);
        }
        self.convert(call.answer.day(), plan, (deck.head.currency, account), walk)
    }

    fn interconnect(&self, name: &str, side: Side) -> Option<&Interconnect> {
        self.spec.interconnects.iter().find(|x| x.name == name && x.direction == side)
    }

    fn currency_of(&self, interconnect: &Interconnect) -> Currency {
        self.spec.carriers.iter().find(|carrier| carrier.name == interconnect.carrier).expect("a carrier").currency
    }

    fn service(&self, interconnect: &Interconnect, own: Option<&str>, at: Instant) -> Option<&Service> {
        let own_services = self.services.get(&interconnect.name)?;
        let valid: Vec<&Service> = own_services.iter().filter(|s| s.from <= at && at < s.to).collect();
        let plain = valid.iter().copied().find(|service| service.tech_prefix.is_empty());
        let Some(text) = own else {
            return if valid.len() == 1 { Some(valid[0]) } else { plain };
        };
        let digits = |tech: &str| tech.chars().all(|c| c.is_ascii_digit());
        let fits = |s: &&&Service| {
            !s.tech_prefix.is_empty()
                && text.starts_with(&s.tech_prefix)
                && (!digits(&s.tech_prefix) || interconnect.tech_prefix_required)
        };
        valid.iter().filter(fits).max_by_key(|s| s.tech_prefix.len()).copied().or(plain)
    }

    /// Every candidate, with the classes of `band`.
    fn candidates(&self, plan: &Plan, asked: Asked<'_>, band: Instant) -> Vec<Candidate<'_>> {
        let mut found = Vec::new();
        for (layer, name) in plan.decks.iter().enumerate() {
            let deck = self.decks.iter().find(|deck| deck.head.name == *name).expect("a deck of the catalog");
            let prefixes = (1..=asked.number.len()).map(|length| &asked.number[..length]);
            for (prefix, laid) in
                prefixes.flat_map(|prefix| deck.rows_of(prefix).iter().map(move |laid| (prefix, laid)))
            {
                let in_force = laid.begin <= asked.at && asked.at < laid.end && laid.row.status != RowStatus::Closed;
                if !in_force {
                    continue;
                }
                let Some(origin) = self.origin_length(&laid.row, asked.caller) else { continue };
                if laid.row.time_class.as_ref().is_some_and(|class| !self.holds(deck, class, band)) {
                    continue;
                }
                let layer = i64::try_from(layer).expect("few layers");
                found.push(((prefix.len(), -layer, origin, laid.row.time_class.is_some()), deck, laid));
            }
        }
        found
    }

    fn origin_length(&self, row: &DeckRow, caller: Option<&str>) -> Option<usize> {
        let Some(name) = &row.origin_set else { return Some(0) };
        let fits = |prefix: &&String| caller.is_some_and(|caller| caller.starts_with(prefix.as_str()));
        self.origin_sets[name].iter().filter(fits).map(String::len).max()
    }

    fn price_of(&self, deck: &NaiveDeck, row: &DeckRow, asked: Asked<'_>) -> (Option<&'static str>, Price) {
        match row.price.expect("a row with a price") {
            RowPrice::One { rate, .. } => (None, rate),
            RowPrice::Us { inter, intra, indeterminate } => {
                let state = |number: Option<&str>| {
                    states::state(number.filter(|x| x.starts_with('1')).and_then(|x| x.get(1..4))?)
                };
                match (state(Some(asked.number)), state(asked.caller)) {
                    (Some(there), Some(here)) if there == here => (Some("intra"), intra),
                    (Some(_), Some(_)) => (Some("inter"), inter),
                    _ => (Some("indeterminate"), indeterminate),
                }
            }
            RowPrice::Eea { local, eea, international } => {
                let [callers, called] = &self.country_lists[deck.head.country_lists.as_ref().expect("lists")];
                let country = |number: Option<&str>| {
                    let own = callers.iter().chain(called).map(String::as_str);
                    let codes = own.chain(COUNTRIES.iter().copied());
                    codes.filter(|code| number.is_some_and(|x| x.starts_with(code))).max_by_key(|code| code.len())
                };
                match (country(Some(asked.number)), country(asked.caller)) {
                    (Some(there), Some(here)) if there == here => (Some("local"), local),
                    (Some(there), Some(here))
                        if called.iter().any(|x| x == there) && callers.iter().any(|x| x == here) =>
                    {
                        (Some("eea"), eea)
                    }
                    _ => (Some("international"), international),
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    number: &'a str,
    caller: Option<&'a str>,
    at: Instant,
}

fn all_steps(text: &str, service: &Service, interconnect: &Interconnect) -> Option<String> {
    let text = text.strip_prefix(service.tech_prefix.as_str()).unwrap_or(text);
    let rule = interconnect.translations.iter().find(|rule| text.starts_with(&rule.strip));
    let translated = rule.map(|rule| format!("{}{}", rule.add, &text[rule.strip.len()..]));
    last_steps(translated.as_deref().unwrap_or(text), interconnect)
}

fn last_steps(text: &str, interconnect: &Interconnect) -> Option<String> {
    let front = interconnect.international_prefixes.iter().find(|front| text.starts_with(front.as_str()));
    let rest = front.map_or(text, |front| &text[front.len()..]);
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let number = match front {
        None if interconnect.national_plus_one && rest.len() == 10 && digits(rest) => format!("1{rest}"),
        _ => rest.to_owned(),
    };
    let usable = (1..=15).contains(&number.len()) && digits(&number) && !number.starts_with('0');
    usable.then_some(number)
}

fn value(number: &str) -> u64 {
    number.parse().expect("at most 15 digits")
}
