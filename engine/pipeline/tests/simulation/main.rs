//! The pipeline in a small seeded world where everything goes wrong: owners die at any port call or work at the same
//! time, writes land late and again, days close, catalogs and mappings change, people re-drive, dismiss, re-rate, undo and
//! void.
//!
//! `DIDTRON_SIM_SEEDS` is how many seeds to run, or `first..last`; a failure names its seed.

mod books;
mod calls;
mod chance;
mod check;
mod identities;
mod met;
mod model;
mod rerates;
mod scenarios;
mod store;
mod world;

use didtron_pipeline::Fault;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::{Planted, World};

const SEEDS: u64 = 600;

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("DIDTRON_SIM_SEEDS") else { return 0..SEEDS };
    let number = |text: &str| text.parse().expect("DIDTRON_SIM_SEEDS is a number, or first..last");
    match text.split_once("..") {
        Some((first, last)) => number(first)..number(last),
        None => 0..number(&text),
    }
}

fn run(seed: u64, planted: Planted) -> Result<(), String> {
    let world = World::new(seed, planted);
    world.run()?;
    check::check(&world)
}

#[test]
fn usage_ledger_and_model_agree_whatever_dies() {
    for seed in seeds() {
        if let Err(what) = run(seed, Planted::Nothing) {
            panic!("seed {seed}: {what}");
        }
    }
}

/// Worlds in which re-rates meet nothing would prove nothing about them.
#[test]
fn re_rates_meet_every_accident() {
    let mut met: BTreeMap<&str, bool> = BTreeMap::new();
    for seed in 0..SEEDS {
        let world = World::new(seed, Planted::Nothing);
        world.run().expect("no alarm");
        met::met(&world).into_iter().for_each(|(what, fact)| *met.entry(what).or_default() |= fact);
    }
    let never: Vec<_> = met.iter().filter(|(_, fact)| !**fact).map(|(what, _)| what).collect();
    assert!(!met.is_empty() && never.is_empty(), "never met within {SEEDS} seeds: {never:?}");
}

/// A fault that nobody would notice could be there already.
fn is_found(planted: Planted) {
    let found = (0..400).find(|seed| {
        let ended = catch_unwind(AssertUnwindSafe(|| run(*seed, planted)));
        !matches!(ended, Ok(Ok(())))
    });
    assert!(found.is_some(), "{planted:?} was not found within 400 seeds");
}

#[test]
fn finds_a_settlement_without_compare_and_swap() {
    is_found(Planted::SettleWithoutSwap);
}

#[test]
fn finds_a_settlement_before_its_write() {
    is_found(Planted::SettleBeforeWrite);
}

#[test]
fn finds_an_index_that_keeps_a_replayed_batchs_rows() {
    is_found(Planted::InPipeline(Fault::IndexKeepsReplayedRows));
}

#[test]
fn finds_reversals_that_miss_what_is_in_flight() {
    is_found(Planted::InPipeline(Fault::NoOverlay));
}

#[test]
fn finds_postings_into_a_closed_day() {
    is_found(Planted::InPipeline(Fault::PostsIntoClosedDay));
}

#[test]
fn finds_a_replay_with_another_catalog() {
    is_found(Planted::InPipeline(Fault::ReplaysWithNewestCatalog));
}

#[test]
fn finds_an_index_built_without_suspense() {
    is_found(Planted::InPipeline(Fault::IndexWithoutSuspense));
}

#[test]
fn finds_a_rerate_that_is_cut_by_place() {
    is_found(Planted::InPipeline(Fault::RerateCutByPlace));
}
