//! How many calls of a re-rate lie where: counts by fine cells of the hash space, from which batches are cut.

use didtron_domain::IdentityKey;
use didtron_ports::Kept;
use std::collections::BTreeMap;
use std::ops::Range;

/// Cells are the upper bits of the hash: some hundred calls each where there are ten millions.
const CELL_BITS: u32 = 16;
const CELLS: usize = 1 << CELL_BITS;
/// Shelves are coarser, so that each is worth a file.
const SHELF_BITS: u32 = 6;
const HASH_BITS: u32 = 63;

const _: () = assert!(IdentityKey::RANGE_END == 1 << HASH_BITS, "cells and shelves are upper bits of the hash");

/// What becomes of a call in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its figures stay.
    Same,
    Changed,
    Kept(Kept),
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    calls: u32,
    changed: u32,
}

/// What lies in a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) changed: u64,
    pub(crate) kept: Vec<(Kept, u64)>,
}

#[derive(Debug)]
pub(crate) struct Cells {
    cells: Vec<Cell>,
    /// By cell, of each reason that there was.
    kept: BTreeMap<Kept, Vec<u32>>,
}

impl Cells {
    pub(crate) fn new() -> Self {
        Self { cells: vec![Cell::default(); CELLS], kept: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, hash: u64, fate: Fate) {
        let at = cell_of(hash);
        self.cells[at].calls += 1;
        match fate {
            Fate::Same => {}
            Fate::Changed => self.cells[at].changed += 1,
            Fate::Kept(why) => self.kept.entry(why).or_insert_with(|| vec![0; CELLS])[at] += 1,
        }
    }

    /// The next range from `begin` on with about so many changed calls: at most, unless one cell has more. The last one
    /// goes to the end.
    pub(crate) fn range_from(&self, begin: u64, changed_max: usize) -> Range<u64> {
        let mut changed = 0;
        for (at, cell) in self.cells.iter().enumerate().skip(cell_of(begin)) {
            if changed > 0 && changed + cell.changed as usize > changed_max {
                return begin..begin_of(at);
            }
            changed += cell.changed as usize;
        }
        begin..IdentityKey::RANGE_END
    }

    /// What lies in a range that begins and ends with cells.
    pub(crate) fn tally(&self, range: &Range<u64>) -> Tally {
        let own = cell_of(range.start)..cell_of(range.end);
        let mut tally = Tally::default();
        for cell in &self.cells[own.clone()] {
            tally.calls += u64::from(cell.calls);
            tally.changed += u64::from(cell.changed);
        }
        let calls_of = |cells: &[u32]| cells.iter().copied().map(u64::from).sum::<u64>();
        let kept = self.kept.iter().map(|(&why, cells)| (why, calls_of(&cells[own.clone()])));
        tally.kept = kept.filter(|&(_, calls)| calls > 0).collect();
        tally
    }
}

fn cell_of(hash: u64) -> usize {
    usize::try_from(hash >> (HASH_BITS - CELL_BITS)).expect("a few upper bits")
}

fn begin_of(cell: usize) -> u64 {
    (cell as u64) << (HASH_BITS - CELL_BITS)
}

/// The shelf on which rows with this hash are laid.
pub(crate) fn shelf_of(hash: u64) -> u8 {
    u8::try_from(hash >> (HASH_BITS - SHELF_BITS)).expect("six upper bits")
}

/// The shelves of a range that is not empty.
pub(crate) fn shelves_of(range: &Range<u64>) -> Range<u8> {
    shelf_of(range.start)..shelf_of(range.end - 1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::Reason;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_tile_the_hashes_and_count_each_call_once(
            hashes in prop::collection::vec((0..IdentityKey::RANGE_END, 0u8..4), 0..400),
            most in 1usize..50,
        ) {
            let mut cells = Cells::new();
            for &(hash, fate) in &hashes {
                cells.add(hash, match fate {
                    0 => Fate::Same,
                    1 => Fate::Kept(Kept::Rejected(Reason::NoRate)),
                    _ => Fate::Changed,
                });
            }
            let (mut begin, mut seen) = (0, Tally::default());
            while begin < IdentityKey::RANGE_END {
                let range = cells.range_from(begin, most);
                prop_assert!(range.start == begin && range.end > begin);
                let tally = cells.tally(&range);
                let own = || hashes.iter().filter(|(hash, _)| range.contains(hash));
                prop_assert_eq!(tally.calls as usize, own().count());
                prop_assert_eq!(tally.changed as usize, own().filter(|(_, fate)| *fate > 1).count());
                prop_assert_eq!(tally.kept.iter().map(|(_, calls)| *calls as usize).sum::<usize>(), own().filter(|(_, fate)| *fate == 1).count());
                prop_assert!(own().all(|(hash, _)| shelves_of(&range).contains(&shelf_of(*hash))));
                seen.calls += tally.calls;
                begin = range.end;
            }
            prop_assert_eq!(seen.calls as usize, hashes.len());
        }
    }
}
