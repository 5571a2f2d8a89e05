//! Where cells, lines and quotes lie in bytes, found 64 bytes at a time: each block becomes one bit map per kind of
//! byte, and only the set bits are looked at.

use std::ops::Range;

/// Bytes that become one bit map.
const BLOCK: usize = 64;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds {
    /// What stands between the cells of a line.
    pub(crate) separator: u8,
    /// What makes a line one that needs a closer look.
    pub(crate) quote: Option<u8>,
    /// Whether control characters do that too, but for line ends.
    pub(crate) controls: bool,
}

/// A line without a quote in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainLine {
    /// The place of its line end.
    pub(crate) line_end: usize,
    /// Where its cells end, by position in [`Marks::ends`]; the last one is its line end.
    pub(crate) ends: Range<u32>,
}

/// How far lines were taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    line: usize,
    quote: usize,
}

/// What was found so far, by place in the bytes.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Separators and line ends.
    pub(crate) ends: Vec<u32>,
    /// Which of `ends` are line ends.
    line_ends: Vec<u32>,
    quotes: Vec<u32>,
    /// Bytes that were looked at.
    scanned: usize,
}

impl Marks {
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.line_ends.clear();
        self.quotes.clear();
        self.scanned = 0;
    }

    /// Looks at the bytes behind those that it has seen; there must be fewer than 2^32 in all.
    pub(crate) fn scan(&mut self, bytes: &[u8], kinds: Kinds) {
        let (blocks, rest) = bytes[self.scanned..].as_chunks::<BLOCK>();
        let mut at = self.scanned as u32;
        for block in blocks {
            self.add(at, Maps::of(block, kinds));
            at += BLOCK as u32;
        }
        if !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            self.add(at, Maps::of(&block, kinds).below(rest.len()));
        }
        self.scanned = bytes.len();
    }

    /// The line that begins at `begin`, which is not before that of the call before; `None` where its end was not seen or
    /// a quote is in it.
    #[inline]
    pub(crate) fn line(&self, begin: usize, cursor: &mut Cursor) -> Option<PlainLine> {
        while self.place(cursor.line)? < begin {
            cursor.line += 1;
        }
        while self.quotes.get(cursor.quote).is_some_and(|&quote| (quote as usize) < begin) {
            cursor.quote += 1;
        }
        let line_end = self.place(cursor.line)?;
        if self.quotes.get(cursor.quote).is_some_and(|&quote| (quote as usize) < line_end) {
            return None;
        }
        let first = cursor.line.checked_sub(1).map_or(0, |before| self.line_ends[before] + 1);
        Some(PlainLine { line_end, ends: first..self.line_ends[cursor.line] + 1 })
    }

    fn place(&self, line: usize) -> Option<usize> {
        self.line_ends.get(line).map(|&at| self.ends[at as usize] as usize)
    }

    #[inline]
    fn add(&mut self, at: u32, maps: Maps) {
        let before = self.ends.len() as u32;
        let ends = maps.separators | maps.line_ends;
        // Of known length, so that room is asked for once.
        let mut rest = ends;
        self.ends.extend((0..ends.count_ones()).map(|_| {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            at + bit
        }));
        for_each_bit(maps.line_ends, |bit| {
            self.line_ends.push(before + (ends & ((1 << bit) - 1)).count_ones());
        });
        for_each_bit(maps.quotes, |bit| self.quotes.push(at + bit));
    }
}

#[inline]
fn for_each_bit(mut map: u64, mut take: impl FnMut(u32)) {
    while map != 0 {
        take(map.trailing_zeros());
        map &= map - 1;
    }
}

/// A bit for each byte of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Maps {
    separators: u64,
    line_ends: u64,
    quotes: u64,
}

impl Maps {
    /// Only the first bytes.
    fn below(self, count: usize) -> Self {
        let kept = (1 << count) - 1;
        Self { separators: self.separators & kept, line_ends: self.line_ends & kept, quotes: self.quotes & kept }
    }

    #[inline]
    fn of(block: &[u8; BLOCK], kinds: Kinds) -> Self {
        let line_ends = map(block, |byte| byte == b'\n');
        let quotes = match kinds.quote {
            None => 0,
            Some(quote) if kinds.controls => {
                let is_one = |byte| byte == quote || byte < b' ' && byte != b'\n';
                rare_map(block, is_one, |map| map & !returns_of_line_ends(block, line_ends))
            }
            Some(quote) => rare_map(block, |byte| byte == quote, |map| map),
        };
        Self { separators: map(block, |byte| byte == kinds.separator), line_ends, quotes }
    }
}

/// The carriage returns that belong to line ends; of one at the end of a block that cannot be told.
#[cold]
fn returns_of_line_ends(block: &[u8; BLOCK], line_ends: u64) -> u64 {
    map(block, |byte| byte == b'\r') & line_ends >> 1
}

/// A map of bytes that most blocks have none of, put right by `correct`: that there is none shows before there is a map.
#[inline]
fn rare_map(block: &[u8; BLOCK], is_wanted: impl Fn(u8) -> bool, correct: impl Fn(u64) -> u64) -> u64 {
    let any = block.iter().fold(0, |any, &byte| any | u8::from(is_wanted(byte)));
    if any == 0 { 0 } else { correct(map(block, is_wanted)) }
}

/// The bytes of a block that are wanted, a bit each.
#[inline]
fn map(block: &[u8; BLOCK], is_wanted: impl Fn(u8) -> bool) -> u64 {
    /// Moves bit 0 of each of eight bytes into the upper byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    // Two loops: the first becomes comparisons of many bytes at once.
    let is_wanted = block.map(|byte| u8::from(is_wanted(byte)));
    let (eights, _) = is_wanted.as_chunks::<8>();
    let bits = eights.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56);
    bits.rev().fold(0, |map, bits| map << 8 | bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arb_bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(b'"'), 6 => any::<u8>()];
        prop::collection::vec(byte, 0..400)
    }

    fn places(bytes: &[u8], is_wanted: impl Fn(usize) -> bool) -> Vec<u32> {
        (0..bytes.len()).filter(|&at| is_wanted(at)).map(|at| at as u32).collect()
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_byte_by_byte_finds(bytes in arb_bytes(), cuts in prop::collection::vec(0usize..400, 0..4), controls in any::<bool>()) {
            let kinds = Kinds { separator: b',', quote: Some(b'"'), controls };
            let mut marks = Marks::default();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).chain([bytes.len()]).collect();
            cuts.sort_unstable();
            for cut in &cuts {
                marks.scan(&bytes[..*cut], kinds);
            }
            let line_ends: Vec<u32> = marks.line_ends.iter().map(|&at| marks.ends[at as usize]).collect();
            prop_assert_eq!(&marks.ends, &places(&bytes, |at| b",\n".contains(&bytes[at])));
            prop_assert_eq!(line_ends, places(&bytes, |at| bytes[at] == b'\n'));
            let is_control = |at: usize| controls && bytes[at] < b' ' && bytes[at] != b'\n';
            let is_line_end = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            let needed = places(&bytes, |at| bytes[at] == b'"' || is_control(at) && !is_line_end(at));
            prop_assert!(needed.iter().all(|at| marks.quotes.contains(at)));
            let allowed = |at: usize| needed.contains(&(at as u32)) || controls && is_line_end(at);
            prop_assert!(marks.quotes.iter().all(|&at| allowed(at as usize)));
            prop_assert!(marks.quotes.is_sorted());
        }
    }
}
