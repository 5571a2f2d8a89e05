//! The fast path against a second rater that was written from the rules alone, on random catalogs, decks and calls.
//!
//! `DIDTRON_ORACLE_CASES` sets how many calls are compared, each on both sides, and `DIDTRON_ORACLE_CALLS_PER_WORLD` how
//! many of them meet one catalog. `DIDTRON_ORACLE_SEED` makes a run repeatable; without it every run draws its own. The
//! seed is printed, and so is the count of (deck, call) pairs: the sides that a row of a deck prices, all of whose fields
//! are compared. The first world of a run has the run's seed, so that a world that fails is had again alone by its own.

mod fraction;
mod met;
mod naive;
mod states;
mod worlds;

use didtron_domain::{
    CallBatch, CallRecord, ContentHash, IdentityKey, NameId, RatedCall, RatedColumns, RatedSide, Reason, Rejection,
};
use didtron_rate_tables::DeckTable;
use didtron_rating::Catalog;
use met::Met;
use naive::{Found, FoundRow, Outcome, World};
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::Arc;
use worlds::{Cells, Dice, Made};

const CASES_DEFAULT: u32 = 20_000;
const CALLS_PER_WORLD_DEFAULT: u32 = 200;

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Names as the books would number them.
#[derive(Default)]
struct Names(RefCell<(HashMap<String, u32>, Vec<String>)>);

impl Names {
    fn id(&self, name: &str) -> NameId {
        let (ids, names) = &mut *self.0.borrow_mut();
        let next = u32::try_from(names.len()).expect("few names");
        NameId(*ids.entry(name.to_owned()).or_insert_with(|| {
            names.push(name.to_owned());
            next
        }))
    }
}

struct Pair {
    fast: Catalog,
    slow: World,
    /// By their id.
    names: Vec<String>,
}

fn pair(made: &Made) -> Pair {
    let names = Names::default();
    let tables: HashMap<String, Arc<DeckTable>> =
        made.decks.iter().map(|(head, versions)| (head.name.clone(), table(head, versions))).collect();
    let fast = Catalog::compile(1, &made.spec, &|name| tables.get(name).cloned(), &|name| names.id(name));
    let fast = fast.unwrap_or_else(|findings| panic!("{findings:#?}"));
    Pair { fast, slow: World::new(&made.spec, &made.decks), names: names.0.into_inner().1 }
}

fn table(head: &didtron_domain::deck::DeckHead, versions: &[didtron_domain::deck::DeckVersion]) -> Arc<DeckTable> {
    Arc::new(DeckTable::compile(head, versions).expect("a legal deck"))
}

impl Pair {
    fn readable(&self, outcome: &Result<RatedCall, Rejection>) -> Outcome<'_> {
        match outcome {
            Ok(rated) => {
                let side = |side: &Option<RatedSide>| side.as_ref().map(|side| self.readable_side(side));
                Outcome::Rated(Box::new([side(&rated.customer), side(&rated.supplier)]))
            }
            Err(rejection) => Outcome::Rejected(
                rejection.reason,
                rejection.side,
                rejection.customer_charge.map(|x| x.0.into()),
                rejection.supplier_charge.map(|x| x.0.into()),
            ),
        }
    }

    fn readable_side(&self, side: &RatedSide) -> Found<'_> {
        let text = |id: NameId| self.names[id.0 as usize].as_str();
        Found {
            carrier: side.carrier.map(text),
            interconnect: side.interconnect.map(text),
            service: side.service.map(text),
            number: side.number.map(|x| x.value()),
            looked_up: side.looked_up.map(|x| x.value()),
            row: side.row.map(|row| FoundRow {
                prefix: side.prefix().expect("a row was matched by a number"),
                destination: text(row.destination),
                group: row.group.map(text),
                deck: text(row.deck),
                version: row.deck_version,
                rate: row.rate,
                jurisdiction: row.jurisdiction.map(|x| x.as_str()),
                currency: row.currency,
            }),
            blocked: side.blocked,
            whole_s: side.whole_s,
            billed_s: side.billed_s,
            charge: side.charge.0.into(),
            amount: side.amount.0.into(),
            account_currency: side.account_currency,
            fx_rate: side.fx_rate,
            fx_day: side.fx_day,
            base_amount: side.base_amount.0.into(),
        }
    }

    fn compare(&self, cells: &Cells, fast: &Result<RatedCall, Rejection>, met: &mut Met) -> Result<(), String> {
        let slow = self.slow.rate(&cells.record());
        if self.readable(fast) != slow {
            let explanation = self.fast.explain(&cells.record());
            return Err(format!("{cells:#?}\nfast {:#?}\nslow {slow:#?}\n{explanation:#?}", self.readable(fast)));
        }
        met.note(cells, &slow);
        if cells.clean && !met.has("clean") {
            let written = CallRecord { clean: false, ..cells.record() };
            if self.slow.rate(&written) != slow {
                met.add("clean");
            }
        }
        Ok(())
    }
}

#[test]
fn the_fast_path_agrees_with_the_slow_one() {
    let calls_per_world = variable("DIDTRON_ORACLE_CALLS_PER_WORLD").unwrap_or(CALLS_PER_WORLD_DEFAULT);
    let worlds = variable("DIDTRON_ORACLE_CASES").unwrap_or(CASES_DEFAULT).div_ceil(calls_per_world);
    let run_seed = variable("DIDTRON_ORACLE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("seed {run_seed}, {worlds} worlds of {calls_per_world} calls");
    let begun = std::time::Instant::now();
    let mut met = Met::default();
    let mut drawn = Drawn::default();
    let mut seeds = Dice::new(run_seed);
    let mut seed = run_seed;
    for _ in 0..worlds {
        agree_in_world(seed, calls_per_world, &mut drawn, &mut met);
        seed = seeds.below(u64::MAX);
    }
    println!("{met}");
    println!(
        "seed {run_seed}: {} calls, {} (deck, call) pairs, {worlds} worlds, {:.1} seconds",
        met.calls,
        met.pairs,
        begun.elapsed().as_secs_f64()
    );
    met.has_everything();
}

/// The calls of a world, in memory that the next world uses again.
#[derive(Default)]
struct Drawn {
    calls: Vec<Cells>,
    written: (CallBatch, RatedColumns),
    clean: (CallBatch, RatedColumns),
}

impl Drawn {
    fn draw(&mut self, made: &Made, call_count: u32, dice: &mut Dice) {
        self.calls.clear();
        self.calls.extend((0..call_count).map(|_| made.call(dice)));
        self.clean.0.clean = true;
        for (batch, _) in [&mut self.written, &mut self.clean] {
            batch.clear();
            let clean = batch.clean;
            for cells in self.calls.iter().filter(|cells| cells.clean == clean) {
                batch.push_call(IdentityKey(0), ContentHash(0), &cells.record());
            }
        }
    }

    fn rate(&mut self, fast: &Catalog) {
        for (batch, rated) in [&mut self.written, &mut self.clean] {
            rated.resize(0);
            fast.rate_batch(batch, 0..batch.len(), rated);
        }
    }

    /// Each call, and what it was rated in its batch.
    fn outcomes(&self) -> impl Iterator<Item = (&Cells, Result<RatedCall, Rejection>)> {
        let [mut written, mut clean] = [&self.written.1, &self.clean.1].map(|x| (0..x.len()).map(|row| x.get(row)));
        self.calls.iter().map(move |cells| {
            let next = if cells.clean { clean.next() } else { written.next() };
            (cells, next.expect("a row for each call"))
        })
    }
}

/// Rates the calls of a world in batches, the clean ones apart, and compares them one by one. The first ones are rated
/// alone and explained too.
fn agree_in_world(seed: u64, call_count: u32, drawn: &mut Drawn, met: &mut Met) {
    const ALONE: usize = 200;
    const EXPLAINED: usize = 25;
    let mut dice = Dice::new(seed);
    let made = worlds::make(&mut dice);
    let pair = pair(&made);
    drawn.draw(&made, call_count, &mut dice);
    drawn.rate(&pair.fast);
    for (at, (cells, fast)) in drawn.outcomes().enumerate() {
        if let Err(difference) = pair.compare(cells, &fast, met) {
            panic!("seed {seed}, call {at} of {call_count}: {difference}");
        }
        let alone = (at < ALONE).then(|| pair.fast.rate(&cells.record()));
        let explained = (at < EXPLAINED).then(|| pair.fast.explain(&cells.record()).outcome);
        for other in alone.into_iter().chain(explained) {
            assert_eq!(other, fast, "seed {seed}, call {at} of {call_count}");
        }
    }
}

/// Runs `check` over so many random worlds.
fn over_worlds<S: Strategy>(worlds: u32, drawn: &S, check: impl Fn(S::Value)) {
    let config = Config { cases: worlds, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(config).run(drawn, |value| {
        check(value);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_batch_is_its_calls_in_any_cut() {
    const CALLS: usize = 300;
    over_worlds(16, &(any::<u64>(), any::<bool>(), 1..=CALLS), |(seed, clean, cut)| {
        let mut dice = Dice::new(seed);
        let made = worlds::make(&mut dice);
        let pair = pair(&made);
        let mut batch = CallBatch { clean, ..CallBatch::default() };
        let mut expected = Vec::new();
        for at in 0..CALLS {
            let mut cells = made.call(&mut dice);
            cells.clean = clean;
            if at % 17 == 3 {
                batch.push_malformed(0..0, 1, "not a record".to_owned());
                expected.push(Err(MALFORMED));
            } else {
                batch.push(0..0, 1, IdentityKey(0), &cells.record());
                expected.push(pair.fast.rate(&cells.record()));
            }
        }
        let mut rated = RatedColumns::default();
        for begin in (0..CALLS).step_by(cut) {
            pair.fast.rate_batch(&batch, begin..CALLS.min(begin + cut), &mut rated);
        }
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(rated.get(row), *expected, "seed {seed}, clean {clean}, cut every {cut}, row {row}");
        }
    });
}

const MALFORMED: Rejection =
    Rejection { reason: Reason::MalformedRecord, side: None, customer_charge: None, supplier_charge: None };
