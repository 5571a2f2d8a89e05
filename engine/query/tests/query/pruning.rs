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

#[tokio::test]
async fn names_are_put_to_groups_not_to_rows() {
    let (_folder, session) = small().await;
    for view in ["usage", "usage_current as calls"] {
        let sql = format!("select supplier, date_trunc('day', answer), sum(margin) from {view} group by 1, 2");
        let plan = ask(&session, Format::Csv, &format!("explain {sql}")).await;
        let physical = plan.split_once("physical_plan").unwrap().1;
        let (above, below) = physical.split_once("mode=Partial").unwrap();
        assert!(above.contains("name(") && !below.contains("name("), "{plan}");
    }
}

#[tokio::test]
async fn groups_by_names_are_what_they_were() {
    let (_folder, session) = small().await;
    let by = async |sql: &str| lines(&session, &format!("{sql} order by 1, 2")).await;
    let twice = "select supplier, supplier_jurisdiction, count(*), sum(sign) from usage group by 1, 2";
    // Texts that must stay texts.
    let texts = "select coalesce(supplier, ''), supplier_jurisdiction, count(*), sum(sign) from usage group by 1, 2";
    let found = by(twice).await;
    assert_eq!(found.len(), by(texts).await.len());
    assert!(found.iter().any(|line| line.starts_with("sol,")), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with(',')), "an absent side is a group: {found:?}");
    let asked_again = by("select supplier, max(supplier), count(*) from usage group by supplier").await;
    let again = by("select supplier, supplier as same, count(*) from usage group by supplier").await;
    assert_eq!(asked_again, again);
    assert_eq!(by("select distinct supplier, customer from usage").await, {
        let all = by("select supplier, customer, count(*) from usage group by supplier, customer").await;
        all.iter().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect::<Vec<_>>()
    });
    let having = "select supplier, count(*) from usage group by supplier having supplier = 'sol'";
    assert_eq!(by(having).await, ["sol,5"]);
}

#[tokio::test]
async fn rows_in_force_are_found_without_page_indexes() {
    let (_folder, session) = small().await;
    let plan = ask(&session, Format::Csv, "explain select sum(margin) from usage_current").await;
    let physical = plan.split_once("physical_plan").unwrap().1;
    assert!(!physical.contains("pruning_predicate"), "{plan}");
}

#[tokio::test]
async fn partition_and_batch_of_a_file_with_one_are_not_read() {
    let (_folder, session) = small().await;
    let asked = "select partition, seq, count(*) from usage group by 1, 2";
    assert_eq!(lines(&session, &format!("{asked} order by 2")).await, ["0,1,4", "0,2,2"]);
    let plan = ask(&session, Format::Csv, &format!("explain analyze {asked}")).await;
    assert!(plan.contains("bytes_scanned=0"), "{plan}");
}
