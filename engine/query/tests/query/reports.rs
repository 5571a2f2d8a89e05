//! Reports by every kind of key.

use crate::world::{at, small};
use didtron_query::{Dimension, Figures, Report};
use serde_json::json;

#[tokio::test]
async fn a_report_by_route_has_the_best_margin_first() {
    let (_folder, session) = small().await;
    let table = session.report(&Report::by_route()).await.unwrap();
    assert_eq!(table.columns, ["customer", "supplier", "destination"]);
    let keys = |at: usize| table.rows[at].keys.iter().map(Option::as_deref).collect::<Vec<_>>();
    assert_eq!(keys(0), [Some("acme"), Some("sol"), Some("Germany, mobile")]);
    assert_eq!(keys(2), [None, Some("sol"), None]);
    let best = Figures { calls: 2, answered: 2, duration_ms: 110_000, revenue: 2_100_000, cost: 1_400_000 };
    assert_eq!(table.rows[0].figures, best);
    assert_eq!(table.totals().len(), 1);
}

#[tokio::test]
async fn a_report_by_day_is_in_order_and_narrowed_by_time() {
    let (_folder, session) = small().await;
    let by = vec![Dimension::Day, Dimension::Customer];
    let table = session.report(&Report { by: by.clone(), ..Report::default() }).await.unwrap();
    let keys: Vec<String> = table
        .rows
        .iter()
        .map(|row| row.keys.iter().map(|key| key.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(keys, ["2026-06-01 -", "2026-06-01 acme", "2026-06-02 acme"]);
    let (from, to) = (Some(at("2026-06-01T10:00:59.5Z")), Some(at("2026-06-02T00:00:00Z")));
    let table = session.report(&Report { by, from, to }).await.unwrap();
    assert_eq!(table.rows.iter().map(|row| row.figures.calls).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn a_report_without_keys_is_one_row() {
    let (_folder, session) = small().await;
    let table = session.report(&Report::default()).await.unwrap();
    assert_eq!(
        table.to_json()["rows"],
        json!([{
            "calls": 4, "answered": 3, "minutes": "2.333333", "revenue": "2.100000", "cost": "1.650000",
            "margin": "0.450000", "margin_percent": "21.43", "asr_percent": "75.00", "acd_s": "46.7", "currency": "USD",
        }])
    );
    assert_eq!(
        table.to_string(),
        "calls  answered  minutes   revenue      cost    margin  margin %  ASR %  ACD s  currency\n    \
         4         3     2.33  2.100000  1.650000  0.450000     21.43  75.00   46.7  USD\n"
    );
}

#[tokio::test]
async fn text_ends_with_the_total() {
    let (_folder, session) = small().await;
    let table = session.report(&Report { by: vec![Dimension::Supplier], ..Report::default() }).await.unwrap();
    let text = table.to_string();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("total") && last.contains("0.450000"), "{text}");
}

#[tokio::test]
async fn every_dimension_can_be_asked_for() {
    let (_folder, session) = small().await;
    for word in Dimension::WORDS {
        let by = vec![Dimension::parse(word).unwrap()];
        let table = session.report(&Report { by, ..Report::default() }).await.unwrap();
        assert_eq!(table.rows.iter().map(|row| row.figures.calls).sum::<i64>(), 4, "{word}");
    }
}

#[tokio::test]
async fn losing_routes_are_the_worst_first() {
    let (_folder, session) = small().await;
    let table = session.losing_routes(5).await.unwrap();
    assert_eq!(table.rows.len(), 1);
    assert_eq!(table.rows[0].figures.margin(), -250_000);
    assert!(session.losing_routes(0).await.unwrap().rows.is_empty());
}
