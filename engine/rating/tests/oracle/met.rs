//! What the random worlds met, so that agreement means something.

use crate::naive::Outcome;
use crate::worlds::Cells;
use didtron_domain::{Reason, Side};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Default)]
pub(crate) struct Met {
    pub(crate) calls: u64,
    /// Sides of rated calls that a row of a deck prices.
    pub(crate) pairs: u64,
    words: BTreeMap<(&'static str, Option<Side>), u64>,
}

impl Met {
    pub(crate) fn note(&mut self, cells: &Cells, outcome: &Outcome<'_>) {
        self.calls += 1;
        match outcome {
            Outcome::Rejected(reason, side, customer, supplier) => {
                self.add_of(reason.as_str(), *side);
                for _ in [customer, supplier].into_iter().flatten() {
                    self.add("charge beside a rejection");
                }
            }
            Outcome::Rated(sides) => {
                for side in sides.iter().flatten() {
                    self.add("rated side");
                    if side.blocked {
                        self.add("blocked");
                    }
                    if side.fx_rate.is_some() {
                        self.add("converted");
                    }
                    if side.looked_up != side.number {
                        self.add("lrn");
                    }
                    if let Some(row) = &side.row {
                        self.pairs += u64::from(cells.is_billable());
                        row.jurisdiction.into_iter().for_each(|word| self.add(word));
                    }
                    if side.billed_s == 0 && side.charge > 0 {
                        self.add("attempt fee");
                    }
                }
            }
        }
    }

    pub(crate) fn add(&mut self, word: &'static str) {
        self.add_of(word, None);
    }

    fn add_of(&mut self, word: &'static str, side: Option<Side>) {
        *self.words.entry((word, side)).or_default() += 1;
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.keys().any(|(known, _)| *known == word)
    }

    pub(crate) fn has_everything(&self) {
        for reason in Reason::WORDS.iter().skip(4) {
            assert!(self.has(reason), "no call of the random worlds was rejected for {reason}: {self}");
        }
        for word in [
            "rated side",
            "blocked",
            "converted",
            "lrn",
            "clean",
            "attempt fee",
            "inter",
            "intra",
            "indeterminate",
            "local",
            "eea",
            "international",
        ] {
            assert!(self.has(word), "no call of the random worlds met {word}: {self}");
        }
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, ((word, side), count)) in self.words.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let side = side.map_or(String::new(), |side| format!(" ({})", side.as_str()));
            write!(f, "{comma}{word}{side} {count}")?;
        }
        Ok(())
    }
}
