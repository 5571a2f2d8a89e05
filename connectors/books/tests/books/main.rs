//! The books against real SQLite files in temporary directories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod catalogs;
mod claims;
mod files;
mod ledger;
mod migration;
mod model;
mod opening;
mod rerates;

use didtron_books::{Books, Mode};
use didtron_domain::{Currency, Day, Instant, NameId, Side, UsageDigest};
use didtron_ports::{
    Accrual, Books as _, Claim, ClaimOutcome, ClaimRequest, Counts, Feed, KnownFeed, SettleOutcome, Settlement,
};
use tempfile::TempDir;

/// Fresh books in a directory of their own.
async fn fresh() -> (TempDir, Books) {
    let dir = tempfile::tempdir().unwrap();
    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    (dir, books)
}

/// Books with the carriers `acme` (1) and `carry` (2) and one feed (1).
async fn furnished() -> (TempDir, Books) {
    let (dir, books) = fresh().await;
    let ids = books.intern(&["acme".to_owned(), "carry".to_owned()]).await.unwrap();
    assert_eq!(ids, [NameId(1), NameId(2)]);
    assert_eq!(books.add_feed(&feed("calls.csv")).await.unwrap(), 1);
    (dir, books)
}

fn feed(path: &str) -> KnownFeed {
    KnownFeed {
        id: 0,
        mapping: "plain".to_owned(),
        source: String::new(),
        path: path.to_owned(),
        head_bytes: 4096,
        head_digest: [7; 32],
    }
}

/// The request for batch `seq` after the claim `predecessor`.
fn request(seq: u64, id: &str, predecessor: Option<&str>) -> ClaimRequest {
    ClaimRequest {
        partition: 0,
        seq,
        id: id.to_owned(),
        predecessor: predecessor.map(str::to_owned),
        feed: Feed::File { feed: 1 },
        range: seq * 100..seq * 100 + 100,
        first_line: seq * 10 + 1,
        line_count: 10,
        digest: [seq as u8; 32],
        catalog_version: 1,
        rating_revision: 1,
        claimed_at: Instant::parse("2026-06-01T12:00:00Z").unwrap(),
        horizon: None,
    }
}

async fn claim(books: &Books, request: ClaimRequest) -> Claim {
    match books.claim(request).await.unwrap() {
        ClaimOutcome::Claimed(claim) => claim,
        ClaimOutcome::ListMovedOn => panic!("the list moved on"),
    }
}

fn settlement(claim: Claim, accruals: Vec<Accrual>) -> Settlement {
    let digest = UsageDigest(u128::from(claim.request.seq) + 1);
    Settlement {
        claim,
        accruals,
        counts: Counts { records: 10, ..Counts::default() },
        digest,
        files: Vec::new(),
        rerated: None,
    }
}

/// Claims and settles one batch.
async fn batch(books: &Books, request: ClaimRequest, accruals: Vec<Accrual>) {
    let claim = claim(books, request).await;
    assert_eq!(books.settle(&settlement(claim, accruals)).await.unwrap(), SettleOutcome::Settled);
}

fn accrual(carrier: u32, side: Side, currency: &str, day: &str, amount: i64) -> Accrual {
    Accrual {
        carrier: NameId(carrier),
        side,
        currency: Currency::parse(currency).unwrap(),
        day: Day::parse(day).unwrap(),
        amount,
    }
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}
