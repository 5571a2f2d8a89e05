//! Accruals, closing days, balances, the chain of hashes, exports.

use crate::{accrual, batch, claim, day, furnished, request, settlement};
use didtron_books::{Books, ExportForm, ledger_digest};
use didtron_domain::{Side, UsageDigest};
use didtron_ports::{Accrual, Books as _, Error, SettleOutcome};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;

fn both_sides(day: &str, revenue: i64, cost: i64) -> Vec<Accrual> {
    vec![accrual(1, Side::Customer, "EUR", day, revenue), accrual(2, Side::Supplier, "USD", day, cost)]
}

async fn balances(books: &Books) -> Vec<(String, i64)> {
    books.balances().await.unwrap().into_iter().map(|balance| (balance.account, balance.amount)).collect()
}

fn expected(pairs: [(&str, i64); 4]) -> Vec<(String, i64)> {
    pairs.into_iter().map(|(account, amount)| (account.to_owned(), amount)).collect()
}

/// Runs statements on the file behind the books' back.
async fn tamper(dir: &Path, statements: &'static str) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(dir.join("books.sqlite"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.map(|_| ())
}

#[tokio::test]
async fn closing_moves_no_balance() {
    let (_dir, books) = furnished().await;
    batch(&books, request(1, "claim_1", None), both_sides("2026-06-01", 100, 60)).await;
    batch(&books, request(2, "claim_2", Some("claim_1")), both_sides("2026-06-02", 11, -7)).await;
    let before = balances(&books).await;
    let (accrued, digest) = (books.accrued_by().await.unwrap(), books.ledger_digest().await.unwrap());
    let all =
        [("acme:receivable:EUR", 111), ("acme:revenue:EUR", -111), ("carry:cost:USD", 53), ("carry:payable:USD", -53)];
    assert_eq!(before, expected(all));
    assert!(books.close_through(day("2026-06-01")).await.unwrap());
    assert!(books.close_through(day("2026-06-01")).await.unwrap(), "closing again changes nothing");
    assert_eq!(balances(&books).await, before);
    assert_eq!(books.accrued_by().await.unwrap(), accrued);
    assert_eq!(books.ledger_digest().await.unwrap(), digest);
    let posted = books.transactions().await.unwrap();
    let shown: Vec<_> = posted.iter().map(|t| (t.number, t.account.as_str(), t.contra.as_str(), t.amount)).collect();
    let acme = (1, "acme:receivable:EUR", "acme:revenue:EUR", 100);
    assert_eq!(shown, [acme, (2, "carry:cost:USD", "carry:payable:USD", 60)]);
    assert_eq!(posted[1].previous_hash, posted[0].hash);
    let days: Vec<_> = books.days().await.unwrap().into_iter().map(|d| (d.day, d.closed, d.totals.len())).collect();
    assert_eq!(days, [(day("2026-06-01"), true, 2), (day("2026-06-02"), false, 2)]);
    assert_eq!(books.closed_through().await.unwrap(), Some(day("2026-06-01")));
}

#[tokio::test]
async fn a_closed_day_takes_no_accruals() {
    let (_dir, books) = furnished().await;
    assert_eq!(books.closed_through().await.unwrap(), None);
    books.close_through(day("2026-06-01")).await.unwrap();
    let claimed = claim(&books, request(1, "claim_1", None)).await;
    assert_eq!(claimed.first_open_day, day("2026-06-02"));
    let late = settlement(claimed.clone(), both_sides("2026-06-01", 1, 1));
    let error = books.settle(&late).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("2026-06-01 is closed")), "{error}");
    assert_eq!(books.partition(0).await.unwrap().unsettled, std::slice::from_ref(&claimed), "nothing was settled");
    let good = settlement(claimed, both_sides("2026-06-02", 1, 1));
    assert_eq!(books.settle(&good).await.unwrap(), SettleOutcome::Settled);
}

#[tokio::test]
async fn a_day_waits_for_the_claims_that_may_post_into_it() {
    let (_dir, books) = furnished().await;
    let mut early = request(1, "claim_1", None);
    early.partition = 4;
    let early = claim(&books, early).await;
    assert!(!books.close_through(day("2026-06-01")).await.unwrap());
    assert_eq!(books.closed_through().await.unwrap(), None);
    books.raise_first_open_day(day("2026-06-01")).await.unwrap();
    claim(&books, request(1, "claim_2", None)).await;
    assert!(!books.close_through(day("2026-06-01")).await.unwrap(), "the older claim still waits");
    books.settle(&settlement(early, both_sides("2026-05-30", 5, 5))).await.unwrap();
    assert!(books.close_through(day("2026-06-01")).await.unwrap(), "the younger claim posts beyond the day");
    assert_eq!(books.transactions().await.unwrap().len(), 2);
    assert!(!books.close_through(day("2026-06-02")).await.unwrap());
    books.void(0, "not needed").await.unwrap();
    assert!(books.close_through(day("2026-06-02")).await.unwrap(), "a voided claim posts nothing");
}

#[tokio::test]
async fn amounts_never_leave_their_range() {
    let (_dir, books) = furnished().await;
    let big = 1i64 << 62;
    let claimed = claim(&books, request(1, "claim_1", None)).await;
    let twice =
        settlement(claimed.clone(), [both_sides("2026-06-01", i64::MAX, 0), both_sides("2026-06-01", 1, 0)].concat());
    let error = books.settle(&twice).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("leave the range")), "{error}");
    assert_eq!(
        books.settle(&settlement(claimed, both_sides("2026-06-01", big, -big))).await.unwrap(),
        SettleOutcome::Settled
    );
    let second = claim(&books, request(2, "claim_2", Some("claim_1"))).await;
    for amount in [1, big, i64::MAX] {
        let more = settlement(second.clone(), both_sides("2026-06-01", amount, 0));
        assert!(matches!(books.settle(&more).await.unwrap_err(), Error::Damaged(_)), "{amount} more");
        let less = settlement(second.clone(), both_sides("2026-06-01", 0, -amount));
        assert!(matches!(books.settle(&less).await.unwrap_err(), Error::Damaged(_)), "{amount} less");
    }
    let back = settlement(second, both_sides("2026-06-01", -big, big));
    assert_eq!(books.settle(&back).await.unwrap(), SettleOutcome::Settled);
    assert!(balances(&books).await.iter().all(|(_, amount)| *amount == 0));
    assert_eq!(books.ledger_digest().await.unwrap(), 0, "accounts at zero are not in the digest");
    books.close_through(day("2026-06-01")).await.unwrap();
    assert_eq!(books.transactions().await.unwrap(), [], "a pair that came to nothing is not posted");
}

#[tokio::test]
async fn an_accrual_of_nobody_is_damage() {
    let (_dir, books) = furnished().await;
    let claimed = claim(&books, request(1, "claim_1", None)).await;
    let nobody = settlement(claimed, vec![accrual(99, Side::Customer, "EUR", "2026-06-01", 1)]);
    let error = books.settle(&nobody).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("name 99 is not in the books")), "{error}");
}

#[tokio::test]
async fn the_ledger_digest_depends_on_balances_alone() {
    let (_one, in_two) = furnished().await;
    batch(&in_two, request(1, "claim_1", None), both_sides("2026-06-01", 100, 60)).await;
    in_two.close_through(day("2026-06-01")).await.unwrap();
    batch(&in_two, request(2, "claim_2", Some("claim_1")), both_sides("2026-06-02", 11, 7)).await;
    let (_two, in_one) = furnished().await;
    let other =
        vec![accrual(2, Side::Supplier, "USD", "2026-06-02", 67), accrual(1, Side::Customer, "EUR", "2026-06-05", 111)];
    batch(&in_one, request(1, "claim_9", None), other).await;
    assert_eq!(in_one.ledger_digest().await.unwrap(), in_two.ledger_digest().await.unwrap());
    let mut balances = in_one.balances().await.unwrap();
    balances.reverse();
    assert_eq!(ledger_digest(&balances), in_one.ledger_digest().await.unwrap());
    balances[0].amount += 1;
    assert_ne!(ledger_digest(&balances), in_one.ledger_digest().await.unwrap());
}

#[tokio::test]
async fn the_chain_shows_every_tampering() {
    let cases = [
        ("UPDATE ledger_transactions SET amount = amount + 1 WHERE number = 2", "transaction 2 is not what was posted"),
        ("UPDATE ledger_transactions SET posting_day = 0 WHERE number = 1", "transaction 1 is not what was posted"),
        ("DELETE FROM ledger_transactions WHERE number = 1", "transaction 1 is missing"),
        ("DELETE FROM ledger_transactions WHERE number = 2", "the ledger ends with transaction 1"),
        ("UPDATE accounts SET name = 'x' WHERE id = 1", "transaction 1 is not what was posted"),
    ];
    for (statement, finding) in cases {
        let (dir, books) = furnished().await;
        batch(&books, request(1, "claim_1", None), both_sides("2026-06-01", 100, 60)).await;
        books.close_through(day("2026-06-01")).await.unwrap();
        let whole = books.verify_chain().await.unwrap();
        assert_eq!((whole.transaction_count, whole.findings), (2, Vec::new()));
        if statement.contains("ledger_transactions") {
            let refused = tamper(dir.path(), statement).await.unwrap_err().to_string();
            assert!(refused.contains("a ledger transaction"), "{refused}");
        }
        tamper(dir.path(), "DROP TRIGGER ledger_transactions_update; DROP TRIGGER ledger_transactions_delete;")
            .await
            .unwrap();
        tamper(dir.path(), statement).await.unwrap();
        let found = books.verify_chain().await.unwrap().findings.join("\n");
        assert!(found.contains(finding), "{statement}: {found}");
    }
}

#[tokio::test]
async fn the_database_refuses_entries_that_do_not_balance() {
    let (dir, books) = furnished().await;
    let more =
        vec![accrual(1, Side::Customer, "EUR", "2026-06-01", 1), accrual(1, Side::Customer, "USD", "2026-06-01", 1)];
    batch(&books, request(1, "claim_1", None), more).await;
    books.close_through(day("2026-06-01")).await.unwrap();
    // Accounts 1 and 2 are in EUR, 3 and 4 in USD: no transaction goes across.
    let across = "INSERT INTO ledger_transactions VALUES (9, 'txn_x', 1, 1, 4, 'EUR', 5, 'a', 'b')";
    let refused = tamper(dir.path(), across).await.unwrap_err().to_string();
    assert!(refused.contains("FOREIGN KEY"), "{refused}");
    let nothing = "INSERT INTO ledger_transactions VALUES (9, 'txn_x', 1, 1, 1, 'EUR', 5, 'a', 'b')";
    assert!(tamper(dir.path(), nothing).await.is_err(), "one account against itself is no transaction");
    let within = "INSERT INTO ledger_transactions VALUES (9, 'txn_x', 1, 1, 2, 'EUR', 5, 'a', 'b')";
    tamper(dir.path(), within).await.unwrap();
    let sums: i64 = books.balances().await.unwrap().iter().map(|balance| balance.amount).sum();
    assert_eq!(sums, 0, "whatever was stored, entries sum to zero");
}

#[tokio::test]
async fn the_ledger_is_exported_for_outside_tools() {
    let (_dir, books) = furnished().await;
    batch(&books, request(1, "claim_1", None), both_sides("2026-06-01", 1_500_000, 1)).await;
    books.close_through(day("2026-06-01")).await.unwrap();
    batch(&books, request(2, "claim_2", Some("claim_1")), both_sides("2026-06-02", -2, 0)).await;
    let id = books.transactions().await.unwrap()[0].id.clone();
    let text = books.export(ExportForm::Beancount).await.unwrap();
    let expected = format!(
        "2026-06-01 open Assets:Receivable:Acme:EUR EUR\n2026-06-01 open Income:Revenue:Acme:EUR EUR\n\
         2026-06-01 open Expenses:Cost:Carry:USD USD\n2026-06-01 open Liabilities:Payable:Carry:USD USD\n\n\
         2026-06-01 * \"usage, transaction 1 ({id})\"\n  Assets:Receivable:Acme:EUR  1.500000 EUR\n  \
         Income:Revenue:Acme:EUR  -1.500000 EUR\n"
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.ends_with("2026-06-02 ! \"usage, accruing\"\n  Assets:Receivable:Acme:EUR  -0.000002 EUR\n  Income:Revenue:Acme:EUR  0.000002 EUR\n\n"), "{text}");
    let text = books.export(ExportForm::Hledger).await.unwrap();
    assert!(text.contains("2026-06-01 * usage, transaction 2"), "{text}");
    assert!(
        text.contains("    expenses:cost:carry:USD  0.000001 USD\n    liabilities:payable:carry:USD  -0.000001 USD\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_settle_stores_what_an_audit_reads() {
    let (_dir, books) = furnished().await;
    batch(&books, request(1, "claim_1", None), both_sides("2026-06-01", 4, 3)).await;
    let view = books.audit_view().await.unwrap();
    assert_eq!(
        view.accrued.iter().map(|x| (x.carrier.0, x.side, x.amount)).collect::<Vec<_>>(),
        [(1, Side::Customer, 4), (2, Side::Supplier, 3)]
    );
    assert_eq!(view.batches[0].digest, UsageDigest(2));
    assert_eq!(view.balances, books.balances().await.unwrap());
    assert_eq!(books.check_file().await.unwrap(), Vec::<String>::new());
}
