//! The fast path against a second rater that was written from the rules alone, on random catalogs, decks and calls.
//!
//! `DIDTRON_ORACLE_CASES` sets how many calls are compared, each on both sides; the count of (deck, call) pairs among
//! them, which are the sides that a deck prices, is printed.

mod fraction;
mod naive;
mod states;
mod worlds;

use didtron_domain::{
    CallBatch, CallRecord, IdentityKey, NameId, RatedCall, RatedColumns, RatedSide, Reason, Rejection,
};
use didtron_rate_tables::DeckTable;
use didtron_rating::Catalog;
use naive::{Found, FoundRow, NaiveDeck, Outcome, World};
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use worlds::{Dice, Made};

const CASES_DEFAULT: u32 = 20_000;
const CALLS_PER_WORLD: u32 = 200;

fn cases() -> u32 {
    match std::env::var("DIDTRON_ORACLE_CASES") {
        Ok(text) => text.parse().expect("DIDTRON_ORACLE_CASES is a number"),
        Err(_) => CASES_DEFAULT,
    }
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

    fn text(&self, id: NameId) -> String {
        self.0.borrow().1[id.0 as usize].clone()
    }
}

struct Pair {
    fast: Catalog,
    slow: World,
    names: Names,
}

fn pair(made: &Made) -> Pair {
    let names = Names::default();
    let tables: HashMap<String, Arc<DeckTable>> =
        made.decks.iter().map(|(head, versions)| (head.name.clone(), table(head, versions))).collect();
    let fast = Catalog::compile(1, &made.spec, &|name| tables.get(name).cloned(), &|name| names.id(name));
    let fast = fast.unwrap_or_else(|findings| panic!("{findings:#?}"));
    let decks = made.decks.iter().map(|(head, versions)| NaiveDeck::new(head, versions)).collect();
    Pair { fast, slow: World { spec: made.spec.clone(), decks }, names }
}

fn table(head: &didtron_domain::deck::DeckHead, versions: &[didtron_domain::deck::DeckVersion]) -> Arc<DeckTable> {
    Arc::new(DeckTable::compile(head, versions).expect("a legal deck"))
}

impl Pair {
    fn readable(&self, outcome: &Result<RatedCall, Rejection>) -> Outcome {
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

    fn readable_side(&self, side: &RatedSide) -> Found {
        let text = |id: Option<NameId>| id.map(|id| self.names.text(id));
        Found {
            carrier: text(side.carrier),
            interconnect: text(side.interconnect),
            service: text(side.service),
            number: side.number.map(|x| x.to_string()),
            looked_up: side.looked_up.map(|x| x.to_string()),
            row: side.row.map(|row| FoundRow {
                prefix: side.prefix().expect("a row was matched by a number").to_string(),
                destination: self.names.text(row.destination),
                group: text(row.group),
                deck: self.names.text(row.deck),
                version: row.deck_version,
                rate: row.rate,
                jurisdiction: row.jurisdiction.map(|x| x.as_str()),
                currency: row.currency.to_string(),
            }),
            blocked: side.blocked,
            whole_s: side.whole_s,
            billed_s: side.billed_s,
            charge: side.charge.0.into(),
            amount: side.amount.0.into(),
            account_currency: side.account_currency.map(|x| x.to_string()),
            fx_rate: side.fx_rate,
            fx_day: side.fx_day,
            base_amount: side.base_amount.0.into(),
        }
    }
}

/// What the random worlds must have met, so that agreement means something.
#[derive(Default)]
struct Met(HashMap<String, u32>);

impl Met {
    fn note(&mut self, outcome: &Outcome) {
        let mut add = |word: String| *self.0.entry(word).or_default() += 1;
        match outcome {
            Outcome::Rejected(reason, side, _, _) => add(format!("{} {side:?}", reason.as_str())),
            Outcome::Rated(sides) => {
                for side in sides.iter().flatten() {
                    add("rated side".to_owned());
                    if side.blocked {
                        add("blocked".to_owned());
                    }
                    if side.fx_rate.is_some() {
                        add("converted".to_owned());
                    }
                    if side.looked_up != side.number {
                        add("lrn".to_owned());
                    }
                    if let Some(jurisdiction) = side.row.as_ref().and_then(|row| row.jurisdiction) {
                        add(jurisdiction.to_owned());
                    }
                    if side.billed_s == 0 && side.charge > 0 {
                        add("attempt fee".to_owned());
                    }
                }
            }
        }
    }
}

#[test]
fn the_fast_path_agrees_with_the_slow_one() {
    let worlds = cases().div_ceil(CALLS_PER_WORLD);
    let met = RefCell::new(Met::default());
    over_worlds(worlds, &any::<u64>(), |seed| {
        let mut dice = Dice::new(seed);
        let made = worlds::make(&mut dice);
        let pair = pair(&made);
        for call in 0..CALLS_PER_WORLD {
            let cells = made.call(&mut dice);
            let fast = pair.fast.rate(&cells.record());
            let slow = pair.slow.rate(&cells.record());
            if pair.readable(&fast) != slow {
                panic!(
                    "seed {seed}, call {call}: {cells:#?}\nfast {:#?}\nslow {slow:#?}\n{:#?}",
                    pair.readable(&fast),
                    pair.fast.explain(&cells.record())
                );
            }
            if call % 8 == 0 {
                assert_eq!(pair.fast.explain(&cells.record()).outcome, fast);
            }
            met.borrow_mut().note(&slow);
            if cells.clean && pair.slow.rate(&CallRecord { clean: false, ..cells.record() }) != slow {
                met.borrow_mut().0.insert("clean".to_owned(), 1);
            }
        }
    });
    let met = met.into_inner().0;
    println!("{} calls, {} sides rated: {met:?}", worlds * CALLS_PER_WORLD, met["rated side"]);
    for reason in Reason::WORDS.iter().skip(4) {
        assert!(
            met.keys().any(|key| key.starts_with(reason)),
            "no call of the random worlds was rejected for {reason}: {met:?}"
        );
    }
    for word in [
        "rated side",
        "blocked",
        "converted",
        "lrn",
        "clean",
        "attempt fee",
        "inter",
        "intra",
        "indeterminate",
        "local",
        "eea",
        "international",
    ] {
        assert!(met.contains_key(word), "no call of the random worlds met {word}: {met:?}");
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
