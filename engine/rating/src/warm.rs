//! Looks up what the next calls will ask of the decks, many at once: the walk through a large deck is a chain of loads,
//! and those of different numbers overlap (1.2 CPU seconds of 6.5 on the demo's million calls).
//!
//! Nothing here decides anything. A number that comes to be treated otherwise is only looked up again, and slower.

use crate::catalog::Catalog;
use crate::service::Interconnect;
use didtron_domain::{E164, Instant};
use didtron_rate_tables::NodeId;

/// Calls that are looked up together: few enough that what they touch stays in a core's second cache.
pub(crate) const CALLS_AT_A_TIME: usize = 256;

/// The longest prefix of a number in a deck, found before it was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    pub(crate) deck: u32,
    pub(crate) number: E164,
    pub(crate) longest: Option<NodeId>,
}

/// The lookups of a run of calls; its memory is used again from run to run.
pub(crate) struct Warmer {
    lookups: Vec<Lookup>,
    /// Where the lookups of each noted call end.
    ends: Vec<usize>,
    /// For each deck the numbers to be looked up, and which lookups they belong to.
    by_deck: Box<[(Vec<E164>, Vec<usize>)]>,
    nodes: Vec<Option<NodeId>>,
}

impl Warmer {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let by_deck = catalog.decks.iter().map(|_| (Vec::new(), Vec::new())).collect();
        Self { lookups: Vec::new(), ends: Vec::new(), by_deck, nodes: Vec::new() }
    }

    /// Notes the next call: its number as received, and who stands on either side.
    pub(crate) fn note(&mut self, catalog: &Catalog, called: &str, at: Instant, sides: [Option<&Interconnect>; 2]) {
        let habits = sides.iter().flatten().next();
        if let Some(number) = habits.and_then(|known| known.treatment.last_steps(called.as_bytes()).number) {
            for side in sides.into_iter().flatten() {
                let plan = side.service_alone(at).and_then(|service| service.plan_at(at));
                for &deck in plan.map_or(&[][..], |plan| &catalog.plans[plan].decks) {
                    let (numbers, of) = &mut self.by_deck[deck as usize];
                    numbers.push(number);
                    of.push(self.lookups.len());
                    self.lookups.push(Lookup { deck, number, longest: None });
                }
            }
        }
        self.ends.push(self.lookups.len());
    }

    /// Looks up what was noted, and brings what lies there into the caches.
    pub(crate) fn warm(&mut self, catalog: &Catalog) {
        for (deck, (numbers, of)) in catalog.decks.iter().zip(&mut self.by_deck) {
            deck.table.longest_batch(numbers, &mut self.nodes);
            deck.table.touch(&self.nodes);
            for (&at, &node) in of.iter().zip(&self.nodes) {
                self.lookups[at].longest = node;
            }
            numbers.clear();
            of.clear();
        }
    }

    /// The lookups of a noted call, by its position among them.
    pub(crate) fn lookups(&self, call: usize) -> &[Lookup] {
        let begin = call.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.lookups[begin..self.ends[call]]
    }

    /// Forgets all calls.
    pub(crate) fn clear(&mut self) {
        self.lookups.clear();
        self.ends.clear();
    }
}
