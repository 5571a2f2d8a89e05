//! A compact hash table for uniform 128-bit keys: ordered linear probing in shards that grow by an eighth once they are
//! large.
//!
//! Keys are digests, so that they are their own hash and their order is that of their home slots. Entries of a shard
//! lie in the order of their keys, each at its home or behind, without a gap in between. 32 bytes an entry at a load
//! between 0.78 and 0.88 make 36 to 41 bytes an identity, and growing moves one shard of 8 at a time. Digests fill all
//! shards alike, so that they grow one right after the other: few large ones leave the system their old memory at
//! once, where many small ones leave holes that no grown one fits into (half a gigabyte more at ten million).

use std::hint::black_box;

/// One identity. `state` is never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) key: u128,
    pub(super) content: u64,
    pub(super) state: u64,
}

const EMPTY: Slot = Slot { key: 0, content: 0, state: 0 };
pub(super) const SHARDS: usize = 8;
const SHARD_BITS: u32 = SHARDS.ilog2();
const HOMES_FIRST: usize = 8;
/// A shard below doubles: its memory is nothing yet, and moving all entries often costs more than entering them.
const HOMES_DOUBLED: usize = 1 << 14;
/// Room for entries that the last homes push behind them.
const BEHIND: usize = 64;
/// Entries in a hundred homes at most.
const LOAD_PERCENT: usize = 88;
/// Likewise in a shard that was built at once: between what growing leaves and what makes it grow.
const LOAD_PERCENT_BUILT: usize = 83;

const _: () = assert!(size_of::<Slot>() == 32);

#[derive(Debug)]
pub(super) struct Table {
    shards: Vec<Shard>,
}

impl Default for Table {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }
}

impl Table {
    /// A table of its shards, in their order.
    pub(super) fn of_shards(shards: Vec<Shard>) -> Self {
        assert_eq!(shards.len(), SHARDS, "a table is all its shards");
        Self { shards }
    }

    pub(super) fn get(&self, key: u128) -> Option<Slot> {
        let shard = &self.shards[shard_of(key)];
        shard.find(key).ok().map(|at| shard.slots[at])
    }

    /// Enters a slot or replaces the one with its key.
    pub(super) fn put(&mut self, slot: Slot) {
        debug_assert!(slot.state != 0, "a slot of state 0 is empty");
        self.shards[shard_of(slot.key)].put(slot);
    }

    /// Enters a slot unless there is one with its key; says whether it did.
    pub(super) fn add(&mut self, slot: Slot) -> bool {
        debug_assert!(slot.state != 0, "a slot of state 0 is empty");
        self.shards[shard_of(slot.key)].add(slot)
    }

    /// Brings what lies at the homes of keys into the caches, all at once: a large table waits for each, one after the
    /// other, for longer than all else takes. Changes no answer.
    pub(super) fn touch(&self, keys: impl Iterator<Item = u128>) {
        let at_home = |key: u128| {
            let shard = &self.shards[shard_of(key)];
            shard.slots.get(shard.home(key)).map_or(0, |slot| slot.state)
        };
        black_box(keys.fold(0, |seen, key| seen ^ at_home(key)));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.shards.iter().flat_map(|shard| &shard.slots).filter(|slot| slot.state != 0)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.slots.capacity() * size_of::<Slot>()).sum()
    }
}

pub(super) const fn shard_of(key: u128) -> usize {
    (key >> (u128::BITS - SHARD_BITS)) as usize
}

#[derive(Debug, Default)]
pub(super) struct Shard {
    /// One for each home, and as many behind as the last entries needed.
    slots: Vec<Slot>,
    homes: usize,
    entries: usize,
}

impl Shard {
    /// A shard of different keys of it, in their order.
    pub(super) fn of_sorted(slots: Vec<Slot>) -> Self {
        let homes = (slots.len() * 100).div_ceil(LOAD_PERCENT_BUILT).max(HOMES_FIRST);
        Self::spread(slots, homes)
    }

    /// Moves sorted slots to where they belong among so many homes, within their own memory: from the back, since none
    /// moves to the front.
    fn spread(sorted: Vec<Slot>, homes: usize) -> Self {
        let entries = sorted.len();
        let mut shard = Self { slots: sorted, homes, entries };
        let mut end = 0;
        let place = |slot: &Slot| {
            let at = shard.home(slot.key).max(end);
            end = at + 1;
            u32::try_from(at).expect("a shard has fewer slots than 2^32")
        };
        let places: Vec<u32> = shard.slots.iter().map(place).collect();
        shard.slots.reserve_exact(homes.max(end) + BEHIND - entries);
        shard.slots.resize(homes.max(end), EMPTY);
        for (from, to) in places.into_iter().enumerate().rev() {
            let slot = std::mem::replace(&mut shard.slots[from], EMPTY);
            shard.slots[to as usize] = slot;
        }
        shard
    }

    /// Grows with the key, so that home slots have the order of keys.
    const fn home(&self, key: u128) -> usize {
        let within = (key << SHARD_BITS) >> u64::BITS;
        ((within * self.homes as u128) >> u64::BITS) as usize
    }

    /// Where the key is, or where it belongs.
    fn find(&self, key: u128) -> Result<usize, usize> {
        let mut at = self.home(key);
        while let Some(slot) = self.slots.get(at).filter(|slot| slot.state != 0) {
            if slot.key >= key {
                return if slot.key == key { Ok(at) } else { Err(at) };
            }
            at += 1;
        }
        Err(at)
    }

    fn put(&mut self, slot: Slot) {
        match self.find(slot.key) {
            Ok(at) => self.slots[at] = slot,
            Err(at) => self.enter_at(at, slot),
        }
    }

    fn add(&mut self, slot: Slot) -> bool {
        let place = self.find(slot.key);
        if let Err(at) = place {
            self.enter_at(at, slot);
        }
        place.is_err()
    }

    /// Enters a new key where it belongs, or where it belongs in a larger table.
    fn enter_at(&mut self, at: usize, slot: Slot) {
        if (self.entries + 1) * 100 <= self.homes * LOAD_PERCENT {
            return self.enter(at, slot);
        }
        self.grow();
        let at = self.find(slot.key).expect_err("growing enters no key");
        self.enter(at, slot);
    }

    /// Moves what lies from `at` to the next gap one further.
    fn enter(&mut self, at: usize, slot: Slot) {
        let gap = self.slots[at.min(self.slots.len())..].iter().position(|slot| slot.state == 0);
        let gap = gap.map_or(self.slots.len(), |ahead| at + ahead);
        if gap == self.slots.len() {
            self.slots.reserve_exact(1);
            self.slots.push(EMPTY);
        }
        self.slots.copy_within(at..gap, at + 1);
        self.slots[at] = slot;
        self.entries += 1;
    }

    fn grow(&mut self) {
        let more = if self.homes < HOMES_DOUBLED { self.homes } else { self.homes / 8 };
        let homes = self.homes + more.max(HOMES_FIRST);
        let mut slots = std::mem::take(&mut self.slots);
        slots.retain(|slot| slot.state != 0);
        *self = Self::spread(slots, homes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn digest(number: u64) -> u128 {
        let hash = blake3::hash(&number.to_le_bytes());
        u128::from_le_bytes(hash.as_bytes()[..16].try_into().expect("16 of 32 bytes"))
    }

    #[test]
    fn an_identity_takes_forty_bytes() {
        let mut table = Table::default();
        for number in 0..200_000u64 {
            table.put(Slot { key: digest(number), content: number, state: 1 });
        }
        assert!(table.bytes() <= 42 * 200_000, "{} bytes for 200,000 identities", table.bytes());
        for number in 0..200_000u64 {
            assert_eq!(table.get(digest(number)).map(|slot| slot.content), Some(number));
        }
        assert_eq!(table.get(digest(200_001)), None);
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_map(
            keys in prop::collection::vec(prop_oneof![0u128..50, (u128::MAX - 50)..=u128::MAX, any::<u128>()], 0..400),
        ) {
            let mut table = Table::default();
            let mut naive = BTreeMap::new();
            for (at, key) in keys.iter().enumerate() {
                let slot = Slot { key: *key, content: at as u64, state: 7 };
                table.put(slot);
                naive.insert(*key, slot);
                for key in &keys[..at] {
                    prop_assert_eq!(table.get(*key), naive.get(key).copied());
                }
            }
            let all: Vec<Slot> = table.iter().copied().collect();
            prop_assert_eq!(all, naive.into_values().collect::<Vec<_>>());
        }
    }
}
