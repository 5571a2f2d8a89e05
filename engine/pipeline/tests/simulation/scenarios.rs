//! Single owner, no accidents: feeds found again, alarms and the way out of them, re-drives, dismissals.

use crate::books::State;
use crate::check::{check, suspense, usage};
use crate::world::{GrowingFile, World};
use didtron_domain::Reason;
use didtron_pipeline::{Pipeline, Progress, Redrive, RunError, RunReport, Settings, VoidedInput};
use didtron_ports::{RowPlace, SuspenseCause};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub fn block_on<R>(work: impl Future<Output = R>) -> R {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

/// Polls a future so often, then drops it: an owner that dies.
pub fn die_after<R>(polls: usize, work: impl Future<Output = R>) {
    let mut work = pin!(work);
    for _ in 0..polls {
        assert!(
            work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(),
            "it was to die before its end"
        );
    }
}

pub fn settings(batch_rows: usize) -> Settings {
    Settings { batch_rows, ..Settings::default() }
}

fn world(files: &[(&str, &'static str, &str)]) -> World {
    World::calm(files.iter().map(|(name, mapping, text)| GrowingFile::whole(name, mapping, text)).collect())
}

fn rate(world: &World, at: usize, batch_rows: usize) -> Result<RunReport, RunError> {
    block_on(world.rate(&mut Pipeline::new(world, settings(batch_rows)), at))
}

fn counts(report: &RunReport) -> (u64, u64, u64, i64) {
    let counts = &report.counts;
    (counts.records, counts.calls, counts.duplicates, report.corrections())
}

fn is_whole(world: &World) {
    world.close_all().and_then(|()| check(world)).expect("the books are whole");
}

const FOUR: &str = "c1 - 1\nc2 - 4\nc3 - 5\nc1 - 1\n";

#[test]
fn a_file_is_known_by_its_content() {
    let grown = format!("{FOUR}c4 - 8\n");
    let changed = FOUR.replace("c2 - 4", "c2 - 8");
    let world = world(&[
        ("one", "plain", FOUR),
        ("renamed", "plain", FOUR),
        ("grown", "plain", &grown),
        ("changed", "plain", &changed),
        ("other mapping", "strict", FOUR),
    ]);
    let told: Vec<_> = (0..5).map(|at| counts(&rate(&world, at, 3).expect("no alarm"))).collect();
    // Records, calls, duplicates, corrections.
    assert_eq!(told, [(4, 3, 1, 0), (0, 0, 0, 0), (1, 1, 0, 0), (4, 0, 3, 1), (4, 3, 1, 0)]);
    assert_eq!(world.pages.borrow().feeds.len(), 3);
    assert_eq!(world.pages.borrow().feeds[0].head_bytes, FOUR.len() as u64);
}

#[test]
fn files_of_one_run_are_read_as_those_of_many() {
    let grown = format!("{FOUR}c4 - 8\n");
    for is_at_hand in [false, true] {
        for batch_rows in 1..=6 {
            let world = world(&[("one", "plain", FOUR), ("empty", "plain", ""), ("grown", "plain", &grown)]);
            let mut pipeline = Pipeline::new(&world, settings(batch_rows));
            let all = block_on(world.rate_all(&mut pipeline, vec![0, 0, 1, 2, 2], is_at_hand)).expect("no alarm");
            assert_eq!(counts(&all), (5, 4, 1, 0), "{batch_rows} rows a batch, at hand: {is_at_hand}");
            assert_eq!(world.pages.borrow().feeds.len(), 1);
        }
    }
}

#[test]
fn progress_and_report_tell_the_same() {
    let world = world(&[("one", "plain", FOUR)]);
    let mut told = Vec::new();
    let mut pipeline = Pipeline::new(&world, settings(3));
    let name = didtron_pipeline::FeedName { mapping: "plain".into(), source: String::new(), path: "one".into() };
    let mut source = world.open_file(&world.files[0]);
    let report = block_on(pipeline.rate(&mut source, &name, &mut |progress| told.push(progress))).expect("no alarm");
    let steps = [(1, 3, 21), (2, 4, 28)].map(|(batches, records, bytes)| Progress { batches, records, bytes });
    assert_eq!(told, steps);
    assert_eq!(report.progress(), steps[1]);
}

#[test]
fn claims_run_ahead_of_settles_and_no_further() {
    for claims_ahead in 1..=4 {
        let world = world(&[("one", "plain", &FOUR.repeat(5))]);
        let settings = Settings { claims_ahead, ..settings(1) };
        block_on(world.rate(&mut Pipeline::new(&world, settings), 0)).expect("no alarm");
        assert_eq!(world.pages.borrow().unsettled_most, claims_ahead);
    }
}

/// A world whose only file was claimed in part, and not settled.
fn torn() -> World {
    let world = world(&[("one", "plain", FOUR)]);
    let mut pipeline = Pipeline::new(&world, settings(3));
    let mut polls = 1;
    while world.pages.borrow().unsettled().is_empty() {
        die_after(polls, world.rate(&mut pipeline, 0));
        polls += 1;
    }
    assert_eq!(world.pages.borrow().settlements.len(), 0);
    world
}

/// The same books over another file in the place of the first.
fn with_file(world: &World, text: &str) -> World {
    world.over(vec![GrowingFile::whole("one", "plain", text)])
}

#[test]
fn another_input_than_was_claimed_is_an_alarm() {
    let torn = torn();
    for other in ["c1 - 1\nc2 - 8\nc3 - 5\nc1 - 1\n", "c1 - 1\n"] {
        let world = with_file(&torn, other);
        let error = rate(&world, 0, 3).expect_err("the input changed");
        assert!(matches!(error, RunError::InputChanged { seq: 1, .. }), "{error}");
        assert!(error.to_string().contains("void the batch"), "{error}");
        assert_eq!(world.pages.borrow().settlements.len(), 0);
    }
    assert_eq!(counts(&rate(&torn, 0, 3).expect("the input is back")), (4, 3, 1, 0));
    is_whole(&torn);
}

#[test]
fn other_rules_than_those_of_the_claim_are_an_alarm() {
    let torn = torn();
    let mut newer = Pipeline::new(&torn, Settings { rating_revision: 2, ..settings(3) });
    let error = block_on(newer.resume(&mut |_| {})).expect_err("another revision");
    assert!(matches!(error, RunError::OtherRevision { claimed: 1, own: 2, .. }), "{error}");
}

#[test]
fn what_is_voided_is_claimed_again() {
    let torn = torn();
    let mut pipeline = Pipeline::new(&torn, settings(2));
    let voided = block_on(pipeline.void("a word", VoidedInput::ClaimAgain)).expect("no alarm");
    assert_eq!(voided.len(), 1);
    assert_eq!(counts(&block_on(torn.rate(&mut pipeline, 0)).expect("no alarm")), (4, 3, 1, 0));
    let states: Vec<State> = torn.pages.borrow().claims.iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [State::Voided, State::Settled, State::Settled]);
    is_whole(&torn);
    assert_eq!(block_on(pipeline.void("again", VoidedInput::Lost)).expect("nothing to void"), []);
}

#[test]
fn what_is_lost_stays_lost_and_the_rest_goes_on() {
    let torn = torn();
    // The first three lines are not what they were, and nobody has the old ones.
    let world = with_file(&torn, "c1 - x\nc2 - y\nc3 - z\nc1 - 1\n");
    let mut pipeline = Pipeline::new(&world, settings(3));
    assert!(block_on(world.rate(&mut pipeline, 0)).is_err());
    block_on(pipeline.void("the disk is gone", VoidedInput::Lost)).expect("no alarm");
    // The front of the file differs too: only a file with the same front is the same feed.
    let report = block_on(torn.rate(&mut pipeline_of(&torn), 0)).expect("no alarm");
    assert_eq!(counts(&report), (1, 1, 0, 0));
    let pages = torn.pages.borrow();
    let last = &pages.claims.last().expect("a claim").0.request;
    assert_eq!((last.range.clone(), last.first_line), (21..28, 4));
}

fn pipeline_of(world: &World) -> Pipeline<'_, World> {
    Pipeline::new(world, settings(3))
}

#[test]
fn a_catalog_cures_and_the_first_place_is_kept() {
    // Content 2 needs catalog 2, content 3 catalog 3; the reason changes one version before.
    let world = world(&[("one", "plain", "c1 - 2\nc2 - 3\n!c3 - 1\n")]);
    let report = rate(&world, 0, 10).expect("no alarm");
    let waiting = [(Reason::MalformedRecord, 1), (Reason::UnknownCustomer, 1), (Reason::NoRate, 1)];
    assert_eq!(report.counts.suspense, waiting);
    world.newest_catalog.set(2);
    let mut pipeline = pipeline_of(&world);
    let report = block_on(pipeline.redrive(&Redrive::default(), &mut |_| {})).expect("no alarm");
    assert_eq!((counts(&report), &report.counts.suspense), ((0, 1, 0, 0), &vec![(Reason::UnknownCustomer, -1)]));
    let rows = suspense(&world).expect("the journals are there");
    let again = rows.iter().find(|row| row.place.seq == 2 && row.sign > 0).expect("one waits for another reason");
    assert_eq!((again.rejection.reason, &*again.at, again.cause), (Reason::NoRate, "calls:2", SuspenseCause::Rejected));
    assert_eq!(again.first_seen, rows[0].first_seen);
    // A second try changes nothing but the list of batches.
    block_on(pipeline.redrive(&Redrive::default(), &mut |_| {})).expect("no alarm");
    assert_eq!(suspense(&world).expect("the journals are there").len(), rows.len());
    world.mend();
    world.newest_catalog.set(3);
    let only = Redrive { reason: Some(Reason::MalformedRecord), ..Redrive::default() };
    let report = block_on(pipeline_of(&world).redrive(&only, &mut |_| {})).expect("no alarm");
    assert_eq!((counts(&report), &report.counts.suspense), ((0, 1, 0, 0), &vec![(Reason::MalformedRecord, -1)]));
    is_whole(&world);
}

#[test]
fn a_mapping_that_rewrites_cures_a_conflict() {
    let world = world(&[("one", "strict", "c1 - 1\nc1 - 4\n")]);
    assert_eq!(rate(&world, 0, 10).expect("no alarm").counts.suspense, [(Reason::IdentityConflict, 1)]);
    let try_again = || block_on(pipeline_of(&world).redrive(&Redrive::default(), &mut |_| {})).expect("no alarm");
    assert_eq!(try_again().counts.suspense, []);
    world.mend();
    let report = try_again();
    assert_eq!((report.counts.usage_rows, counts(&report)), (2, (0, 0, 0, 1)));
    let rows = usage(&world).expect("the journals are there");
    assert_eq!(rows.iter().map(|row| (row.sign, row.duration_ms)).collect::<Vec<_>>(), [(1, 1), (-1, 1), (1, 4)]);
    is_whole(&world);
}

#[test]
fn what_is_dismissed_is_gone_with_a_note_and_not_forgotten() {
    let world = world(&[("one", "plain", "c1 - 3\n"), ("two", "plain", "c2 - 3\nc1 - 3\nc1 - 1\n")]);
    rate(&world, 0, 10).expect("no alarm");
    let place = RowPlace { seq: 1, row: 0 };
    let mut pipeline = pipeline_of(&world);
    let report = block_on(pipeline.dismiss(&[place], "a test call", &mut |_| {})).expect("no alarm");
    assert_eq!((report.counts.suspense.clone(), report.corrections()), (vec![(Reason::UnknownCustomer, -1)], 1));
    let error = block_on(pipeline.dismiss(&[place], "again", &mut |_| {})).expect_err("it is gone");
    assert!(matches!(error, RunError::NotWaiting { seq: 1, row: 0 }), "{error}");
    let rows = suspense(&world).expect("the journals are there");
    assert_eq!(
        (rows[1].cause, &*rows[1].note, rows[1].takes_out),
        (SuspenseCause::Dismissed, "a test call", Some(place))
    );
    // The same record is a duplicate; other content of the call is rated.
    let report = rate(&world, 1, 10).expect("no alarm");
    assert_eq!((counts(&report), report.counts.suspense.clone()), ((3, 1, 1, 0), vec![(Reason::UnknownCustomer, 1)]));
}
