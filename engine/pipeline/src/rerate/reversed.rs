//! Which rows of usage were taken back: a bit each, by batch; where it matters since when, by which batch.

use didtron_ports::RowPlace;
use rustc_hash::FxHashMap;

const WORD_BITS: u32 = u64::BITS;

#[derive(Clone, Debug, Default)]
pub(crate) struct Reversed {
    /// What was taken back before all that is looked at.
    bits: FxHashMap<u64, Vec<u64>>,
    /// What was taken back meanwhile: by packed place, the batch that did.
    later: FxHashMap<u64, u64>,
}

impl Reversed {
    pub(crate) fn add(&mut self, place: RowPlace) {
        let words = self.bits.entry(place.seq).or_default();
        let at = (place.row / WORD_BITS) as usize;
        if words.len() <= at {
            words.resize(at + 1, 0);
        }
        words[at] |= 1 << (place.row % WORD_BITS);
    }

    pub(crate) fn add_later(&mut self, place: RowPlace, by: u64) {
        self.later.insert(place.packed(), by);
    }

    /// Whether a batch before this one took the row back.
    pub(crate) fn has(&self, place: RowPlace, before: u64) -> bool {
        let word = self.bits.get(&place.seq).and_then(|words| words.get((place.row / WORD_BITS) as usize));
        word.is_some_and(|word| word >> (place.row % WORD_BITS) & 1 == 1)
            || self.later.get(&place.packed()).is_some_and(|by| *by < before)
    }
}
