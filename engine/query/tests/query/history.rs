//! `usage_history`: every rating, why it came about, and what it changed.

use crate::world::{CORRECTED, Call, World, ask, currency, customer, lines, small, supplier, usage};
use didtron_ports::{Journal, RowPlace, UsageRow};
use didtron_query::{BatchCause, BatchKind, Error, Format, Session};
use tempfile::TempDir;

/// As the documentation lists them.
const WHOLE: &str = "source, call_id, branch, start, answer, partition, seq, row, cause, rerate, catalog_version, \
                     posting_day, base_currency, revenue, cost, margin, revenue_difference, cost_difference, \
                     margin_difference, in_force";
const SIDE: &str = "S, S_prefix, S_billed_s, S_charge, S_currency, S_amount, S_account_currency";

/// A rating of a call that costs so much in millionths.
fn rating(place: (u64, u32), id: &'static str, revenue: i64, cost: i64) -> UsageRow<'static> {
    let (customer, supplier) = (Some(customer(revenue)), Some(supplier(cost)));
    usage(place.0, place.1, &Call { id, customer, supplier, ..CORRECTED })
}

/// What takes the rating at `of` back, in the place before.
fn reversal(of: (u64, u32), new: &UsageRow<'static>, revenue: i64, cost: i64) -> UsageRow<'static> {
    let row = new.place.row - 1;
    let old = rating((new.place.seq, row), "", -revenue, -cost);
    let reverses = Some(RowPlace { seq: of.0, row: of.1 });
    UsageRow { sign: -1, reverses, rated: old.rated, place: old.place, ..new.clone() }
}

fn journal(rows: &[UsageRow<'static>]) -> Journal {
    let mut journal = Journal::default();
    for row in rows {
        journal.usage.push(row);
    }
    journal
}

fn batch(seq: u64, kind: BatchKind, id: Option<&str>) -> BatchCause {
    BatchCause { partition: 0, seq, kind, id: id.map(str::to_owned) }
}

/// Behind the two batches of every world: two corrections in one batch, a re-drive, a re-rate and its undo.
async fn past() -> World {
    let mut world = World::new().await;
    let (first, second, third) =
        (rating((3, 0), "c5", 100, 10), rating((3, 2), "c5", 250, 20), rating((3, 4), "c5", 200, 50));
    let corrections = [first, reversal((3, 0), &second, 100, 10), second, reversal((3, 2), &third, 250, 20), third];
    world.write(3, journal(&corrections)).await;
    let corrected = rating((4, 2), "c2", 0, 260_000);
    let old = UsageRow {
        sign: -1,
        reverses: Some(RowPlace { seq: 1, row: 1 }),
        ..usage(4, 1, &Call { id: "c2", supplier: Some(supplier(-250_000)), ..CORRECTED })
    };
    let redriven = [rating((4, 0), "c8", 7, 3), old, corrected];
    world.write_of(batch(4, BatchKind::Redrive, None), journal(&redriven)).await;
    let (one, other) = (rating((5, 1), "c1", 1_500_000, 1_000_000), rating((5, 3), "c4", 100_000, 300_000));
    let rerated = [
        reversal((2, 1), &one, 2_000_000, 1_000_000),
        UsageRow { catalog_version: 2, ..one },
        reversal((1, 3), &other, 100_000, 400_000),
        UsageRow { catalog_version: 2, ..other },
    ];
    world.write_of(batch(5, BatchKind::Rerate, Some("may")), journal(&rerated)).await;
    let back = rating((6, 1), "c1", 2_000_000, 1_000_000);
    let undone = [reversal((5, 1), &back, 1_500_000, 1_000_000), back];
    world.write_of(batch(6, BatchKind::Undo, Some("undo-may")), journal(&undone)).await;
    world
}

async fn session() -> (TempDir, Session) {
    let world = past().await;
    let session = world.session().await;
    (world.folder, session)
}

#[tokio::test]
async fn has_the_documented_columns() {
    let (_folder, session) = small().await;
    let documented = format!("{WHOLE}, {}, {}", SIDE.replace('S', "customer"), SIDE.replace('S', "supplier"));
    let columns = session.sql("select * from usage_history").await.unwrap().columns();
    assert_eq!(columns.join(", "), documented);
    let type_of = |view: &str, column: &str| {
        format!(
            "select data_type from information_schema.columns where table_name = '{view}' and column_name = '{column}'"
        )
    };
    for column in documented.split(", ") {
        let own = lines(&session, &type_of("usage_history", column)).await;
        let expected = match column {
            "cause" | "rerate" => ["Utf8View"].map(str::to_owned).to_vec(),
            "in_force" => ["Boolean"].map(str::to_owned).to_vec(),
            "revenue_difference" | "cost_difference" => ["\"Decimal128(19, 6)\""].map(str::to_owned).to_vec(),
            "margin_difference" => ["\"Decimal128(20, 6)\""].map(str::to_owned).to_vec(),
            shared => lines(&session, &type_of("usage", shared)).await,
        };
        assert_eq!(own, expected, "{column}");
    }
}

#[tokio::test]
async fn every_rating_has_its_cause_and_the_difference_it_made() {
    let (_folder, session) = session().await;
    let asked = "select call_id, seq, row, cause, rerate, catalog_version, revenue_difference, cost_difference, \
                 margin_difference, in_force from usage_history order by call_id, seq, row";
    assert_eq!(
        lines(&session, asked).await,
        [
            "c1,1,0,first,,1,1.500000,1.000000,0.500000,false",
            "c1,2,1,correction,,1,0.500000,0.000000,0.500000,false",
            "c1,5,1,rerate,may,2,-0.500000,0.000000,-0.500000,false",
            "c1,6,1,undo,undo-may,1,0.500000,0.000000,0.500000,true",
            "c2,1,1,first,,1,0.000000,0.250000,-0.250000,false",
            "c2,4,2,redrive,,1,0.000000,0.010000,-0.010000,true",
            "c3,1,2,first,,1,0.000000,0.000000,0.000000,true",
            "c4,1,3,first,,1,0.100000,0.400000,-0.300000,false",
            "c4,5,3,rerate,may,2,0.000000,-0.100000,0.100000,true",
            "c5,3,0,first,,1,0.000100,0.000010,0.000090,false",
            "c5,3,2,correction,,1,0.000150,0.000010,0.000140,false",
            "c5,3,4,correction,,1,-0.000050,0.000030,-0.000080,true",
            "c8,4,0,redrive,,1,0.000007,0.000003,0.000004,true",
        ]
    );
}

#[tokio::test]
async fn differences_add_up_to_what_is_in_force() {
    let (_folder, session) = session().await;
    let history = "select sum(revenue_difference), sum(cost_difference), sum(margin_difference) from usage_history";
    let current = "select sum(revenue), sum(cost), sum(margin) from usage_current";
    assert_eq!(lines(&session, history).await, lines(&session, current).await);
    let places = "select call_id, partition, seq, row, revenue, cost, margin, customer, supplier_charge from";
    let (history, current) = (format!("{places} usage_history where in_force"), format!("{places} usage_current"));
    let sorted = |sql: String| format!("{sql} order by call_id");
    assert_eq!(lines(&session, &sorted(history)).await, lines(&session, &sorted(current)).await);
}

#[tokio::test]
async fn causes_and_rerates_can_be_asked_for() {
    let (_folder, session) = session().await;
    for (filter, count) in [
        ("cause = 'first'", "5"),
        ("cause <> 'first'", "8"),
        ("cause in ('rerate', 'undo')", "3"),
        ("cause = 'nonsense'", "0"),
        ("rerate = 'may'", "2"),
        ("rerate <> 'may'", "1"),
        ("rerate is null", "10"),
        ("rerate is distinct from 'may'", "11"),
        ("not in_force", "7"),
        ("customer_prefix = '49171' and cause = 'undo'", "1"),
    ] {
        let asked = format!("select count(*) from usage_history where {filter}");
        assert_eq!(lines(&session, &asked).await, [count], "{filter}");
    }
    let by_cause = "select cause, count(*), sum(margin_difference) from usage_history group by cause order by cause";
    assert_eq!(
        lines(&session, by_cause).await,
        ["correction,3,0.500060", "first,5,-0.049910", "redrive,2,-0.009996", "rerate,2,-0.400000", "undo,1,0.500000"]
    );
}

#[tokio::test]
async fn a_difference_between_two_base_currencies_is_unknown() {
    let mut world = World::empty();
    world.write(1, journal(&[rating((1, 0), "c1", 100, 10)])).await;
    let new = UsageRow { base_currency: currency("EUR"), ..rating((2, 1), "c1", 90, 10) };
    let old = UsageRow { base_currency: currency("USD"), ..reversal((1, 0), &new, 100, 10) };
    world.write(2, journal(&[old, new])).await;
    let asked = "select base_currency, cause, revenue_difference, margin_difference from usage_history order by seq";
    let expected = ["USD,first,0.000100,0.000090", "EUR,correction,,"];
    assert_eq!(lines(&world.session().await, asked).await, expected);
}

#[tokio::test]
async fn a_history_without_reversals_is_all_in_force() {
    let mut world = World::empty();
    world.write(1, journal(&[rating((1, 0), "c1", 100, 10)])).await;
    let asked = "select cause, in_force, margin_difference from usage_history";
    assert_eq!(lines(&world.session().await, asked).await, ["first,true,0.000090"]);
}

#[tokio::test]
async fn a_batch_that_the_books_lack_is_damage() {
    let mut world = past().await;
    world.batches.retain(|batch| batch.seq != 4);
    let session = world.session().await;
    let answer = session.sql("select cause from usage_history").await.unwrap();
    let error = answer.write(Format::Csv, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("batch 4")), "{error}");
    assert_eq!(lines(&session, "select count(*) from usage_history where in_force").await, ["6"]);
}

#[tokio::test]
async fn a_history_is_neither_joined_nor_grouped() {
    let (_folder, session) = session().await;
    let plan = ask(&session, Format::Csv, "explain select cause, margin_difference from usage_history").await;
    let physical = plan.split_once("physical_plan").unwrap().1;
    for costly in ["Join", "Aggregate", "Sort", "Window"] {
        assert!(!physical.contains(costly), "{plan}");
    }
}
