//! A catalog version, checked and compiled: all that rating asks, and nothing that changes.

pub(crate) mod decks;
pub(crate) mod findings;
pub(crate) mod parties;
pub(crate) mod plans;

use crate::fx::FxBook;
use crate::service::Interconnect;
use decks::Deck;
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::{Currency, NameId};
use didtron_rate_tables::DeckTable;
use findings::{CatalogFinding, Findings};
use plans::Plan;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A compiled catalog version. Shared between threads as it is; rating with it allocates nothing per call.
#[derive(Debug)]
pub struct Catalog {
    number: u32,
    pub(crate) base_currency: Option<Currency>,
    pub(crate) interconnects: Vec<Interconnect>,
    /// Interconnects by name.
    pub(crate) by_name: FxHashMap<String, u32>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) decks: Vec<Deck>,
    pub(crate) fx: FxBook,
}

impl Catalog {
    /// Checks a catalog version and compiles it.
    ///
    /// `tables` gives the compiled form of a deck by its name; `ids` the id of any name (carriers, interconnects,
    /// services, decks, destinations, groups). Everything wrong comes back at once.
    pub fn compile(
        number: u32,
        spec: &CatalogSpec,
        tables: &dyn Fn(&str) -> Option<Arc<DeckTable>>,
        ids: &dyn Fn(&str) -> NameId,
    ) -> Result<Self, Vec<CatalogFinding>> {
        let mut findings = Findings::default();
        plans::check(spec, &mut findings);
        parties::check(spec, &mut findings);
        let fx = FxBook::new(spec.base_currency, &spec.quotes);
        let currencies = decks::currencies(spec);
        let around = decks::Surroundings { spec, tables, fx: &fx, ids };
        let decks = decks::compile(&around, &currencies, &mut findings);
        let plans = plans::compile(spec, &decks);
        let around = parties::Surroundings { spec, plans: &plans, currencies: &currencies, fx: &fx, ids };
        let (interconnects, by_name) = parties::compile(&around, &mut findings);
        let base_currency = spec.base_currency;
        findings.none_or(Self { number, base_currency, interconnects, by_name, plans, decks, fx })
    }

    /// The number of the catalog version.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The currency of the margin; `None` in a catalog that holds decks only.
    #[must_use]
    pub const fn base_currency(&self) -> Option<Currency> {
        self.base_currency
    }
}
