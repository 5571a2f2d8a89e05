//! Builds the prefix index from the sorted list, block by block, without a trie between.

use super::{Answer, Block, Longest, PrefixIndex};
use didtron_domain::E164;
use didtron_domain::number::POW10;

/// How many first digits choose the block directly, by the number of prefixes from which on they do. Each digit more
/// saves steps and takes ten times the memory: 16 bytes a block, so at most 8 bytes a prefix, and next to nothing for the
/// many small decks that a program holds.
const TOP_DIGITS: [(usize, u8); 4] = [(2_000_000, 6), (200_000, 5), (4_000, 4), (0, 2)];

/// A prefix: its first number, left-aligned, and its answer.
#[derive(Clone, Copy)]
struct Key {
    first: u64,
    longest: Longest,
}

impl Key {
    const fn answer(self) -> Answer {
        Answer(self.longest.bits())
    }

    /// The pair of digits after `depth` digits, in 16 places.
    fn pair(self, depth: u8) -> usize {
        let scale = if depth == 14 { 1 } else { POW10[13 - usize::from(depth)] };
        let padded = if depth == 14 { self.first * 10 } else { self.first };
        (padded / scale % 100) as usize
    }
}

impl PrefixIndex {
    /// The prefixes, each with its answer, must be sorted by their first number, then by length, and differ.
    pub(crate) fn new(prefixes: impl Iterator<Item = (E164, Longest)>) -> Self {
        let keys: Vec<Key> = prefixes.map(|(prefix, longest)| Key { first: prefix.left_aligned(), longest }).collect();
        let depth = TOP_DIGITS.iter().find(|(from, _)| keys.len() >= *from).map_or(2, |(_, digits)| *digits);
        let top = POW10[usize::from(depth)];
        let mut index = Self {
            top: top as u32,
            blocks: vec![Block::default(); top as usize],
            answers: Vec::with_capacity(keys.len() * 2),
        };
        index.fill_top(&keys, depth);
        index.blocks.shrink_to_fit();
        index.answers.shrink_to_fit();
        index
    }

    fn fill_top(&mut self, keys: &[Key], depth: u8) {
        let width = POW10[15 - usize::from(depth)];
        let mut covering = vec![Answer::NONE; self.top as usize];
        for key in keys.iter().filter(|key| key.longest.length() <= depth) {
            let first = (key.first / width) as usize;
            let count = POW10[usize::from(depth - key.longest.length())] as usize;
            covering[first..first + count].fill(key.answer());
        }
        let mut rest = keys;
        for (block, inherited) in covering.into_iter().enumerate() {
            let count = rest.partition_point(|key| key.first / width <= block as u64);
            let (own, after) = rest.split_at(count);
            // The prefixes that end within the first digits come before the longer ones of their block.
            let short = own.partition_point(|key| key.longest.length() <= depth);
            self.fill(block, &own[short..], depth, inherited);
            rest = after;
        }
    }

    /// Fills a block with the keys that begin with its `depth` digits and are longer; `inherited` is the answer where
    /// none of them fits.
    fn fill(&mut self, block: usize, keys: &[Key], depth: u8, inherited: Answer) {
        let mut cells = [inherited; 100];
        let mut at = 0;
        while at < keys.len() {
            let key = keys[at];
            let cell = key.pair(depth);
            match key.longest.length() - depth {
                1 => cells[cell..cell + 10].fill(key.answer()),
                2 => cells[cell] = key.answer(),
                _ => {
                    let count = keys[at..].iter().take_while(|other| other.pair(depth) == cell).count();
                    cells[cell] = self.further(&keys[at..at + count], depth + 2, cells[cell]);
                    at += count - 1;
                }
            }
            at += 1;
        }
        self.put(block, &cells);
    }

    fn further(&mut self, keys: &[Key], depth: u8, inherited: Answer) -> Answer {
        let block = self.blocks.len();
        self.blocks.push(Block::default());
        self.fill(block, keys, depth, inherited);
        Answer(u32::try_from(block).expect("2^24 prefixes of at most 15 digits make fewer than 2^28 blocks"))
    }

    fn put(&mut self, block: usize, cells: &[Answer; 100]) {
        let base = self.answers.len();
        let mut map = 0u128;
        for (cell, answer) in cells.iter().enumerate() {
            if cell == 0 || *answer != cells[cell - 1] {
                map |= 1 << cell;
                self.answers.push(*answer);
            }
        }
        self.blocks[block] = Block::new(map, base);
    }
}
