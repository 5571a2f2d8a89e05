//! Numbers for the names that rows carry, in the order of their first use.

use rustc_hash::FxHashMap;

/// Gives each different name a number.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    numbers: FxHashMap<&'a str, u32>,
    in_order: Vec<&'a str>,
    last: Option<(&'a str, u32)>,
}

impl<'a> Names<'a> {
    pub(crate) fn number(&mut self, name: &'a str) -> u32 {
        // Neighbours in prefix order mostly have one destination.
        if let Some((last, number)) = self.last
            && last == name
        {
            return number;
        }
        let next = u32::try_from(self.in_order.len()).expect("a deck has fewer names than rows, and those are bounded");
        let number = *self.numbers.entry(name).or_insert_with(|| {
            self.in_order.push(name);
            next
        });
        self.last = Some((name, number));
        number
    }

    pub(crate) fn into_table(self) -> Vec<Box<str>> {
        self.in_order.into_iter().map(Box::from).collect()
    }

    /// The same names in alphabetical order, so that their numbers sort like their texts.
    pub(crate) fn sorted(mut self) -> Self {
        self.in_order.sort_unstable();
        let mut sorted = Names::default();
        for name in self.in_order {
            sorted.number(name);
        }
        sorted
    }
}
