//! A prefix of the full decks, what becomes of it, and all of them with what they name.

use crate::countries::Country;
use crate::prices::Class;

/// One prefix with the customers' price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix {
    pub(crate) digits: u64,
    /// Rows above it, the country's counted too.
    pub(crate) depth: u8,
    pub(crate) is_leaf: bool,
    /// Its place in [`Numbering::countries`].
    pub(crate) country: u16,
    /// Its place in [`Numbering::destinations`].
    pub(crate) destination: u32,
    pub(crate) class: Class,
    /// Nano-USD a minute.
    pub(crate) rate: u64,
    pub(crate) fate: Fate,
}

/// What the customers' full deck says of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Open since the deck's first day.
    Open,
    /// Open since the second wave of prices, in spring.
    Spring,
    /// Open only after the month of the calls.
    Future,
    /// Open until the month's second week.
    Expiring,
    /// Closed.
    Closed,
    /// Blocked: nobody may call there, and only the calls that are meant to be refused do.
    Blocked,
}

impl Prefix {
    pub(crate) const fn new(
        digits: u64,
        depth: u8,
        (country, destination): (u16, u32),
        (class, rate): (Class, u64),
    ) -> Self {
        Self { digits, depth, is_leaf: false, country, destination, class, rate, fate: Fate::Open }
    }

    /// Digits behind each other sort like words: a prefix comes directly before those that it begins.
    pub(crate) const fn order(&self) -> (u64, u32) {
        let length = self.digits.ilog10() + 1;
        (self.digits * 10u64.pow(15 - length), length)
    }

    /// The whole country's row, which stays open on both sides: every planned call finds it at least.
    pub(crate) const fn is_country(&self) -> bool {
        self.depth == 0
    }

    /// Whether the decks beside the full ones may have it.
    pub(crate) fn is_offered(&self) -> bool {
        !matches!(self.fate, Fate::Blocked | Fate::Closed | Fate::Future)
    }
}

/// All prefixes with what they name.
#[derive(Debug)]
pub(crate) struct Numbering {
    pub(crate) seed: u64,
    pub(crate) countries: Vec<Country>,
    pub(crate) destinations: Vec<String>,
    pub(crate) prefixes: Vec<Prefix>,
    /// Places of the blocked ones.
    pub(crate) blocked: Vec<u32>,
}

impl Numbering {
    pub(crate) fn add(&mut self, prefix: Prefix) {
        self.prefixes.push(prefix);
    }

    pub(crate) fn name(&mut self, destination: String) -> u32 {
        self.destinations.push(destination);
        (self.destinations.len() - 1) as u32
    }
}
