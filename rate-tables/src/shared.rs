//! Values that many rows have in common, each kept once.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Gives each different value a number, in the order of their first use.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    numbers: FxHashMap<T, u32>,
    pub(crate) in_order: Vec<T>,
}

impl<T: Copy + Eq + Hash> Shared<T> {
    pub(crate) fn number(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.in_order.len()).expect("a deck has at most 2^24 rows");
        *self.numbers.entry(value).or_insert_with(|| {
            self.in_order.push(value);
            next
        })
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), in_order: Vec::new() }
    }
}
