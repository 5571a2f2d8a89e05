//! What answers look like on their way out.

use crate::world::{ask, small};
use didtron_parquet::usage_schema;
use didtron_query::Format;
use serde_json::{Value, json};

const SQL: &str = "select call_id, branch, version, margin, answered, answer, posting_day, customer_destination as \
                   destination from usage where sign = 1 and call_id <> 'c3' order by seq, row";

#[tokio::test]
async fn json_keeps_decimals_instants_and_days_as_strings() {
    let (_folder, session) = small().await;
    let rows: Value = serde_json::from_str(&ask(&session, Format::Json, SQL).await).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert_eq!(
        rows[3],
        json!({
            "call_id": "c1", "branch": "b", "version": 7, "margin": "1.000000", "answered": true,
            "answer": "2026-06-01T10:00:30Z", "posting_day": "2026-06-01", "destination": "Germany, mobile",
        })
    );
    assert_eq!(rows[1]["version"], Value::Null);
    assert_eq!(ask(&session, Format::Json, "select 1 as one where false").await, "[]\n");
}

#[tokio::test]
async fn tables_align_their_columns() {
    let (_folder, session) = small().await;
    let table = "select call_id, margin, supplier, E'a\\nb' as note from usage where sign = 1 and seq = 1 order by row";
    assert_eq!(
        ask(&session, Format::Table, table).await,
        "call_id     margin  supplier  note\n\
         -------  ---------  --------  ----\n\
         c1        0.500000  sol       a\\nb\n\
         c2       -0.250000  sol       a\\nb\n\
         c3        0.000000  -         a\\nb\n\
         c4       -0.300000  sol       a\\nb\n"
    );
    assert_eq!(ask(&session, Format::Table, "select 1 as one where false").await, "one\n---\n");
}

#[tokio::test]
async fn a_long_table_is_written_whole() {
    let (_folder, session) = small().await;
    let text = ask(&session, Format::Table, "select value from generate_series(1, 2500)").await;
    assert_eq!(text.lines().count(), 2502);
    assert_eq!(text.lines().last().map(str::trim), Some("2500"));
}

#[tokio::test]
async fn csv_of_many_rows_keeps_their_number() {
    let (_folder, session) = small().await;
    let mut out = Vec::new();
    let answer = session.sql("select value, 'x' || value from generate_series(1, 30000)").await.unwrap();
    assert_eq!(answer.write(Format::Csv, &mut out).await.unwrap(), 30_000);
    assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 30_001);
}

#[tokio::test]
async fn parquet_has_plain_types() {
    use arrow::datatypes::DataType;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let (_folder, session) = small().await;
    let mut out = tempfile::tempfile().unwrap();
    let rows = session.sql(SQL).await.unwrap().write(Format::Parquet, &mut out).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(out).unwrap();
    let schema = reader.schema().clone();
    assert_eq!(schema.field(0).data_type(), &DataType::Utf8);
    assert_eq!(schema.field(3).data_type(), &DataType::Decimal128(19, 6));
    let stored = usage_schema();
    assert_eq!(schema.field(5).data_type(), stored.field_with_name("answer").unwrap().data_type());
    let read: usize = reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!((rows, read), (4, 4));
}

#[test]
fn words_lead_back() {
    for word in Format::WORDS {
        assert_eq!(Format::parse(word).unwrap().as_str(), *word);
    }
    assert_eq!(Format::parse("xml"), None);
}
