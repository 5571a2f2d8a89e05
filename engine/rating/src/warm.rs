//! Brings what the next calls will ask of the decks into the caches, many at once: the walk through a large deck is a
//! chain of loads, and those of different numbers overlap (1.2 CPU seconds of 6.5 on the demo's million calls).
//!
//! Nothing here decides anything. A number that comes to be treated otherwise is only looked up slower.

use crate::catalog::Catalog;
use crate::service::Interconnect;
use didtron_domain::{E164, Instant};
use didtron_rate_tables::NodeId;

/// Calls that are warmed up together: few enough that what they touch stays in a core's second cache.
pub(crate) const CALLS_AT_A_TIME: usize = 256;

/// Numbers to be looked up, by deck; reused from run to run.
pub(crate) struct Warmer {
    numbers: Box<[Vec<E164>]>,
    nodes: Vec<Option<NodeId>>,
}

impl Warmer {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        Self { numbers: catalog.decks.iter().map(|_| Vec::new()).collect(), nodes: Vec::new() }
    }

    /// Notes a call: its number as received, and who stands on either side.
    pub(crate) fn note(&mut self, catalog: &Catalog, called: &str, at: Instant, sides: [Option<&Interconnect>; 2]) {
        let habits = sides.iter().flatten().next();
        let number = habits.and_then(|known| known.treatment.last_steps(called.as_bytes()).number);
        let Some(number) = number else { return };
        for side in sides.into_iter().flatten() {
            let plan = side.service_alone(at).and_then(|service| service.plan_at(at));
            for &deck in plan.map_or(&[][..], |plan| &catalog.plans[plan].decks) {
                self.numbers[deck as usize].push(number);
            }
        }
    }

    /// Touches what the noted calls will, and forgets them.
    pub(crate) fn warm(&mut self, catalog: &Catalog) {
        for (deck, numbers) in catalog.decks.iter().zip(&mut self.numbers) {
            deck.table.longest_batch(numbers, &mut self.nodes);
            deck.table.touch(&self.nodes);
            numbers.clear();
        }
    }
}
