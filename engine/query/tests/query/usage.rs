//! `usage`, `decks` and `carriers`: their columns and what stands in them.

use crate::world::{ask, lines, small};
use didtron_query::Format;

/// As the documentation of the command line lists them.
const WHOLE: &str = "source, call_id, branch, version, start, answer, duration_ms, answered, sign, partition, seq, row, \
                     reverses, posting_day, catalog_version, base_currency, revenue, cost, margin, stated_revenue, \
                     stated_cost, caller";
const SIDE: &str = "S, S_interconnect, S_service, S_number, S_looked_up, S_prefix, S_destination, S_group, S_deck, \
                    S_deck_version, S_rate_per_min, S_jurisdiction, S_blocked, S_whole_s, S_billed_s, S_charge, \
                    S_currency, S_fx_rate, S_fx_day, S_amount, S_account_currency";

#[tokio::test]
async fn has_the_documented_columns() {
    let (_folder, session) = small().await;
    let documented = format!("{WHOLE}, {}, {}", SIDE.replace('S', "customer"), SIDE.replace('S', "supplier"));
    for view in ["usage", "usage_current"] {
        let columns = session.sql(&format!("select * from {view}")).await.unwrap().columns();
        assert_eq!(columns.join(", "), documented, "{view}");
    }
}

#[tokio::test]
async fn shows_a_rating_in_words_and_exact_figures() {
    let (_folder, session) = small().await;
    let whole = lines(&session, &format!("select {WHOLE} from usage where seq = 1 and row = 0")).await;
    assert_eq!(
        whole,
        ["switch-a,c1,,,2026-06-01T10:00:25Z,2026-06-01T10:00:30Z,60000,true,1,0,1,0,,2026-06-01,1,USD,1.500000,\
          1.000000,0.500000,0.500000000,,+4930123"]
    );
    let customer = SIDE.replace('S', "customer");
    assert_eq!(
        lines(&session, &format!("select {customer} from usage where seq = 1 and row = 0")).await,
        ["acme,acme-in,acme-premium,49170123456789,491719999,49171,\"Germany, mobile\",europe,base-out,2,0.010100000,\
          eea,false,60,66,1.500000,USD,0.500000000000,2026-05-31,0.750000,EUR"]
    );
    let supplier = SIDE.replace('S', "supplier");
    assert_eq!(
        lines(&session, &format!("select {supplier} from usage where seq = 1 and row = 0")).await,
        ["sol,sol-out,sol-std,49170123456789,49170123456789,,,,,,,,true,0,0,1.000000,,,,1.000000,USD"]
    );
}

#[tokio::test]
async fn an_absent_side_is_null_and_counts_as_nothing_in_the_margin() {
    let (_folder, session) = small().await;
    let customer = SIDE.replace('S', "customer");
    let absent = lines(&session, &format!("select {customer} from usage where call_id = 'c2'")).await;
    assert_eq!(absent, [",".repeat(SIDE.matches(',').count())]);
    let money = "select revenue, cost, margin, answered, answer from usage where call_id";
    let lines = [
        lines(&session, &format!("{money} = 'c2'")).await.remove(0),
        lines(&session, &format!("{money} = 'c3'")).await.remove(0),
    ];
    assert_eq!(
        lines,
        [",0.250000,-0.250000,true,2026-06-01T10:00:59.500000Z", "0.000000,,0.000000,false,2026-06-01T10:01:00Z"]
    );
}

#[tokio::test]
async fn a_reversal_is_negative_and_names_its_row() {
    let (_folder, session) = small().await;
    let rows = lines(
        &session,
        "select sign, reverses, revenue, cost, margin, customer_amount, version, branch from usage \
         where call_id = 'c1' order by seq, row",
    )
    .await;
    assert_eq!(
        rows,
        [
            "1,,1.500000,1.000000,0.500000,0.750000,,",
            "-1,0-1-0,-1.500000,-1.000000,-0.500000,-0.750000,,",
            "1,,2.000000,1.000000,1.000000,1.000000,7,b"
        ]
    );
}

#[tokio::test]
async fn sums_are_decimals_and_comparisons_with_fractions_exact() {
    let (_folder, session) = small().await;
    assert_eq!(lines(&session, "select sum(margin), count(*) from usage").await, ["0.450000,6"]);
    assert_eq!(lines(&session, "select call_id from usage where margin = -0.3").await, ["c4"]);
    assert_eq!(lines(&session, "select sum(sign * duration_ms) from usage").await, ["140000"]);
}

#[tokio::test]
async fn names_and_times_can_be_asked_for() {
    let (_folder, session) = small().await;
    for (filter, count) in [
        ("customer = 'acme'", "5"),
        ("customer <> 'acme'", "0"),
        ("customer is distinct from 'acme'", "1"),
        ("customer = 'nobody'", "0"),
        ("supplier in ('sol', 'acme')", "5"),
        ("customer_jurisdiction = 'eea'", "5"),
        ("customer_currency = 'USD'", "5"),
        ("customer_prefix like '4917%'", "5"),
        ("answer >= '2026-06-02'", "1"),
        ("answer < timestamp '2026-06-02T00:00:00Z'", "5"),
        ("posting_day = '2026-06-02'", "1"),
        ("date_trunc('day', answer) = '2026-06-01T00:00:00Z'", "5"),
        ("extract(hour from answer) = 10", "5"),
    ] {
        assert_eq!(lines(&session, &format!("select count(*) from usage where {filter}")).await, [count], "{filter}");
    }
}

#[tokio::test]
async fn days_and_hours_are_truncated_in_utc() {
    let (_folder, session) = small().await;
    let truncated = "select date_trunc('day', answer), date_trunc('month', answer), date_trunc('second', answer) \
                     from usage where call_id = 'c2'";
    assert_eq!(lines(&session, truncated).await, ["2026-06-01T00:00:00Z,2026-06-01T00:00:00Z,2026-06-01T10:00:59Z"]);
}

#[tokio::test]
async fn decks_and_carriers_are_what_was_handed_in() {
    let (_folder, session) = small().await;
    assert_eq!(
        ask(&session, Format::Csv, "select * from decks").await,
        "deck,direction,currency,zone,version,mode,effective,rows,imported_at,source_file,in_catalog\n\
         base-out,customer,USD,UTC,1,full,,3,2026-05-01T00:00:00.000001Z,base.csv,true\n"
    );
    assert_eq!(
        ask(&session, Format::Csv, "select * from carriers").await,
        "name,kind,billing_model,currency\nacme,customer,wholesaler,EUR\n"
    );
}
