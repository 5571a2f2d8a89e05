//! What a query does not need is not read.

use crate::world::{ask, lines, small};
use didtron_query::Format;

#[tokio::test]
async fn names_are_compared_as_their_ids() {
    let (_folder, session) = small().await;
    let plan = ask(&session, Format::Csv, "explain select sum(margin) from usage where supplier = 'sol'").await;
    let physical = plan.split_once("physical_plan").unwrap().1;
    assert!(!physical.contains("name("), "{plan}");
    assert!(physical.contains("projection=[customer_base_amount, supplier_carrier, supplier_base_amount]"), "{plan}");
}

#[tokio::test]
async fn row_groups_are_left_out_by_time_and_by_call() {
    let (_folder, session) = small().await;
    for (filter, pruned) in [
        ("answer >= '2026-06-03'", "row_groups_pruned_statistics=2 total → 0 matched"),
        ("call_id = 'c7'", "row_groups_pruned_bloom_filter=2 total → 0 matched"),
        ("sign = -1", "row_groups_pruned_statistics=2 total → 1 matched"),
    ] {
        let plan = ask(&session, Format::Csv, &format!("explain analyze select * from usage where {filter}")).await;
        assert!(plan.contains(pruned), "{filter}: {plan}");
    }
}

#[tokio::test]
async fn rows_are_counted_without_reading_them() {
    let (folder, session) = small().await;
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(lines(&session, "select count(*) from usage").await, ["6"]);
}
