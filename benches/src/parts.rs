//! The parts of the hot path, in this process: each beside what it is compared with, one after the other in every round.

use crate::samples::{Samples, nanos_an_item, process_nanos_an_item};
use anyhow::{Context, Result, ensure};
use didtron_benches::{in_memory, synthetic};
use didtron_domain::catalog::Policies;
use didtron_domain::{Amount, E164, Instant};
use didtron_rate_tables::{DeckTable, Longest};
use didtron_rating::price::columns::{ChargeRules, RateTerms};
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
    let durations: Vec<u32> = (0..NUMBERS).map(|_| dice.u32(..900_000).saturating_sub(300_000)).collect();
    let found = decks.each_ref().map(|deck| {
        let mut found = Vec::new();
        deck.longest_batch(&numbers, &mut found);
        found
    });
    let rules = ChargeRules::new(&if with_policies { several_policies() } else { Policies::default() });
    let (mut terms, mut own_durations, mut charged) = (Vec::new(), Vec::new(), Vec::new());
    let mut charge = |deck: &DeckTable, found: &[Option<Longest>], durations: &[u32]| {
        deck.prefetch(found, |_| ());
        terms.clear();
        own_durations.clear();
        charged.clear();
        for (longest, &duration) in found.iter().zip(durations) {
            let row = longest.and_then(|longest| deck.first_from(longest, AT));
            if let Some(own) = row.and_then(|(_, row)| RateTerms::new(deck.terms(row))) {
                terms.push(own);
                own_durations.push(duration);
            }
        }
        rules.price_all(&terms, &own_durations, &mut charged);
        black_box(&charged);
    };
    let mut ours = Vec::new();
    for _ in 0..rounds {
        ours.push(nanos_an_item(NUMBERS, || {
            let [customer, supplier] = &found;
            for (at, durations) in (0..).step_by(BATCH).zip(durations.chunks(BATCH)) {
                charge(&decks[0], &customer[at..at + durations.len()], durations);
                charge(&decks[1], &supplier[at..at + durations.len()], durations);
            }
        })?);
    }
    Ok(Part {
        what: format!("row in force and both charges{}", if with_policies { ", plans with policies" } else { "" }),
        bound: if with_policies { "<= 40 ns" } else { "<= 25 ns" },
        ours: Samples::of(ours),
        beside: None,
        note: "after looking up, in decks of 1M and 100k prefixes".to_owned(),
    })
}

fn several_policies() -> Policies {
    Policies {
        grace_s: 3,
        decimals: 4,
        min_charge: Some(Amount(100)),
        max_charge: Some(Amount(5_000_000)),
        ..Policies::default()
    }
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
