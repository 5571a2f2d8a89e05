//! Re-rates in worlds without accidents: dry runs against what is booked, undos, scopes without calls, void.

use crate::calls::{CATALOGS, FIRST_DAY, FakeCatalog, currency};
use crate::check::{check, kept, usage};
use crate::identities::{arb_lines, totals};
use crate::scenarios::{block_on, die_after, settings};
use crate::world::{GrowingFile, World};
use didtron_domain::{IdentityKey, NameId, Side, UsageDigest};
use didtron_pipeline::{Differences, MovedAccount, Outside, Pipeline, Trial, VoidedInput, try_rerate};
use didtron_ports::{Claim, Feed, Kept, KeptCall, Moved, RerateWhat, Rerated, Scope, Sides};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A world whose file was rated by this catalog version, which is its newest.
fn rated(text: &str, catalog: u32, batch_rows: usize) -> World {
    let world = World::calm(vec![GrowingFile::whole("one", "plain", text)]);
    world.newest_catalog.set(catalog);
    block_on(world.rate(&mut Pipeline::new(&world, settings(batch_rows)), 0)).expect("no alarm");
    world
}

/// Re-rates, or goes on with what has the id; returns its number.
fn rerate(world: &World, what: RerateWhat, id: &str, batch_rows: usize) -> i64 {
    let number = world.pages.borrow_mut().add_rerate(what, id);
    block_on(Pipeline::new(world, settings(batch_rows)).rerate(number, &mut |_| {})).expect("no alarm");
    number
}

fn by(catalog_version: u32, scope: &Scope) -> RerateWhat {
    RerateWhat::Rate { catalog_version, scope: scope.clone() }
}

/// What all batches of a re-rate say that they did.
fn done(world: &World, number: i64) -> Rerated {
    let pages = world.pages.borrow();
    let (mut sum, mut kept, mut moved) = (Rerated::default(), BTreeMap::new(), BTreeMap::new());
    for settlement in &pages.settlements {
        let Some(told) = settlement.rerated.as_ref().filter(|_| is_of(&settlement.claim, number)) else { continue };
        (sum.calls, sum.changed) = (sum.calls + told.calls, sum.changed + told.changed);
        (sum.revenue, sum.cost) = (sum.revenue + told.revenue, sum.cost + told.cost);
        sum.base_currency = sum.base_currency.or(told.base_currency);
        told.kept.iter().for_each(|(why, calls)| *kept.entry(*why).or_default() += calls);
        for line in &told.moved {
            *moved.entry(Moved { amount: 0, ..*line }).or_default() += line.amount;
        }
    }
    let moved = moved.into_iter().filter(|(_, amount)| *amount != 0);
    sum.moved = moved.map(|(line, amount)| Moved { amount, ..line }).collect();
    Rerated { kept: kept.into_iter().collect(), ..sum }
}

fn is_of(claim: &Claim, number: i64) -> bool {
    claim.request.feed == Feed::Rerate { rerate: number }
}

/// What a dry run says, in the words of a batch.
fn told(world: &World, dry: &Differences) -> Rerated {
    let narrow = |amount: i128| i64::try_from(amount).expect("small amounts");
    let line = |(account, amount): &(MovedAccount, i128)| Moved {
        carrier: account.carrier,
        side: account.side,
        currency: account.currency,
        answer_day: account.answer_day,
        posting_day: account.posting_day,
        amount: narrow(*amount),
    };
    let base_currency = (dry.total.calls > 0).then(currency);
    let rows = usage(world).expect("the journals are there");
    assert!(dry.greatest.iter().all(|call| rows.iter().any(|row| row.place == call.place && row.sign > 0)));
    Rerated {
        calls: dry.calls,
        changed: dry.total.calls,
        kept: dry.kept.clone(),
        base_currency,
        revenue: narrow(dry.total.revenue),
        cost: narrow(dry.total.cost),
        moved: dry.moved.iter().map(line).collect(),
    }
}

fn tried(world: &World, catalog: u32, scope: &Scope) -> Differences {
    let (files, first_open_day) = {
        let pages = world.pages.borrow();
        (pages.files.clone(), pages.first_open_day)
    };
    let catalog = Arc::new(FakeCatalog(catalog));
    let trial =
        Trial { catalog, against: None, scope: scope.clone(), first_open_day, see_changed: None, see_kept: None };
    block_on(try_rerate(world.store(), &files, trial)).expect("no alarm")
}

/// The first calls that keep their rating.
fn named(world: &World, number: i64) -> Vec<KeptCall> {
    let entry = world.pages.borrow().rerates.iter().find(|entry| entry.number == number).cloned();
    kept(world, &entry.expect("an entry")).expect("the journals are there").0
}

/// What all calls cost, by carrier and side, and their digest.
fn worth(world: &World) -> (BTreeMap<(NameId, Side), i64>, UsageDigest) {
    let mut digest = UsageDigest::default();
    world.pages.borrow().settlements.iter().for_each(|settlement| digest.merge(settlement.digest));
    (totals(&usage(world).expect("the journals are there")), digest)
}

fn arb_scope() -> impl Strategy<Value = Scope> {
    let day = |day: Option<i32>| day.map(|day| FIRST_DAY.plus(day).midnight());
    let sides = prop::sample::select(vec![Sides::Both, Sides::Customer, Sides::Supplier]);
    let some_day = || prop::option::weighted(0.3, 0..6);
    let name = || prop::option::weighted(0.2, prop::sample::select(vec![NameId(1), NameId(2)]));
    (sides, some_day(), some_day(), name(), name()).prop_map(move |(sides, from, to, customer, supplier)| Scope {
        from: day(from),
        to: day(to),
        customer,
        supplier,
        sides,
        ..Scope::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_dry_run_says_what_a_re_rate_books_and_its_undo_takes_back(
        lines in arb_lines(),
        batch_rows in 1..9usize,
        catalogs in (1..=CATALOGS, 1..=CATALOGS),
        scope in arb_scope(),
        closed in 0..7i32,
    ) {
        let world = rated(&lines.concat(), catalogs.0, batch_rows);
        world.pages.borrow_mut().close(FIRST_DAY.plus(closed));
        let (before, dry) = (worth(&world), tried(&world, catalogs.1, &scope));
        let what = by(catalogs.1, &scope);
        let number = rerate(&world, what.clone(), "first", batch_rows);
        let first = done(&world, number);
        prop_assert_eq!(&told(&world, &dry), &first);
        prop_assert_eq!(named(&world, number), dry.kept_calls);
        // Once more, there is nothing left to change.
        let second = done(&world, rerate(&world, what, "second", batch_rows));
        prop_assert_eq!(&second, &Rerated { calls: first.calls, kept: first.kept, ..Rerated::default() });
        let undone = done(&world, rerate(&world, RerateWhat::Undo { of: number }, "undo", batch_rows));
        prop_assert_eq!((undone.revenue, undone.cost), (-first.revenue, -first.cost));
        prop_assert_eq!((undone.calls, undone.changed, undone.kept), (first.changed, first.changed, vec![]));
        prop_assert_eq!(worth(&world), before);
        world.close_all().and_then(|()| check(&world)).map_err(TestCaseError::fail)?;
    }
}

const THREE: &str = "c1 - 1\nc2 - 4\nc3 - 8\n";

#[test]
fn a_scope_without_calls_is_one_empty_batch() {
    let world = rated(THREE, 1, 2);
    let nobody = Scope { destination: Some(NameId(77)), ..Scope::default() };
    assert_eq!(told(&world, &tried(&world, 2, &nobody)), Rerated::default());
    // The second time it is done.
    for _ in 0..2 {
        let number = rerate(&world, by(2, &nobody), "nobody", 2);
        assert_eq!(done(&world, number), Rerated::default());
        let pages = world.pages.borrow();
        let claims: Vec<_> = pages.claims.iter().filter(|(claim, _)| is_of(claim, number)).collect();
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].0.request.range, 0..IdentityKey::RANGE_END);
    }
}

#[test]
fn an_undo_keeps_what_changed_since() {
    let files = [("one", THREE), ("two", "c1 - 7\n")];
    let world = World::calm(files.iter().map(|(name, text)| GrowingFile::whole(name, "plain", text)).collect());
    let rate = |at| block_on(world.rate(&mut Pipeline::new(&world, settings(9)), at)).expect("no alarm");
    rate(0);
    world.newest_catalog.set(CATALOGS);
    let number = rerate(&world, by(2, &Scope::default()), "all", 1);
    assert_eq!(done(&world, number).changed, 3);
    // The first call is corrected, the second, of the fifth day, is rated again.
    rate(1);
    let late = Scope { from: Some(FIRST_DAY.plus(4).midnight()), ..Scope::default() };
    assert_eq!(done(&world, rerate(&world, by(CATALOGS, &late), "late", 1)).changed, 1);
    let undone = done(&world, rerate(&world, RerateWhat::Undo { of: number }, "undo", 1));
    assert_eq!((undone.calls, undone.changed), (3, 1));
    assert_eq!(undone.kept, [(Kept::Corrected, 1), (Kept::Rerated, 1)]);
    let which = |world: &World| {
        let rows = usage(world).expect("the journals are there");
        let call = |call: KeptCall| {
            let row = rows.iter().find(|row| row.place == call.place).expect("a row");
            (row.call_id.to_string(), call.why, call.batch)
        };
        named(world, number + 2).into_iter().map(call).collect::<BTreeSet<_>>()
    };
    // The re-rate wrote a batch for each call, behind the first batch; then came the correction, and the other re-rate.
    let kept = [("c1".to_owned(), Kept::Corrected, 5), ("c2".to_owned(), Kept::Rerated, 6)];
    assert_eq!(which(&world), BTreeSet::from(kept.clone()));
    let rows = usage(&world).expect("the journals are there");
    let last = rows.last().expect("the undo wrote rows");
    assert_eq!((last.sign, &*last.call_id, last.catalog_version), (1, "c3", 1));
    // Whatever comes afterwards.
    assert!(done(&world, rerate(&world, by(2, &Scope::default()), "again", 1)).changed > 0);
    assert_eq!(which(&world), BTreeSet::from(kept));
    world.close_all().and_then(|()| check(&world)).expect("the books are whole");
}

#[test]
fn a_voided_part_of_a_re_rate_is_claimed_again() {
    let world = rated(THREE, 1, 2);
    let number = world.pages.borrow_mut().add_rerate(by(2, &Scope::default()), "all");
    let mut pipeline = Pipeline::new(&world, settings(2));
    let mut polls = 1;
    while !world.pages.borrow().unsettled().iter().any(|claim| is_of(claim, number)) {
        die_after(polls, pipeline.rerate(number, &mut |_| {}));
        polls += 1;
    }
    let voided = block_on(pipeline.void("a word", VoidedInput::Lost)).expect("no alarm");
    assert!(!voided.is_empty());
    assert_eq!(done(&world, rerate(&world, by(2, &Scope::default()), "all", 2)).changed, 3);
    world.close_all().and_then(|()| check(&world)).expect("the books are whole");
}
