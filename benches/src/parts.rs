//! The parts of the hot path, in this process: each beside what it is compared with, one after the other in every round.

use crate::samples::{Samples, nanos_an_item, process_nanos_an_item};
use anyhow::{Context, Result, ensure};
use didtron_benches::{in_memory, synthetic};
use didtron_domain::{Amount, E164, Instant};
use didtron_rate_tables::{DeckTable, Longest, Rank};
use didtron_rating::price::{Terms, price};
use didtron_world::Options;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use std::hint::black_box;
use std::io::{self, BufWriter};
use std::path::Path;

/// One part.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) what: String,
    pub(crate) bound: &'static str,
    /// Nanoseconds an item.
    pub(crate) ours: Samples,
    /// What it is measured against, by name.
    pub(crate) beside: Option<(&'static str, Samples)>,
    pub(crate) note: String,
}

impl Part {
    /// How many times as long the other takes.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.beside.as_ref().map(|(_, other)| other.median() / self.ours.median())
    }
}

const BATCH: usize = 1024;
const NUMBERS: usize = 1 << 20;
/// The answer of every call here.
const AT: Instant = Instant(0);

/// The longest prefix, and then what a call between two decks costs, beside an Fx map that is asked for the longest
/// length first.
pub(crate) fn lookup(prefix_count: usize, rounds: usize) -> Result<Part> {
    let mut dice = fastrand::Rng::with_seed(1);
    let deck = synthetic::deck(prefix_count, &mut dice);
    let numbers = synthetic::numbers(&deck, NUMBERS, &mut dice);
    let map = LongestFirst::new(&deck);
    let mut found = Vec::new();
    for batch in numbers.chunks(BATCH) {
        deck.longest_batch(batch, &mut found);
        let lengths = found.iter().map(|longest| longest.map(Longest::length));
        ensure!(lengths.eq(batch.iter().map(|number| map.find(*number))), "the deck and the map disagree");
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(nanos_an_item(NUMBERS, || {
            for batch in numbers.chunks(BATCH) {
                deck.longest_batch(batch, &mut found);
                black_box(&found);
            }
        })?);
        theirs.push(nanos_an_item(NUMBERS, || {
            black_box(numbers.iter().filter_map(|number| map.find(*number)).map(u64::from).sum::<u64>());
        })?);
    }
    let bytes = deck.index_bytes() as f64 / deck.prefix_count() as f64;
    Ok(Part {
        what: format!("longest prefix of {prefix_count}, batches of {BATCH}"),
        bound: if prefix_count > 1_000_000 { "<= 15 ns; >= 8x" } else { "<= 10 ns; >= 8x" },
        ours: Samples::of(ours),
        beside: Some(("Fx map, longest first", Samples::of(theirs))),
        note: format!("{bytes:.1} bytes a prefix (<= 20)"),
    })
}

/// The usual way: a map from prefixes, asked for every length from the longest down.
struct LongestFirst {
    map: FxHashMap<u64, u32>,
    longest: u8,
}

impl LongestFirst {
    fn new(deck: &DeckTable) -> Self {
        let key = |prefix: u64, length: u8| prefix << 4 | u64::from(length);
        let map = deck.entries().zip(0..).map(|((prefix, _), at)| (key(prefix.value(), prefix.length()), at)).collect();
        Self { map, longest: deck.entries().map(|(prefix, _)| prefix.length()).max().unwrap_or(0) }
    }

    fn find(&self, number: E164) -> Option<u8> {
        let digits = number.digit_count();
        let longest = digits.min(self.longest);
        let mut prefix = number.value() / 10u64.pow(u32::from(digits - longest));
        for length in (1..=longest).rev() {
            if let Some(at) = self.map.get(&(prefix << 4 | u64::from(length))) {
                black_box(at);
                return Some(length);
            }
            prefix /= 10;
        }
        None
    }
}

/// Row in force and charge of both sides, for calls whose prefixes were looked up; under plans without any policy, or
/// with several.
pub(crate) fn charges(with_policies: bool, rounds: usize) -> Result<Part> {
    let mut dice = fastrand::Rng::with_seed(2);
    let decks = [1_000_000, 100_000].map(|count| synthetic::deck(count, &mut dice));
    let numbers = synthetic::numbers(&decks[0], NUMBERS, &mut dice);
    // A third is not answered.
    let durations: Vec<u64> = (0..NUMBERS).map(|_| dice.u64(..900_000).saturating_sub(300_000)).collect();
    let mut found = [Vec::new(), Vec::new()];
    let (mut ours, mut sum) = (Vec::new(), 0);
    let mut over_all = |charge: bool| {
        for (numbers, durations) in numbers.chunks(BATCH).zip(durations.chunks(BATCH)) {
            for (deck, found) in decks.iter().zip(&mut found) {
                deck.longest_batch(numbers, found);
                if charge {
                    deck.prefetch(found, |_| ());
                    let charged = found.iter().zip(durations);
                    sum += charged.filter_map(|(longest, ms)| cost(deck, *longest, *ms, with_policies)).sum::<i64>();
                }
            }
            black_box(&found);
        }
    };
    for _ in 0..rounds {
        let both = nanos_an_item(NUMBERS, || over_all(true))?;
        ours.push((both - nanos_an_item(NUMBERS, || over_all(false))?).max(0.0));
    }
    black_box(sum);
    Ok(Part {
        what: format!("row in force and both charges{}", if with_policies { ", plans with policies" } else { "" }),
        bound: if with_policies { "<= 40 ns" } else { "<= 25 ns" },
        ours: Samples::of(ours),
        beside: None,
        note: "what charging adds to looking up in both decks, 1M and 100k prefixes".to_owned(),
    })
}

fn cost(deck: &DeckTable, longest: Option<Longest>, duration_ms: u64, with_policies: bool) -> Option<i64> {
    let fits = &mut |row: &didtron_rate_tables::CompiledRow| row.competes(AT).then(Rank::default);
    let row = deck.terms(deck.best_from(longest?, AT, fits)?.row);
    let Some(didtron_domain::deck::RowPrice::One { rate, initial_rate }) = row.price else { return None };
    let terms = Terms {
        rate,
        initial_rate,
        connect_fee: row.connect_fee,
        increment: row.increment?,
        grace_s: if with_policies { 3 } else { 0 },
        grace_mode: Default::default(),
        increment_origin: Default::default(),
        duration_rounding: Default::default(),
        decimals: if with_policies { 4 } else { 6 },
        mode: Default::default(),
        min_charge: with_policies.then_some(Amount(100)),
        max_charge: with_policies.then_some(Amount(5_000_000)),
    };
    price(&terms, duration_ms).ok().map(|priced| priced.charge.0)
}

/// Call files in the system's memory to rated columns, beside the yardstick on the same records; their totals are equal.
pub(crate) fn in_memory(calls: u64, prefixes: u32, rounds: usize, folder: &Path) -> Result<Part> {
    let world = folder.join("in-memory");
    didtron_world::write(&Options { calls, seed: 1, prefixes }, &world)?;
    let files = in_memory::call_files(&world)?;
    let engine = in_memory::catalog(&world)?;
    let yardstick = didtron_yardstick::Catalog::load(&world.join("catalog.toml"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut totals, mut expected) = (in_memory::Totals::default(), didtron_yardstick::Totals::default());
    for _ in 0..rounds {
        let items = usize::try_from(calls)?;
        let mut rated = Ok(());
        ours.push(process_nanos_an_item(items, || rated = in_memory::rate(&engine, &files).map(|all| totals = all))?);
        rated?;
        expected = didtron_yardstick::Totals::default();
        let texts = files.iter().map(std::fs::read).collect::<io::Result<Vec<_>>>()?;
        let mut rated = Ok(());
        theirs.push(process_nanos_an_item(items, || {
            rated = texts.iter().try_for_each(|text| {
                expected += didtron_yardstick::rate(&yardstick, &text[..], BufWriter::new(io::sink()))?;
                Ok(())
            });
        })?);
        rated.map_err(|error: anyhow::Error| error)?;
    }
    let decimal = |micros| Decimal::from_i128_with_scale(micros, 6);
    let same = (totals.calls, totals.rejected, decimal(totals.revenue_micros), decimal(totals.cost_micros))
        == (expected.calls, expected.rejected, expected.revenue, expected.cost);
    ensure!(same, "the totals differ: {totals:?} and {expected:?}");
    std::fs::remove_dir_all(&world).context("could not remove a world")?;
    Ok(Part {
        what: format!("{calls} CSV records to rated columns, {prefixes} prefixes a side"),
        bound: "<= 200 ns (5 million a second); >= 12x",
        ours: Samples::of(ours),
        beside: Some(("yardstick", Samples::of(theirs))),
        note: format!("equal totals: {} rated, revenue {}, cost {}", expected.calls, expected.revenue, expected.cost),
    })
}
