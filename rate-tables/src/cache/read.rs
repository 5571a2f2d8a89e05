//! Reads a table from bytes, and refuses whatever would lead a lookup out of bounds or in a circle.

use super::{CacheError, FORMAT, HAS_GRACE, HAS_INITIAL_RATE, HEADER_BYTES, MAGIC, OWN_FROM, ROW_BYTES, TERMS_BYTES};
use crate::prefix_index::{Answer, Block, Longest, PrefixIndex, digit_count};
use crate::row::{CompiledRow, RowTerms};
use crate::table::{DeckTable, List};
use didtron_domain::deck::{DeckHead, RowPrice, RowStatus};
use didtron_domain::{Currency, E164, Increment, Instant, Price, Side};

use CacheError::Damaged;

pub(super) fn table(bytes: &[u8]) -> Result<DeckTable, CacheError> {
    let mut reader = Reader { bytes: after_header(bytes)? };
    let head = head(&mut reader)?;
    let destinations = reader.names()?;
    let groups = reader.names()?;
    let origin_sets = reader.names()?;
    let time_classes = reader.names()?;
    let terms = terms(&mut reader)?;
    let bounds = Bounds {
        terms: terms.len(),
        destinations: destinations.len(),
        groups: groups.len(),
        origin_sets: origin_sets.len(),
        time_classes: time_classes.len(),
    };
    let rows = rows(&mut reader, &bounds)?;
    let lists = lists(&mut reader, rows.len())?;
    let prefixes = prefixes(&mut reader)?;
    let answers = answers(&mut reader, &prefixes, lists.len() - 1)?;
    let index = index(&mut reader, lists.len() - 1)?;
    if !reader.bytes.is_empty() {
        return Err(Damaged("end"));
    }
    Ok(DeckTable {
        head,
        index,
        prefixes,
        answers,
        lists,
        rows,
        terms,
        destinations,
        groups,
        origin_sets,
        time_classes,
    })
}

fn after_header(bytes: &[u8]) -> Result<&[u8], CacheError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(CacheError::Foreign);
    }
    let found = bytes.len() as u64;
    let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(CacheError::Length { expected: HEADER_BYTES as u64, found });
    };
    let format = u32_at(header, 8);
    if format != FORMAT {
        return Err(CacheError::Format { found: format, known: FORMAT });
    }
    let expected = u64_at(header, 16);
    if expected != found {
        return Err(CacheError::Length { expected, found });
    }
    Ok(rest)
}

/// Both places are known to lie inside.
fn u32_at(record: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(record[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(record: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(record[at..at + 8].try_into().expect("eight bytes"))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64, width: usize) -> Result<&'a [u8], CacheError> {
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(width));
        let split = length.and_then(|length| self.bytes.split_at_checked(length));
        let (own, rest) = split.ok_or(Damaged("length of a list"))?;
        self.bytes = rest;
        Ok(own)
    }

    fn records<const N: usize>(&mut self) -> Result<&'a [[u8; N]], CacheError> {
        let count = u64_at(self.take(1, 8)?, 0);
        Ok(self.take(count, N)?.as_chunks::<N>().0)
    }

    fn names(&mut self) -> Result<Vec<Box<str>>, CacheError> {
        let ends = self.records::<8>()?;
        let length = ends.last().map_or(0, |end| u64::from_le_bytes(*end));
        let text = self.take(length, 1)?;
        let mut begin = 0;
        let mut names = Vec::with_capacity(ends.len());
        for end in ends {
            let end = usize::try_from(u64::from_le_bytes(*end)).map_err(|_| Damaged("names"))?;
            let name = text.get(begin..end).and_then(|name| str::from_utf8(name).ok()).ok_or(Damaged("names"))?;
            names.push(Box::from(name));
            begin = end;
        }
        Ok(names)
    }
}

fn head(reader: &mut Reader<'_>) -> Result<DeckHead, CacheError> {
    let names = reader.names()?;
    let ([name, zone, lists], [currency, side, initial, next, has_lists]) = (&*names, reader.records::<4>()?) else {
        return Err(Damaged("head"));
    };
    let direction = match u32::from_le_bytes(*side) {
        0 => Side::Customer,
        1 => Side::Supplier,
        _ => return Err(Damaged("head")),
    };
    Ok(DeckHead {
        name: name.to_string(),
        direction,
        currency: Currency::from_bits(u32::from_le_bytes(*currency)).ok_or(Damaged("head"))?,
        zone: zone.to_string(),
        increment: increment(u32::from_le_bytes(*initial), u32::from_le_bytes(*next)).ok_or(Damaged("head"))?,
        country_lists: (u32::from_le_bytes(*has_lists) != 0).then(|| lists.to_string()),
    })
}

/// The outer `None`: none that may be.
fn increment(initial_s: u32, next_s: u32) -> Option<Option<Increment>> {
    if (initial_s, next_s) == (0, 0) { Some(None) } else { Increment::new(initial_s, next_s).map(Some) }
}

/// How many terms there are, and names of each kind.
struct Bounds {
    terms: usize,
    destinations: usize,
    groups: usize,
    origin_sets: usize,
    time_classes: usize,
}

fn terms(reader: &mut Reader<'_>) -> Result<Vec<RowTerms>, CacheError> {
    let records = reader.records::<TERMS_BYTES>()?;
    records.iter().map(|record| terms_of(record).ok_or(Damaged("prices"))).collect()
}

fn terms_of(record: &[u8; TERMS_BYTES]) -> Option<RowTerms> {
    let flags = u32_at(record, 0);
    let price = |at| Price(u64_at(record, at).cast_signed());
    let (one, two, three) = (price(24), price(32), price(40));
    let kind = match flags & 0xff {
        0 => None,
        1 => Some(RowPrice::One { rate: one, initial_rate: (flags & HAS_INITIAL_RATE != 0).then_some(two) }),
        2 => Some(RowPrice::Us { inter: one, intra: two, indeterminate: three }),
        3 => Some(RowPrice::Eea { local: one, eea: two, international: three }),
        _ => return None,
    };
    Some(RowTerms {
        price: kind,
        connect_fee: price(16),
        increment: increment(u32_at(record, 4), u32_at(record, 8))?,
        grace_s: (flags & HAS_GRACE != 0).then(|| u32_at(record, 12)),
    })
}

fn rows(reader: &mut Reader<'_>, bounds: &Bounds) -> Result<Vec<CompiledRow>, CacheError> {
    let long = |record: &[u8; 16], at| Instant(u64_at(record, at).cast_signed());
    let spans: Vec<(Instant, Instant)> =
        reader.records::<16>()?.iter().map(|record| (long(record, 0), long(record, 8))).collect();
    let records = reader.records::<ROW_BYTES>()?;
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        rows.push(row(record, &spans, bounds).ok_or(Damaged("rows"))?);
    }
    Ok(rows)
}

fn row(record: &[u8; ROW_BYTES], spans: &[(Instant, Instant)], bounds: &Bounds) -> Option<CompiledRow> {
    let &(from, to) = spans.get(u32_at(record, 4) as usize)?;
    let name = |at: usize, count: usize| {
        let stored = u32_at(record, at);
        (stored as usize <= count).then_some(stored.checked_sub(1))
    };
    let (terms, destination) = (u32_at(record, 0), u32_at(record, 8));
    let flags = u32_at(record, 28);
    let status = match flags & 0xff {
        0 => RowStatus::Open,
        1 => RowStatus::Blocked,
        2 => RowStatus::Closed,
        _ => return None,
    };
    if terms as usize >= bounds.terms || destination as usize >= bounds.destinations {
        return None;
    }
    Some(CompiledRow {
        from,
        to,
        terms,
        version: u32_at(record, 24),
        destination,
        group: name(12, bounds.groups)?,
        origin_set: name(16, bounds.origin_sets)?,
        time_class: name(20, bounds.time_classes)?,
        status,
        own_from: flags & OWN_FROM != 0,
    })
}

fn lists(reader: &mut Reader<'_>, row_count: usize) -> Result<Vec<List>, CacheError> {
    let records = reader.records::<8>()?;
    let lists: Vec<List> = records
        .iter()
        .map(|record| List { begin: u32_at(record, 0), parent: Longest::from_bits(u32_at(record, 4)) })
        .collect();
    // A parent's list comes before, so that no walk upwards can go in a circle.
    let is_before = |list: &List, at: usize| list.parent.is_none_or(|parent| (parent.list() as usize) < at);
    let climbs = lists.iter().enumerate().all(|(at, list)| is_before(list, at));
    let ascends = lists.is_sorted_by_key(|list| list.begin) && lists.first().is_some_and(|first| first.begin == 0);
    let ends = lists.last().is_some_and(|last| last.begin as usize == row_count);
    if climbs && ascends && ends { Ok(lists) } else { Err(Damaged("lists of rows")) }
}

fn prefixes(reader: &mut Reader<'_>) -> Result<Vec<E164>, CacheError> {
    let records = reader.records::<8>()?;
    let mut prefixes = Vec::with_capacity(records.len());
    for record in records {
        prefixes.push(E164::from_value(u64::from_le_bytes(*record)).ok_or(Damaged("prefixes"))?);
    }
    Ok(prefixes)
}

fn answers(reader: &mut Reader<'_>, prefixes: &[E164], list_count: usize) -> Result<Vec<Longest>, CacheError> {
    let records = reader.records::<4>()?;
    let mut answers = Vec::with_capacity(records.len());
    for (record, prefix) in records.iter().zip(prefixes) {
        let answer = Longest::from_bits(u32::from_le_bytes(*record))
            .filter(|answer| (answer.list() as usize) < list_count && answer.length() == digit_count(*prefix));
        answers.push(answer.ok_or(Damaged("prefixes"))?);
    }
    if records.len() == prefixes.len() { Ok(answers) } else { Err(Damaged("prefixes")) }
}

fn index(reader: &mut Reader<'_>, list_count: usize) -> Result<PrefixIndex, CacheError> {
    let top = u32_at(reader.take(1, 4)?, 0);
    let blocks: Vec<Block> =
        reader.records::<16>()?.iter().map(|record| Block::from_bits(u128::from_le_bytes(*record))).collect();
    let answers: Vec<Answer> =
        reader.records::<4>()?.iter().map(|record| Answer(u32::from_le_bytes(*record))).collect();
    let index = PrefixIndex { top, blocks, answers };
    if index.is_sound(list_count) { Ok(index) } else { Err(Damaged("index")) }
}
