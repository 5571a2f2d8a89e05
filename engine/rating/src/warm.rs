//! Looks up the numbers of many calls at once: the walk through a large deck is a chain of loads, and those of different
//! numbers overlap.

use crate::catalog::Catalog;
use crate::front::{Front, Fronts};
use didtron_domain::E164;
use didtron_rate_tables::NodeId;
use std::ops::Range;

/// Calls that are looked up together: few enough that what they touch stays in a core's second cache.
pub(crate) const CALLS_AT_A_TIME: usize = 128;

/// The lookups of a run of calls; its memory is used again from run to run.
pub(crate) struct Warmer {
    /// For each side of each noted call the longest prefix in each deck of its plan, in the order of the layers.
    longest: Vec<Option<NodeId>>,
    /// Where those of each side lie: the customer's and the supplier's of one call after the other.
    sides: Vec<Range<u32>>,
    /// For each deck the numbers to be looked up, and which lookups they belong to.
    by_deck: Box<[(Vec<E164>, Vec<u32>)]>,
    nodes: Vec<Option<NodeId>>,
}

impl Warmer {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let by_deck = catalog.decks.iter().map(|_| (Vec::new(), Vec::new())).collect();
        Self { longest: Vec::new(), sides: Vec::new(), by_deck, nodes: Vec::new() }
    }

    /// Notes the next call.
    pub(crate) fn note(&mut self, fronts: &Fronts<'_>) {
        self.note_side(fronts.customer.as_ref());
        self.note_side(fronts.supplier.as_ref());
    }

    fn note_side(&mut self, front: Option<&Front<'_>>) {
        let begin = self.longest.len() as u32;
        if let Some((plan, number)) = front.and_then(|front| front.plan.zip(front.looked_up)) {
            for &deck in &plan.decks {
                let (numbers, of) = &mut self.by_deck[deck as usize];
                numbers.push(number);
                of.push(self.longest.len() as u32);
                self.longest.push(None);
            }
        }
        self.sides.push(begin..self.longest.len() as u32);
    }

    /// Looks up what was noted, and brings what lies there into the caches.
    pub(crate) fn warm(&mut self, catalog: &Catalog) {
        for (deck, (numbers, of)) in catalog.decks.iter().zip(&mut self.by_deck) {
            if numbers.is_empty() {
                continue;
            }
            deck.table.longest_batch(numbers, &mut self.nodes);
            deck.table.touch(&self.nodes);
            for (&at, &node) in of.iter().zip(&self.nodes) {
                self.longest[at as usize] = node;
            }
            numbers.clear();
            of.clear();
        }
    }

    /// The longest prefixes of both sides of a noted call, by its position among them.
    pub(crate) fn longest(&self, call: usize) -> [&[Option<NodeId>]; 2] {
        [2 * call, 2 * call + 1].map(|side| {
            let Range { start, end } = self.sides[side];
            &self.longest[start as usize..end as usize]
        })
    }

    /// Forgets all calls.
    pub(crate) fn clear(&mut self) {
        self.longest.clear();
        self.sides.clear();
    }
}
