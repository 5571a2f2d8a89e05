//! Identities of the journals, in worlds without accidents: what may not change money does not change it.

use crate::books::Ledger;
use crate::calls::CATALOGS;
use crate::check::{check, usage};
use crate::scenarios::{block_on, settings};
use crate::world::{GrowingFile, World};
use didtron_domain::{Amount, NameId, Reason, Side, UsageDigest};
use didtron_pipeline::Pipeline;
use didtron_ports::UsageRow;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A record of few calls with few contents, some with a version.
fn arb_line() -> impl Strategy<Value = String> {
    (0..4u32, prop::option::weighted(0.4, 0..4u32), 0..12u32).prop_map(|(call, version, content)| {
        let version = version.map_or_else(|| "-".to_owned(), |version| version.to_string());
        format!("c{call} {version} {content}\n")
    })
}

pub fn arb_lines() -> impl Strategy<Value = Vec<String>> {
    vec(arb_line(), 1..25)
}

/// What must not depend on how the records came.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// By carrier, side and day.
    ledger: Ledger,
    digest: UsageDigest,
    calls: u64,
    suspense: BTreeMap<Reason, i64>,
}

/// Rates files of these records one after the other, each by a new owner.
fn rated(files: &[String], batch_rows: usize) -> World {
    let whole = |(at, text): (usize, &String)| GrowingFile::whole(&format!("file {at}"), "plain", text);
    let world = World::calm(files.iter().enumerate().map(whole).collect());
    for at in 0..files.len() {
        block_on(world.rate(&mut Pipeline::new(&world, settings(batch_rows)), at)).expect("no alarm");
    }
    world
}

fn outcome(world: &World) -> Outcome {
    world.close_all().expect("all is settled");
    let pages = world.pages.borrow();
    let (mut digest, mut calls, mut suspense) = (UsageDigest::default(), 0, BTreeMap::new());
    for settlement in &pages.settlements {
        digest.merge(settlement.digest);
        calls += settlement.counts.calls;
        for (reason, change) in &settlement.counts.suspense {
            *suspense.entry(*reason).or_default() += change;
        }
    }
    suspense.retain(|_, waiting| *waiting != 0);
    let ledger = pages.posted.iter().filter(|(_, amount)| **amount != 0).map(|(account, amount)| (*account, *amount));
    Outcome { ledger: ledger.collect(), digest, calls, suspense }
}

/// Cuts records into files of these lengths; the rest is the last one.
fn cut(lines: &[String], lengths: &[usize]) -> Vec<String> {
    let mut rest = lines;
    let mut files = Vec::new();
    for length in lengths {
        let (file, later) = rest.split_at((*length).min(rest.len()));
        files.push(file.concat());
        rest = later;
    }
    files.push(rest.concat());
    files
}

/// A record that no other file has, lest a file be known as one that came before.
fn own(at: usize) -> String {
    format!("c{} - 1\n", 100 + at)
}

/// Each file with its own record.
fn told_apart(files: &[String]) -> Vec<String> {
    files.iter().enumerate().map(|(at, text)| own(at) + text).collect()
}

/// All records as one file in one batch, with the own records of `file_count` files.
fn whole(lines: &[String], file_count: usize) -> World {
    let owns: String = (0..file_count).map(own).collect();
    rated(&[lines.concat() + &owns], 100)
}

/// Per carrier and side, over all days.
pub fn totals<'a>(rows: impl IntoIterator<Item = &'a UsageRow<'static>>) -> BTreeMap<(NameId, Side), i64> {
    let mut totals = BTreeMap::new();
    for row in rows {
        for (side, rated) in [(Side::Customer, row.rated.customer), (Side::Supplier, row.rated.supplier)] {
            let rated = rated.expect("both sides are there");
            *totals.entry((rated.carrier.expect("a carrier"), side)).or_default() += rated.amount.0;
        }
    }
    totals
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_same_money_however_the_input_is_cut(
        lines in arb_lines(), lengths in vec(0..9usize, 0..4), batch_rows in 1..9usize,
    ) {
        let files = told_apart(&cut(&lines, &lengths));
        let parts = rated(&files, batch_rows);
        prop_assert_eq!(outcome(&parts), outcome(&whole(&lines, files.len())));
        check(&parts).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn once_twice_or_three_times_is_the_same(
        lines in arb_lines(), times in vec(1..4usize, 25), file_count in 1..4usize, batch_rows in 1..9usize,
    ) {
        let repeated: String = lines.iter().zip(times).map(|(line, times)| line.repeat(times)).collect();
        let many = rated(&told_apart(&vec![repeated; file_count]), batch_rows);
        prop_assert_eq!(outcome(&many), outcome(&whole(&lines, file_count)));
        check(&many).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn a_reversal_cancels_exactly(lines in arb_lines(), batch_rows in 1..9usize) {
        let world = rated(&[lines.concat()], batch_rows);
        let rows = usage(&world).map_err(TestCaseError::fail)?;
        let reversed: Vec<_> = rows.iter().filter_map(|row| row.reverses).collect();
        for reversal in rows.iter().filter(|row| row.sign < 0) {
            let taken = rows.iter().find(|row| Some(row.place) == reversal.reverses).expect("the row taken back");
            prop_assert_eq!(taken.sign, 1);
            prop_assert!(totals([reversal, taken]).values().all(|sum| *sum == 0));
            for (back, there) in [
                (reversal.rated.customer, taken.rated.customer),
                (reversal.rated.supplier, taken.rated.supplier),
            ] {
                let (back, there) = (back.expect("a side"), there.expect("a side"));
                prop_assert_eq!(back.charge, Amount(-there.charge.0));
                prop_assert_eq!(back.base_amount, Amount(-there.base_amount.0));
                prop_assert_eq!((back.fx_rate, back.billed_s), (there.fx_rate, there.billed_s));
            }
        }
        // All rows together are worth what the rows in force are worth.
        let in_force = rows.iter().filter(|row| row.sign > 0 && !reversed.contains(&row.place));
        prop_assert_eq!(totals(&rows), totals(in_force));
    }
}

const CALLS: &str = "c1 - 1\nc2 - 4\nc3 - 5\nc4 - 3\n";

/// A file comes again a year later, when its days are closed, prices have changed and another owner works.
#[test]
fn a_duplicate_a_year_later_changes_nothing() {
    let again = format!("c9 - 8\n{CALLS}");
    let world = rated(&[CALLS.to_owned()], 3);
    world.close_all().expect("all is settled");
    let before = (world.pages.borrow().posted.clone(), usage(&world).expect("the journals are there"));
    world.pass_days(366);
    world.newest_catalog.set(CATALOGS);
    let later = world.over(vec![GrowingFile::whole("a year later", "plain", &again)]);
    let report = block_on(later.rate(&mut Pipeline::new(&later, settings(2)), 0)).expect("no alarm");
    assert_eq!((report.counts.records, report.counts.duplicates, report.counts.calls), (5, 4, 1));
    assert_eq!(report.counts.suspense, []);
    let rows = usage(&later).expect("the journals are there");
    assert_eq!(rows[..before.1.len()], before.1);
    assert_eq!(rows.len(), before.1.len() + 1);
    assert_eq!(later.pages.borrow().posted, before.0);
}

/// A correction so late takes back what was stored, at its old price, and posts both to the open day.
#[test]
fn a_correction_a_year_later_posts_to_the_open_day() {
    let world = rated(&["c1 - 1\n".to_owned()], 3);
    world.close_all().expect("all is settled");
    let posted = world.pages.borrow().posted.clone();
    world.pass_days(366);
    world.newest_catalog.set(CATALOGS);
    let later = world.over(vec![GrowingFile::whole("a year later", "plain", "c1 - 4\nc1 - 1\n")]);
    let report = block_on(later.rate(&mut Pipeline::new(&later, settings(2)), 0)).expect("no alarm");
    assert_eq!((report.counts.usage_rows, report.counts.duplicates, report.corrections()), (2, 1, 1));
    let rows = usage(&later).expect("the journals are there");
    assert_eq!(
        rows.iter().map(|row| (row.sign, row.catalog_version)).collect::<Vec<_>>(),
        [(1, 1), (-1, 1), (1, CATALOGS)]
    );
    let open = later.pages.borrow().first_open_day;
    assert_eq!([rows[1].posting_day, rows[2].posting_day], [open; 2]);
    assert!(totals(&rows[..2]).values().all(|sum| *sum == 0));
    assert_eq!(later.pages.borrow().posted, posted);
}
