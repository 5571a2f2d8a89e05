//! Re-rates: their entries, claims and ranges, and the sums of their batches.

use crate::{accrual, catalogs, claim, day, furnished, request, settlement};
use didtron_books::{Books, Mode, RerateRecord, RerateState};
use didtron_domain::{Currency, DialPrefix, IdentityKey, Instant, NameId, Reason, Side};
use didtron_ports::{
    Books as _, Claim, ClaimRequest, Error, Feed, Kept, Moved, Rerate, RerateWhat, Rerated, Scope, SettleOutcome, Sides,
};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use std::ops::Range;
use std::path::Path;
use tempfile::TempDir;

const AT: Instant = Instant(1_780_000_000_000_000);
const END: u64 = IdentityKey::RANGE_END;
const HALF: u64 = END / 2;

/// Furnished books with catalog version 1, which brings the names 3 and more.
async fn with_catalog() -> (TempDir, Books) {
    let (dir, books) = furnished().await;
    assert_eq!(books.publish(&catalogs::spec(), AT).await.unwrap().number, 1);
    (dir, books)
}

/// Those with the re-rate `fix` (1) of everything.
async fn with_rerate() -> (TempDir, Books) {
    let (dir, books) = with_catalog().await;
    assert_eq!(add(&books, "fix", &everything()).await.number, 1);
    (dir, books)
}

fn everything() -> RerateWhat {
    RerateWhat::Rate { catalog_version: 1, scope: Scope::default() }
}

async fn add(books: &Books, id: &str, what: &RerateWhat) -> Rerate {
    let added = books.add_rerate(id, what, AT).await.unwrap();
    assert!(added.is_new, "{added:?}");
    added.rerate
}

async fn record(books: &Books, id: &str) -> RerateRecord {
    books.rerate_record(id).await.unwrap().unwrap().0
}

async fn moves(books: &Books, id: &str) -> Vec<Moved> {
    books.rerate_record(id).await.unwrap().unwrap().1
}

/// The request for a batch of re-rate 1, after the batch before.
fn part(seq: u64, range: Range<u64>) -> ClaimRequest {
    let predecessor = seq.checked_sub(1).map(|before| format!("claim_{before}"));
    let mut request = request(seq, &format!("claim_{seq}"), predecessor.as_deref());
    (request.feed, request.range) = (Feed::Rerate { rerate: 1 }, range);
    request
}

fn done(calls: u64, changed: u64, revenue: i64, cost: i64) -> Rerated {
    let base_currency = (changed > 0).then(|| currency("USD"));
    Rerated { calls, changed, base_currency, revenue, cost, ..Rerated::default() }
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

async fn settle(books: &Books, claim: Claim, rerated: Rerated) -> Result<SettleOutcome, Error> {
    let mut settlement = settlement(claim, Vec::new());
    settlement.rerated = Some(rerated);
    books.settle(&settlement).await
}

/// Claims and settles a part.
async fn settled(books: &Books, request: ClaimRequest, rerated: Rerated) {
    let claim = claim(books, request).await;
    assert_eq!(settle(books, claim, rerated).await.unwrap(), SettleOutcome::Settled);
}

/// Runs a statement on the file behind the books' back.
async fn tamper(dir: &Path, statement: &'static str) -> Result<(), String> {
    let options = SqliteConnectOptions::new().filename(dir.join("books.sqlite"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_entry_comes_back_with_every_field() {
    let (dir, books) = with_catalog().await;
    let scope = Scope {
        from: Some(Instant(-5)),
        to: Some(Instant(i64::MAX)),
        customer: Some(NameId(1)),
        supplier: Some(NameId(2)),
        destination: Some(NameId(3)),
        deck: Some(NameId(4)),
        prefix: DialPrefix::parse("493012345678901"),
        sides: Sides::Supplier,
    };
    assert!(scope.prefix.is_some());
    let customer = Scope { sides: Sides::Customer, prefix: DialPrefix::parse("1"), ..Scope::default() };
    let whats = [
        RerateWhat::Rate { catalog_version: 1, scope },
        everything(),
        RerateWhat::Rate { catalog_version: 1, scope: customer },
        RerateWhat::Undo { of: 2 },
    ];
    let mut expected = Vec::new();
    for (number, what) in (1..).zip(whats) {
        let id = format!("id {number}");
        let rerate = add(&books, &id, &what).await;
        assert_eq!(rerate, Rerate { number, id, what, begun_at: AT, undone_by: None });
        expected.push(rerate);
    }
    expected[1].undone_by = Some(4);
    books.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Reader).await.unwrap();
    for rerate in &expected {
        assert_eq!(&books.rerate(rerate.number).await.unwrap(), rerate);
        assert_eq!(&record(&books, &rerate.id).await.rerate, rerate);
    }
    let all: Vec<Rerate> = books.rerates().await.unwrap().into_iter().map(|record| record.rerate).collect();
    assert_eq!(all, expected);
    assert_eq!(books.rerate_entries().await.unwrap(), expected);
    assert_eq!(books.rerate_record("id").await.unwrap(), None);
    let error = books.rerate(5).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("re-rate 5")), "{error}");
}

#[tokio::test]
async fn the_same_id_is_the_same_entry() {
    let (_dir, books) = with_rerate().await;
    let first = books.rerate(1).await.unwrap();
    for what in [everything(), RerateWhat::Undo { of: 1 }, RerateWhat::Undo { of: 99 }] {
        let again = books.add_rerate("fix", &what, Instant(AT.0 + 1)).await.unwrap();
        assert_eq!((again.rerate, again.is_new), (first.clone(), false), "the caller compares");
    }
    let other = add(&books, "Fix", &everything()).await;
    assert_eq!((other.number, other.what), (2, first.what), "another id is another re-rate of the same calls");
}

#[tokio::test]
async fn a_rerate_is_undone_once() {
    let (dir, books) = with_rerate().await;
    let undo = add(&books, "undo-fix", &RerateWhat::Undo { of: 1 }).await;
    let again = books.add_rerate("another", &RerateWhat::Undo { of: 1 }, AT).await.unwrap();
    assert_eq!((&again.rerate, again.is_new), (&undo, false));
    assert_eq!(books.rerate(1).await.unwrap().undone_by, Some(undo.number));
    let back = add(&books, "redo", &RerateWhat::Undo { of: undo.number }).await;
    let known = books.add_rerate("undo-fix", &RerateWhat::Undo { of: 1 }, AT).await.unwrap();
    assert_eq!(known.rerate.undone_by, Some(back.number), "an undo may be undone itself");
    assert_eq!(books.rerates().await.unwrap().len(), 3);
    let twice = "INSERT INTO rerates (number, id, kind, undoes, begun_at) VALUES (9, 'x', 'undo', 1, 0)";
    assert!(tamper(dir.path(), twice).await.unwrap_err().contains("UNIQUE"));
}

#[tokio::test]
async fn an_entry_names_what_is_there_and_never_changes() {
    let (dir, books) = with_rerate().await;
    let unknown = |scope| RerateWhat::Rate { catalog_version: 1, scope };
    for what in [
        RerateWhat::Undo { of: 2 },
        RerateWhat::Rate { catalog_version: 2, scope: Scope::default() },
        unknown(Scope { customer: Some(NameId(99)), ..Scope::default() }),
        unknown(Scope { deck: Some(NameId(99)), ..Scope::default() }),
    ] {
        let error = books.add_rerate("other", &what, AT).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
    }
    assert_eq!(books.rerates().await.unwrap().len(), 1, "what is refused leaves nothing");
    let changed = tamper(dir.path(), "UPDATE rerates SET to_at = 5").await.unwrap_err();
    assert!(changed.contains("a re-rate never changes"), "{changed}");
    let deleted = tamper(dir.path(), "DELETE FROM rerates").await.unwrap_err();
    assert!(deleted.contains("a re-rate is never deleted"), "{deleted}");
}

#[tokio::test]
async fn claims_and_ranges_of_a_rerate_are_found() {
    let (_dir, books) = with_rerate().await;
    assert_eq!(books.rerate_ranges(0, 1).await.unwrap(), []);
    assert_eq!(books.rerate_batches(0).await.unwrap(), []);
    assert_eq!(add(&books, "second", &everything()).await.number, 2);
    let first = claim(&books, part(0, 0..HALF)).await;
    assert_eq!(first.request, part(0, 0..HALF));
    assert_eq!(settle(&books, first, done(1, 0, 0, 0)).await.unwrap(), SettleOutcome::Settled);
    claim(&books, part(1, HALF..END)).await;
    assert_eq!(books.void(0, "cannot be done again").await.unwrap().len(), 1);
    let mut file = part(2, 0..100);
    file.feed = Feed::File { feed: 1 };
    claim(&books, file).await;
    // The order of the list is not that of the ranges.
    claim(&books, part(3, HALF + 7..END)).await;
    let mut other = part(4, 0..END);
    other.feed = Feed::Rerate { rerate: 2 };
    claim(&books, other.clone()).await;
    claim(&books, part(5, HALF..HALF + 7)).await;
    let ranges = books.rerate_ranges(0, 1).await.unwrap();
    let found: Vec<_> = ranges.iter().map(|range| (range.seq, range.range.clone())).collect();
    assert_eq!(found, [(0, 0..HALF), (5, HALF..HALF + 7), (3, HALF + 7..END)]);
    assert_eq!(ranges[2].digest, [3; 32]);
    assert_eq!(books.rerate_ranges(0, 2).await.unwrap().len(), 1);
    assert_eq!(books.rerate_ranges(1, 1).await.unwrap(), []);
    assert_eq!(books.rerate_batches(0).await.unwrap(), [(0, 1), (3, 1), (4, 2), (5, 1)]);
    assert_eq!(books.rerate_batches(1).await.unwrap(), []);
    assert_eq!(books.partition(0).await.unwrap().unsettled[2].request, other);
    assert_eq!(books.feed_ranges(1).await.unwrap().len(), 1, "feeds and re-rates are numbered apart");
    let mut unknown = part(6, 0..END);
    unknown.feed = Feed::Rerate { rerate: 9 };
    let error = books.claim(unknown).await.unwrap_err();
    assert!(matches!(error, Error::Damaged(_)), "a re-rate must be in the books: {error}");
}

#[tokio::test]
async fn a_record_adds_up_settled_batches() {
    let (_dir, books) = with_rerate().await;
    let untouched = record(&books, "fix").await;
    assert_eq!(untouched.state, RerateState::Unfinished { done_through: 0 });
    assert_eq!((untouched.calls, untouched.changed, untouched.differences), (0, 0, None));
    let big = 1i64 << 62;
    let mut first = done(10, 4, big, -big);
    first.kept = vec![(Kept::Rejected(Reason::NoRate), 2), (Kept::Rejected(Reason::UnknownSupplier), 1)];
    settled(&books, part(0, 0..100), first).await;
    let mut second = done(20, 5, big, -big);
    second.kept = vec![(Kept::Rerated, 3), (Kept::Corrected, 1), (Kept::Rejected(Reason::NoRate), 5)];
    settled(&books, part(1, 100..HALF), second).await;
    settled(&books, part(2, HALF..HALF + 1), done(7, 0, 0, 0)).await;
    let open = claim(&books, part(3, HALF + 1..END)).await;
    let so_far = record(&books, "fix").await;
    assert_eq!(so_far.state, RerateState::Unfinished { done_through: HALF + 1 });
    assert_eq!((so_far.calls, so_far.changed), (37, 9), "a call that keeps its rating is in scope too");
    let beyond = 2 * i128::from(big);
    assert_eq!(so_far.differences, Some((currency("USD"), beyond, -beyond)), "sums are wider than amounts");
    let kept = [
        (Kept::Rejected(Reason::UnknownSupplier), 1),
        (Kept::Rejected(Reason::NoRate), 7),
        (Kept::Corrected, 1),
        (Kept::Rerated, 3),
    ];
    assert_eq!(so_far.kept, kept);
    assert_eq!(settle(&books, open, done(1, 1, -5, 6)).await.unwrap(), SettleOutcome::Settled);
    let whole = record(&books, "fix").await;
    assert_eq!((whole.state, whole.calls, whole.changed), (RerateState::Done, 38, 10));
    assert_eq!(whole.differences, Some((currency("USD"), beyond - 5, 6 - beyond)));
    assert_eq!(books.rerates().await.unwrap(), [whole]);
}

#[tokio::test]
async fn one_empty_batch_is_a_whole_rerate() {
    let (_dir, books) = with_rerate().await;
    add(&books, "undo-fix", &RerateWhat::Undo { of: 1 }).await;
    settled(&books, part(0, 0..END), Rerated::default()).await;
    let empty = record(&books, "fix").await;
    assert_eq!((empty.state, empty.calls, empty.differences), (RerateState::Done, 0, None));
    assert_eq!((empty.kept, moves(&books, "fix").await), (Vec::new(), Vec::new()));
    let undo = record(&books, "undo-fix").await;
    assert_eq!(undo.state, RerateState::Unfinished { done_through: 0 }, "each has its own batches");
}

#[tokio::test]
async fn voided_batches_do_not_count() {
    let (_dir, books) = with_rerate().await;
    settled(&books, part(0, 0..HALF), done(3, 1, 10, 4)).await;
    claim(&books, part(1, HALF..HALF + 9)).await;
    let last = claim(&books, part(2, HALF + 9..END)).await;
    books.void(0, "cannot be done again").await.unwrap();
    assert_eq!(settle(&books, last, done(9, 9, 9, 9)).await.unwrap(), SettleOutcome::Lost);
    let expected = RerateState::Unfinished { done_through: HALF };
    let gap = record(&books, "fix").await;
    assert_eq!((gap.state, gap.calls, gap.changed), (expected, 3, 1));
    assert_eq!(gap.differences, Some((currency("USD"), 10, 4)));
    // What lies beyond a gap is no progress yet.
    settled(&books, part(3, HALF + 9..END), done(1, 1, 1, 1)).await;
    assert_eq!(record(&books, "fix").await.state, expected);
    settled(&books, part(4, HALF..HALF + 9), done(1, 1, 1, 1)).await;
    let whole = record(&books, "fix").await;
    assert_eq!((whole.state, whole.calls), (RerateState::Done, 5));
    assert_eq!(whole.differences, Some((currency("USD"), 12, 6)));
}

#[tokio::test]
async fn every_partition_with_claims_must_be_done() {
    let (_dir, books) = with_rerate().await;
    settled(&books, part(0, 0..END), done(3, 1, 10, 4)).await;
    assert_eq!(record(&books, "fix").await.state, RerateState::Done);
    let elsewhere = |range| {
        let mut request = part(0, range);
        (request.partition, request.id) = (1, "claim_x".to_owned());
        request
    };
    let claimed = claim(&books, elsewhere(0..5)).await;
    assert_eq!(record(&books, "fix").await.state, RerateState::Unfinished { done_through: 0 });
    settle(&books, claimed, done(4, 1, 1, 1)).await.unwrap();
    let both = record(&books, "fix").await;
    assert_eq!((both.state, both.calls), (RerateState::Unfinished { done_through: 5 }, 7));
    let mut rest = elsewhere(5..END);
    (rest.seq, rest.id, rest.predecessor) = (1, "claim_y".to_owned(), Some("claim_x".to_owned()));
    settled(&books, rest, done(0, 0, 0, 0)).await;
    assert_eq!(record(&books, "fix").await.state, RerateState::Done);
}

fn moved(carrier: u32, side: Side, days: (&str, &str), amount: i64) -> Moved {
    Moved {
        carrier: NameId(carrier),
        side,
        currency: currency("EUR"),
        answer_day: day(days.0),
        posting_day: day(days.1),
        amount,
    }
}

#[tokio::test]
async fn what_moved_is_kept_by_the_day_of_the_calls_and_of_the_posting() {
    let (_dir, books) = with_rerate().await;
    let (first, second) = ("2026-06-01", "2026-06-02");
    let before = claim(&books, part(0, 0..HALF)).await;
    books.raise_first_open_day(day(first)).await.unwrap();
    let after = claim(&books, part(1, HALF..END)).await;
    assert_eq!(after.first_open_day, day(second));
    // Claimed before the day was to be closed: it still posts there, and the close waits for it.
    assert!(!books.close_through(day(first)).await.unwrap());
    let money = |on: &str, amount| vec![accrual(1, Side::Customer, "EUR", on, amount)];
    let mut settlement = settlement(before, money(first, 30));
    let lines = [
        moved(2, Side::Supplier, (first, first), 4),
        moved(1, Side::Customer, (first, first), 10),
        moved(1, Side::Customer, (first, first), 20),
        moved(1, Side::Supplier, (second, second), 5),
    ];
    settlement.rerated = Some(Rerated { moved: lines.to_vec(), ..done(9, 9, 1, 1) });
    books.settle(&settlement).await.unwrap();
    assert!(books.close_through(day(first)).await.unwrap());
    settlement.accruals = money(second, -7);
    settlement.claim = after;
    let lines = [
        moved(1, Side::Customer, (first, second), -7),
        moved(1, Side::Supplier, (second, second), -5),
        moved(2, Side::Supplier, (second, second), 1),
        moved(2, Side::Supplier, (second, second), -1),
    ];
    settlement.rerated = Some(Rerated { moved: lines.to_vec(), ..done(9, 9, 1, 1) });
    books.settle(&settlement).await.unwrap();
    let expected = [
        moved(1, Side::Customer, (first, first), 30),
        moved(1, Side::Customer, (first, second), -7),
        moved(2, Side::Supplier, (first, first), 4),
    ];
    assert_eq!(moves(&books, "fix").await, expected, "what came to nothing is not there");
    let accrued: Vec<_> = books.accrued_by().await.unwrap().iter().map(|total| (total.day, total.amount)).collect();
    assert_eq!(accrued, [(day(first), 30), (day(second), -7)]);
}

#[tokio::test]
async fn sums_that_overflow_leave_nothing() {
    let (_dir, books) = with_rerate().await;
    let (big, on) = (1i64 << 62, "2026-06-01");
    let of = |amount| moved(1, Side::Customer, (on, on), amount);
    settled(&books, part(0, 0..HALF), Rerated { moved: vec![of(big)], ..done(1, 1, big, -big) }).await;
    let before = books.rerate_record("fix").await.unwrap();
    let open = claim(&books, part(1, HALF..END)).await;
    let with = |moved: Vec<Moved>| Rerated { moved, ..done(1, 1, 1, 1) };
    let wrong = [
        done(1, 1, big + 1, 0),
        done(1, 1, 0, i64::MIN),
        done(u64::MAX, 0, 0, 0),
        with(vec![of(1)]),
        with(vec![of(i64::MAX)]),
        with(vec![of(i64::MAX), of(1)]),
        with(vec![moved(2, Side::Supplier, (on, on), 7), moved(2, Side::Customer, (on, on), i64::MIN)]),
        with(vec![moved(99, Side::Customer, (on, on), 7)]),
        Rerated { base_currency: Some(currency("EUR")), ..done(1, 1, 1, 1) },
        Rerated { base_currency: None, ..done(1, 1, 1, 1) },
        Rerated { kept: vec![(Kept::Corrected, 1), (Kept::Corrected, 2)], ..done(1, 1, 1, 1) },
    ];
    for rerated in wrong {
        let mut settlement = settlement(open.clone(), vec![accrual(1, Side::Customer, "EUR", on, 5)]);
        settlement.rerated = Some(rerated.clone());
        let error = books.settle(&settlement).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{rerated:?}: {error}");
        assert_eq!(books.rerate_record("fix").await.unwrap(), before, "{rerated:?}");
        assert_eq!(books.accrued_by().await.unwrap(), [], "{rerated:?}");
        assert_eq!(books.partition(0).await.unwrap().unsettled, std::slice::from_ref(&open), "{rerated:?}");
    }
    settle(&books, open, with(vec![of(-big)])).await.unwrap();
    let after = record(&books, "fix").await;
    assert_eq!((after.state, moves(&books, "fix").await), (RerateState::Done, Vec::new()));
}

#[tokio::test]
async fn only_a_rerates_batch_says_what_one_did() {
    let (_dir, books) = with_rerate().await;
    let claimed = claim(&books, part(0, 0..END)).await;
    let error = books.settle(&settlement(claimed, Vec::new())).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("does not say what came of it")), "{error}");
    books.void(0, "next").await.unwrap();
    let file = claim(&books, request(1, "claim_1", Some("claim_0"))).await;
    let error = settle(&books, file.clone(), Rerated::default()).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("it is no re-rate's")), "{error}");
    assert_eq!(books.settle(&settlement(file, Vec::new())).await.unwrap(), SettleOutcome::Settled);
}
