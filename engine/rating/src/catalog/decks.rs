//! A deck with what its rows name: origin sets, hours, country lists; and the legality of those names.

use crate::bands::{Holidays, Hours, Zone};
use crate::catalog::findings::Findings;
use crate::countries::Countries;
use crate::fx::{FxBook, Route};
use crate::origins::OriginIndex;
use didtron_domain::catalog::{CatalogSpec, TimeClass};
use didtron_domain::deck::{DeckHead, RowPrice};
use didtron_domain::{Currency, NameId};
use didtron_rate_tables::DeckTable;
use std::sync::Arc;

/// A compiled deck and what its rows name, by the numbers that its rows give them.
#[derive(Debug)]
pub(crate) struct Deck {
    pub(crate) table: Arc<DeckTable>,
    pub(crate) id: NameId,
    pub(crate) currency: Currency,
    /// The position of its currency, for [`crate::service::Interconnect::to_account`].
    pub(crate) currency_at: usize,
    pub(crate) to_base: Route,
    pub(crate) zone: Arc<Zone>,
    /// `None` where no row has a time class.
    pub(crate) hours: Option<Hours>,
    pub(crate) origins: Box<[Arc<OriginIndex>]>,
    pub(crate) destinations: Box<[NameId]>,
    pub(crate) groups: Box<[NameId]>,
    pub(crate) countries: Countries,
    /// Whether no row is for some callers or hours only.
    pub(crate) takes_any_call: bool,
    /// Whether which row or price it is may depend on who calls (R10, R12).
    pub(crate) asks_caller: bool,
}

impl Deck {
    pub(crate) fn head(&self) -> &DeckHead {
        self.table.head()
    }
}

/// What the compiled decks are made with.
pub(crate) struct Surroundings<'a> {
    pub(crate) spec: &'a CatalogSpec,
    pub(crate) tables: &'a dyn Fn(&str) -> Option<Arc<DeckTable>>,
    pub(crate) fx: &'a FxBook,
    pub(crate) ids: &'a dyn Fn(&str) -> NameId,
}

/// The different currencies of a catalog's decks, in order of first use.
pub(crate) fn currencies(spec: &CatalogSpec) -> Vec<Currency> {
    let mut found = Vec::new();
    for deck in &spec.decks {
        if !found.contains(&deck.head.currency) {
            found.push(deck.head.currency);
        }
    }
    found
}

/// Compiles every deck, in the order of the catalog; one with a finding is left out.
pub(crate) fn compile(around: &Surroundings<'_>, currencies: &[Currency], findings: &mut Findings) -> Vec<Deck> {
    let holidays = Arc::new(Holidays::new(&around.spec.holidays));
    let origins: Vec<(&str, Arc<OriginIndex>)> = around
        .spec
        .origin_sets
        .iter()
        .map(|set| (set.name.as_str(), Arc::new(OriginIndex::new(&set.prefixes))))
        .collect();
    let mut zones: Vec<Arc<Zone>> = Vec::new();
    let mut decks = Vec::with_capacity(around.spec.decks.len());
    for deck in &around.spec.decks {
        let place = format!("deck {}", deck.head.name);
        let Some(table) = (around.tables)(&deck.head.name) else {
            findings.add(place, "is not compiled; import its versions first");
            continue;
        };
        let zone = zone_of(&deck.head.zone, &mut zones, &place, findings);
        let countries = countries_of(around.spec, &deck.head, &table, &place, findings);
        let own_origins = named(table.origin_sets(), &origins, "origin set", &place, findings);
        let hours = zone.as_ref().map(|zone| hours_of(around.spec, &table, (zone, &holidays), &place, findings));
        if let (Some(zone), Some(hours)) = (zone, hours) {
            decks.push(Deck {
                id: (around.ids)(&deck.head.name),
                currency: deck.head.currency,
                currency_at: currencies.iter().position(|known| *known == deck.head.currency).unwrap_or_default(),
                to_base: around.fx.route(deck.head.currency, around.spec.base_currency.unwrap_or(deck.head.currency)),
                zone,
                hours,
                origins: own_origins,
                destinations: table.destinations().iter().map(|name| (around.ids)(name)).collect(),
                groups: table.groups().iter().map(|name| (around.ids)(name)).collect(),
                countries,
                takes_any_call: table.origin_sets().is_empty() && table.time_classes().is_empty(),
                asks_caller: table.asks_caller(),
                table,
            });
        }
    }
    decks
}

fn zone_of(name: &str, known: &mut Vec<Arc<Zone>>, place: &str, findings: &mut Findings) -> Option<Arc<Zone>> {
    if let Some(zone) = known.iter().find(|zone| zone.name() == name) {
        return Some(Arc::clone(zone));
    }
    let zone = Zone::load(name);
    match &zone {
        Some(zone) => known.push(Arc::clone(zone)),
        None => {
            findings.add(place, format!("its zone {name:?} is unknown; an IANA name such as Europe/Berlin is expected"))
        }
    }
    zone
}

fn countries_of(
    spec: &CatalogSpec,
    head: &DeckHead,
    table: &DeckTable,
    place: &str,
    findings: &mut Findings,
) -> Countries {
    let Some(name) = &head.country_lists else {
        let asked = table.rows().any(|row| matches!(table.terms(row).price, Some(RowPrice::Eea { .. })));
        findings.check(asked, place, "has rows with local, eea and international prices, but names no country lists");
        return Countries::default();
    };
    match spec.country_lists.iter().find(|lists| lists.name == *name) {
        Some(lists) => Countries::new(lists),
        None => {
            findings.add(place, format!("its country lists {name:?} are not in the catalog"));
            Countries::default()
        }
    }
}

/// What a deck's rows name, in the order of its own numbers.
fn named<T: Clone>(
    names: &[impl AsRef<str>],
    known: &[(&str, T)],
    kind: &str,
    place: &str,
    findings: &mut Findings,
) -> Box<[T]> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        match known.iter().find(|(known, _)| *known == name.as_ref()) {
            Some((_, thing)) => found.push(thing.clone()),
            None => findings.add(place, format!("a row names {kind} {:?}, which is not in the catalog", name.as_ref())),
        }
    }
    found.into()
}

fn hours_of(
    spec: &CatalogSpec,
    table: &DeckTable,
    (zone, holidays): (&Arc<Zone>, &Arc<Holidays>),
    place: &str,
    findings: &mut Findings,
) -> Option<Hours> {
    let known: Vec<(&str, &TimeClass)> = spec.time_classes.iter().map(|class| (class.name.as_str(), class)).collect();
    let classes = named(table.time_classes(), &known, "time class", place, findings);
    if classes.is_empty() {
        return None;
    }
    match Hours::new(Arc::clone(zone), Arc::clone(holidays), &classes) {
        Ok(hours) => Some(hours),
        Err(overlap) => {
            let (one, other) = (&classes[overlap.classes.0].name, &classes[overlap.classes.1].name);
            let (day, hour, minute) = (overlap.day.as_str(), overlap.minute / 60, overlap.minute % 60);
            let message = format!(
                "its time classes {one} and {other} both hold on {day} at {hour:02}:{minute:02}; classes of one deck must not overlap"
            );
            findings.add(place, message);
            None
        }
    }
}
