//! R16 as tables: records of one identity in the order of their arrival, and what each does to the journals.
//!
//! A record is a letter (its content), a version where it has one, and `!` when it cannot be rated. What it does:
//! `+` rated, `±` the rating in force reversed and the new one posted, `w` waits, `s` what waited is superseded,
//! `o` older content remembered, `v` a version lent, `d` counted as a duplicate. Then: what is in force, what waits.

use super::*;
use crate::plan::Action;
use didtron_domain::CallRecord;

const CALL: IdentityKey = IdentityKey(7);

fn push(batch: &mut CallBatch, record: &str) -> Option<Rejection> {
    let letter = record.chars().next().expect("a record has a letter");
    let digits: String = record.chars().filter(char::is_ascii_digit).collect();
    let start = if letter == 'Z' { Instant(-1) } else { Instant(1) };
    let call =
        CallRecord { duration_ms: letter as u64, version: digits.parse().ok(), start, ..CallRecord::PLACEHOLDER };
    batch.push(0..0, 1, CALL, &call);
    record.ends_with('!').then(|| because(Reason::NoRate))
}

/// Pushes records, and says which of them are rejected.
fn push_all(batch: &mut CallBatch, records: &[&str]) -> Vec<(usize, Rejection)> {
    let outcomes = records.iter().map(|record| push(batch, record)).enumerate();
    outcomes.filter_map(|(row, rejection)| Some((row, rejection?))).collect()
}

/// Runs the records, `cut` of them to a batch, and tells what came of each and how it ends.
fn run(records: &str, rewrites: bool, cut: usize) -> String {
    let words: Vec<&str> = records.split_whitespace().collect();
    let (mut index, mut told) = (Index::default(), Vec::new());
    let (mut force, mut waits) = ((None, "-"), (None, "-"));
    for (seq, words) in (1..).zip(words.chunks(cut)) {
        let mut batch = CallBatch { rewrites, ..CallBatch::default() };
        let rejected = push_all(&mut batch, words);
        let mut plan = Plan::new(seq);
        for (record, verdict) in ratable(&batch, &rejected, Some(Instant(0))).enumerate() {
            let (from, duplicates) = (plan.actions.len(), plan.counts.duplicates);
            decide_one(&mut plan, &mut index, &Arrival::of(&batch, record), verdict);
            let mut step: String = plan.actions[from..].iter().map(sign).collect();
            step.extend((plan.counts.duplicates > duplicates).then_some('d'));
            told.push(step);
            let known = index.known(CALL).expect("it came");
            if known.force != force.0 {
                force = (known.force, words[record]);
            }
            if known.waits != waits.0 {
                waits = (known.waits, known.waits.map_or("-", |_| words[record]));
            }
        }
    }
    format!("{} | {} {}", told.join(" "), force.1, waits.1)
}

const fn sign(action: &Action) -> char {
    match action {
        Action::Rate { reverses: None, .. } => '+',
        Action::Rate { reverses: Some(_), .. } => '±',
        Action::Wait { .. } => 'w',
        Action::Leave { .. } => 's',
        Action::Remember { cause: SuspenseCause::Version, .. } => 'v',
        Action::Remember { .. } => 'o',
    }
}

fn check(table: &str, rewrites: bool) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (records, wanted) = line.split_once('|').expect("records | outcome");
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        for cut in 1..=4 {
            let got = run(records, rewrites, cut);
            let got: Vec<&str> = got.split_whitespace().collect();
            assert_eq!(got, wanted, "{records:?} in batches of {cut}");
        }
    }
}

#[test]
fn a_source_without_versions_goes_by_first_arrival() {
    check(
        "
        A               | +             | A  -
        A A             | + d           | A  -
        A B             | + ±           | B  -
        A B A           | + ± d         | B  -
        A B A B         | + ± d d       | B  -
        A B C           | + ± ±         | C  -
        A!              | w             | -  A!
        A! A!           | w d           | -  A!
        A! B            | w s+          | B  -
        A! B!           | w sw          | -  B!
        A! B! A         | w sw d        | -  B!
        A B!            | + w           | A  B!
        A B! C          | + w s±        | C  -
        A B! C!         | + w sw        | A  C!
        A B! A          | + w d         | A  B!
        A B! B          | + w d         | A  B!
        Z               | w             | -  Z
        ",
        true,
    );
}

#[test]
fn versions_decide_where_a_source_gives_them() {
    check(
        "
        A1              | +             | A1 -
        A1 A1           | + d           | A1 -
        A1 B2           | + ±           | B2 -
        A2 B1           | + o           | A2 -
        A2 B1 B1        | + o d         | A2 -
        A2 B1 B3        | + o ±         | B3 -
        A1 A5 B3        | + vd o        | A1 -
        A1 A5 B6        | + vd ±        | B6 -
        A5 A1 B3        | + d o         | A5 -
        A1 B2 A1        | + ± d         | B2 -
        A1 B2 A3        | + ± ±         | A3 -
        A1 B2 A3 B2     | + ± ± d       | A3 -
        A1 B2! A3       | + w s±        | A3 -
        A1 B3! C2       | + w o         | A1 B3!
        A1 B3! C4       | + w s±        | C4 -
        A2! B1          | w o           | -  A2!
        A2! A3! B2      | w vd o        | -  A2!
        A2! B3          | w s+          | B3 -
        A1 B1           | + ±           | B1 -
        A1 B C0         | + ± o         | B  -
        A A5 B3         | + vd o        | A  -
        A B A5          | + ± vd        | B  -
        A B A5 C3       | + ± vd o      | B  -
        A B A5 C3 A5    | + ± vd o d    | B  -
        A B A5 C6 A     | + ± vd ± d    | C6 -
        A B A5 A6       | + ± vd ±      | A6 -
        ",
        true,
    );
}

#[test]
fn a_source_that_does_not_rewrite_conflicts_with_itself() {
    check(
        "
        A A             | + d           | A  -
        A B             | + w           | A  B
        A B B           | + w d         | A  B
        A B C           | + w sw        | A  C
        A B A           | + w d         | A  B
        A! B            | w sw          | -  B
        A2 B1           | + o           | A2 -
        A1 B2 A3        | + w sw        | A1 A3
        A Z             | + w           | A  Z
        ",
        false,
    );
}

#[test]
fn what_is_said_of_a_conflict() {
    let reason = |second: &str| {
        let mut batch = CallBatch::default();
        let rejected = push_all(&mut batch, &["A", second]);
        let mut index = Index::default();
        decide(&mut Plan::new(1), &mut index, &batch, &rejected, Some(Instant(0)));
        index.known(CALL).and_then(|known| known.waits).map(|waiting| waiting.reason)
    };
    assert_eq!(reason("B"), Some(Reason::IdentityConflict));
    assert_eq!(reason("B!"), Some(Reason::IdentityConflict));
    assert_eq!(reason("Z!"), Some(Reason::TooOld));
    assert_eq!(reason("A"), None);
}
