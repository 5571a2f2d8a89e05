//! `usage_current` and the margins: what corrections leave.

use crate::world::{CORRECTED, Call, World, at, customer, lines, small, supplier, usage};
use didtron_ports::{Journal, RowPlace, StoredFile, UsageRow};
use didtron_query::Format;

#[tokio::test]
async fn rows_in_force_are_those_that_nothing_takes_back() {
    let (_folder, session) = small().await;
    let rows = lines(&session, "select call_id, seq, row, margin from usage_current order by call_id").await;
    assert_eq!(rows, ["c1,2,1,1.000000", "c2,1,1,-0.250000", "c3,1,2,0.000000", "c4,1,3,-0.300000"]);
    assert_eq!(lines(&session, "select count(*), sum(sign) from usage_current").await, ["4,4"]);
}

#[tokio::test]
async fn the_current_truth_is_the_signed_sum() {
    let (_folder, session) = small().await;
    let sums = "select sum(margin), sum(revenue), sum(cost) from";
    let signed = lines(&session, &format!("{sums} usage")).await;
    assert_eq!(lines(&session, &format!("{sums} usage_current")).await, signed);
    assert_eq!(signed, ["0.450000,2.100000,1.650000"]);
}

#[tokio::test]
async fn a_correction_in_its_own_batch_counts_too() {
    let mut world = World::new().await;
    let call = |sign: i64| Call {
        id: "c5",
        answer: "2026-06-03T00:00:00Z",
        duration_ms: 1,
        customer: Some(customer(sign * 10)),
        supplier: Some(supplier(sign * 5)),
    };
    let mut journal = Journal::default();
    journal.usage.push(&usage(3, 0, &call(1)));
    let reverses = Some(RowPlace { seq: 3, row: 0 });
    journal.usage.push(&UsageRow { sign: -1, reverses, ..usage(3, 1, &call(-1)) });
    journal.usage.push(&UsageRow { start: at("2026-06-02T23:00:00Z"), ..usage(3, 2, &call(1)) });
    world.write(3, journal).await;
    let session = world.session().await;
    assert_eq!(lines(&session, "select row from usage_current where seq = 3").await, ["2"]);
}

#[tokio::test]
async fn what_one_partition_takes_back_stands_in_another() {
    let (mut world, mut other) = (World::new().await, World::empty());
    let mut journal = Journal::default();
    journal.usage.push(&UsageRow { partition: 1, ..usage(1, 0, &CORRECTED) });
    other.write(1, journal).await;
    let file = StoredFile { partition: 1, path: "usage/p1/first.parquet".to_owned(), ..other.files[0].clone() };
    std::fs::create_dir_all(world.folder.path().join("usage/p1")).unwrap();
    std::fs::copy(other.folder.path().join(&other.files[0].path), world.folder.path().join(&file.path)).unwrap();
    world.files.push(file);
    let session = world.session().await;
    let rows = lines(&session, "select partition, row from usage_current where seq = 1 order by 1, 2").await;
    assert_eq!(rows, ["0,1", "0,2", "0,3", "1,0"]);
}

#[tokio::test]
async fn margins_by_minute_leave_out_what_was_corrected() {
    let (_folder, session) = small().await;
    let rows = lines(&session, "select * from margin_by_minute order by minute").await;
    assert_eq!(
        rows,
        [
            "2026-06-01T10:00:00Z,2,2,2.000000,2.000000,1.250000,0.750000,USD",
            "2026-06-01T10:01:00Z,1,0,0.000000,0.000000,0.000000,0.000000,USD",
            "2026-06-02T00:00:00Z,1,1,0.333333,0.100000,0.400000,-0.300000,USD"
        ]
    );
    let columns = session.sql("select * from margin_by_minute").await.unwrap().columns();
    let expected = ["minute", "calls", "answered", "minutes", "revenue", "cost", "margin", "base_currency"];
    assert_eq!(columns, expected);
}

#[tokio::test]
async fn margins_by_route_name_the_customers_destination() {
    let (_folder, session) = small().await;
    let rows = lines(&session, "select * from margin_by_route order by customer, supplier").await;
    assert_eq!(
        rows,
        [
            "acme,sol,\"Germany, mobile\",2,2,1.833333,2.100000,1.400000,0.700000,USD",
            "acme,,\"Germany, mobile\",1,0,0.000000,0.000000,0.000000,0.000000,USD",
            ",sol,,1,1,0.500000,0.000000,0.250000,-0.250000,USD"
        ]
    );
}

#[tokio::test]
async fn a_call_that_was_taken_back_whole_leaves_no_line() {
    let mut world = World::empty();
    let call = |sign: i64| Call {
        id: "c1",
        answer: "2026-06-03T00:00:00Z",
        duration_ms: 60_000,
        customer: Some(customer(sign * 10)),
        supplier: None,
    };
    let mut journal = Journal::default();
    journal.usage.push(&usage(1, 0, &call(1)));
    let reverses = Some(RowPlace { seq: 1, row: 0 });
    journal.usage.push(&UsageRow { sign: -1, reverses, ..usage(1, 1, &call(-1)) });
    world.write(1, journal).await;
    let session = world.session().await;
    for view in ["usage_current", "margin_by_minute", "margin_by_route"] {
        let mut out = Vec::new();
        let answer = session.sql(&format!("select * from {view}")).await.unwrap();
        assert_eq!(answer.write(Format::Csv, &mut out).await.unwrap(), 0, "{view}");
    }
}
