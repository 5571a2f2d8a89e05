//! The list of claims, the cursor's compare-and-swap, void, feeds.

use crate::{accrual, batch, claim, day, feed, fresh, furnished, request, settlement};
use didtron_books::{BatchState, Books, Mode};
use didtron_domain::{Instant, Reason, Side};
use didtron_ports::{Books as _, ClaimOutcome, Counts, Error, Feed, PartitionState, SettleOutcome};

#[tokio::test]
async fn a_partition_begins_empty_and_keeps_what_was_claimed() {
    let (dir, books) = furnished().await;
    assert_eq!(books.partition(0).await.unwrap(), PartitionState::default());
    let first = claim(&books, request(1, "claim_1", None)).await;
    let second = claim(&books, request(2, "claim_2", Some("claim_1"))).await;
    let state = books.partition(0).await.unwrap();
    assert_eq!(state, PartitionState { cursor: None, unsettled: vec![first.clone(), second.clone()] });
    assert_eq!(books.settle(&settlement(first, Vec::new())).await.unwrap(), SettleOutcome::Settled);
    books.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Writer).await.unwrap();
    let state = books.partition(0).await.unwrap();
    assert_eq!(state, PartitionState { cursor: Some((1, "claim_1".to_owned())), unsettled: vec![second] });
}

#[tokio::test]
async fn a_claim_after_another_than_the_last_is_refused() {
    let (_dir, books) = furnished().await;
    claim(&books, request(1, "claim_1", None)).await;
    for wrong in [request(1, "claim_x", None), request(2, "claim_x", Some("claim_0")), request(2, "claim_x", None)] {
        assert_eq!(books.claim(wrong).await.unwrap(), ClaimOutcome::ListMovedOn);
    }
    let mut gap = request(3, "claim_3", Some("claim_1"));
    let error = books.claim(gap.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("does not follow batch 1")), "{error}");
    gap.seq = 2;
    gap.catalog_version = 0;
    let error = books.claim(gap).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("catalog version 0 is below 1")), "{error}");
    let again = books.claim(request(2, "claim_1", Some("claim_1"))).await.unwrap_err();
    assert!(matches!(again, Error::Damaged(_)), "an id must be unique: {again}");
}

#[tokio::test]
async fn settles_follow_in_order_and_once() {
    let (_dir, books) = furnished().await;
    let first = claim(&books, request(1, "claim_1", None)).await;
    let second = claim(&books, request(2, "claim_2", Some("claim_1"))).await;
    let money = |amount| vec![accrual(1, Side::Customer, "EUR", "2026-06-01", amount)];
    assert_eq!(books.settle(&settlement(second.clone(), money(5))).await.unwrap(), SettleOutcome::Lost);
    assert_eq!(books.settle(&settlement(first.clone(), money(3))).await.unwrap(), SettleOutcome::Settled);
    assert_eq!(books.settle(&settlement(first, money(3))).await.unwrap(), SettleOutcome::Lost);
    assert_eq!(books.settle(&settlement(second, money(5))).await.unwrap(), SettleOutcome::Settled);
    assert_eq!(books.accrued_by().await.unwrap()[0].amount, 8, "nothing of a lost settle stays");
}

#[tokio::test]
async fn of_two_owners_one_wins() {
    let (dir, one) = furnished().await;
    let two = Books::open(dir.path(), Mode::Writer).await.unwrap();
    let claimed = claim(&one, request(1, "claim_1", None)).await;
    assert_eq!(two.claim(request(1, "claim_2", None)).await.unwrap(), ClaimOutcome::ListMovedOn);
    assert_eq!(
        two.partition(0).await.unwrap().unsettled,
        std::slice::from_ref(&claimed),
        "the other owner does that batch"
    );
    let settled = settlement(claimed, vec![accrual(1, Side::Customer, "EUR", "2026-06-01", 7)]);
    let (a, b) = tokio::join!(one.settle(&settled), two.settle(&settled));
    let mut outcomes = [a.unwrap(), b.unwrap()];
    outcomes.sort_by_key(|outcome| *outcome == SettleOutcome::Lost);
    assert_eq!(outcomes, [SettleOutcome::Settled, SettleOutcome::Lost]);
    assert_eq!(one.balances().await.unwrap(), two.balances().await.unwrap());
    assert_eq!(one.accrued_by().await.unwrap()[0].amount, 7);
}

#[tokio::test]
async fn partitions_are_lists_of_their_own() {
    let (_dir, books) = furnished().await;
    claim(&books, request(1, "claim_1", None)).await;
    let mut other = request(1, "claim_2", None);
    other.partition = 3;
    claim(&books, other).await;
    assert_eq!(books.partition(0).await.unwrap().unsettled.len(), 1);
    assert_eq!(books.partition(3).await.unwrap().unsettled[0].request.id, "claim_2");
}

#[tokio::test]
async fn voided_claims_keep_their_place_and_never_settle() {
    let (_dir, books) = furnished().await;
    batch(&books, request(1, "claim_1", None), Vec::new()).await;
    let second = claim(&books, request(2, "claim_2", Some("claim_1"))).await;
    let third = claim(&books, request(3, "claim_3", Some("claim_2"))).await;
    assert_eq!(books.void(0, "the file is gone").await.unwrap(), [second.clone(), third]);
    let state = books.partition(0).await.unwrap();
    assert_eq!(state, PartitionState { cursor: Some((3, "claim_3".to_owned())), unsettled: Vec::new() });
    assert_eq!(books.settle(&settlement(second, Vec::new())).await.unwrap(), SettleOutcome::Lost);
    assert_eq!(books.void(0, "again").await.unwrap(), Vec::new());
    assert_eq!(books.feed_ranges(1).await.unwrap().iter().map(|x| x.seq).collect::<Vec<_>>(), [1]);
    batch(&books, request(4, "claim_4", Some("claim_3")), Vec::new()).await;
    let batches = books.batches().await.unwrap();
    let states: Vec<_> = batches.iter().map(|batch| (batch.state, batch.void_note.as_deref())).collect();
    let voided = (BatchState::Voided, Some("the file is gone"));
    assert_eq!(states, [(BatchState::Settled, None), voided, voided, (BatchState::Settled, None)]);
}

#[tokio::test]
async fn every_kind_of_feed_comes_back_as_it_was() {
    let (_dir, books) = furnished().await;
    let feeds = [
        Feed::File { feed: 1 },
        Feed::Redrive { reason: None },
        Feed::Redrive { reason: Some(Reason::NoRate) },
        Feed::Dismiss { note: "a test call".to_owned() },
    ];
    let mut predecessor: Option<String> = None;
    for (seq, feed) in (0..).zip(feeds) {
        let mut request = request(seq, &format!("claim_{seq}"), predecessor.as_deref());
        request.feed = feed;
        request.range = 0..u64::MAX;
        request.horizon = Some(Instant(-5));
        predecessor = Some(request.id.clone());
        let claimed = claim(&books, request.clone()).await;
        assert_eq!(claimed.request, request);
        assert_eq!(books.partition(0).await.unwrap().unsettled.last(), Some(&claimed));
    }
    let mut unknown = request(4, "claim_4", predecessor.as_deref());
    unknown.feed = Feed::File { feed: 9 };
    assert!(matches!(books.claim(unknown).await.unwrap_err(), Error::Damaged(_)), "a feed must be in the books");
}

#[tokio::test]
async fn feeds_are_found_by_mapping_and_source() {
    let (_dir, books) = fresh().await;
    let first = books.add_feed(&feed("a.csv")).await.unwrap();
    let mut other = feed("b.csv");
    other.source = "switch-1".to_owned();
    let second = books.add_feed(&other).await.unwrap();
    other.id = second;
    assert_eq!(books.feeds("plain", "switch-1").await.unwrap(), [other]);
    assert_eq!(books.feeds("plain", "").await.unwrap()[0].id, first);
    assert_eq!(books.feeds("other", "").await.unwrap(), []);
    assert_eq!(books.all_feeds().await.unwrap().len(), 2);
    assert_eq!(books.feed_ranges(first).await.unwrap(), []);
    claim(&books, request(5, "claim_1", None)).await;
    let ranges = books.feed_ranges(1).await.unwrap();
    assert_eq!((ranges[0].range.clone(), ranges[0].first_line, ranges[0].line_count), (500..600, 51, 10));
    assert_eq!(ranges[0].digest, [5; 32]);
}

#[tokio::test]
async fn counts_and_digests_are_kept_per_batch() {
    let (_dir, books) = furnished().await;
    let claimed = claim(&books, request(1, "claim_1", None)).await;
    let mut settled = settlement(claimed, Vec::new());
    let suspense = vec![(Reason::UnknownCustomer, 3), (Reason::NoRate, -2)];
    settled.counts = Counts { records: 10, usage_rows: 8, duplicates: 1, calls: 6, suspense };
    books.settle(&settled).await.unwrap();
    let batches = books.batches().await.unwrap();
    assert_eq!((batches[0].counts.clone(), batches[0].digest), (settled.counts.clone(), settled.digest));
    let view = books.audit_view().await.unwrap();
    assert_eq!(view.batches, batches);
    assert_eq!((view.accrued, view.files), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_claim_reads_the_first_open_day() {
    let (_dir, books) = furnished().await;
    let first = claim(&books, request(1, "claim_1", None)).await;
    assert_eq!(first.first_open_day, day("0001-01-01"));
    books.raise_first_open_day(day("2026-06-01")).await.unwrap();
    books.raise_first_open_day(day("2026-05-01")).await.unwrap();
    let second = claim(&books, request(2, "claim_2", Some("claim_1"))).await;
    assert_eq!(second.first_open_day, day("2026-06-02"), "what was raised is never lowered");
}
