//! `carriers` and `decks`: what the books say, as it was handed in.

use crate::source::{CarrierRow, DeckRow};
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::MemTable;
use datafusion::error::Result;
use std::sync::Arc;

/// One row per carrier of the newest catalog.
pub(crate) fn carriers(rows: &[CarrierRow]) -> Result<MemTable> {
    table(vec![
        ("name", texts(rows, |row| &row.name)),
        ("kind", texts(rows, |row| row.kind.as_str())),
        ("billing_model", texts(rows, |row| row.billing_model.as_str())),
        ("currency", texts(rows, |row| row.currency.as_str())),
    ])
}

/// One row per deck version.
pub(crate) fn decks(rows: &[DeckRow]) -> Result<MemTable> {
    let counts = rows.iter().map(|row| i64::try_from(row.rows).unwrap_or(i64::MAX));
    table(vec![
        ("deck", texts(rows, |row| &row.deck)),
        ("direction", texts(rows, |row| row.direction.as_str())),
        ("currency", texts(rows, |row| row.currency.as_str())),
        ("zone", texts(rows, |row| &row.zone)),
        ("version", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.version)))),
        ("mode", texts(rows, |row| row.mode.as_str())),
        ("effective", instants(rows.iter().map(|row| row.effective.map(|at| at.0)))),
        ("rows", Arc::new(Int64Array::from_iter_values(counts))),
        ("imported_at", instants(rows.iter().map(|row| Some(row.imported_at.0)))),
        ("source_file", texts(rows, |row| &row.source_file)),
        ("in_catalog", Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.in_catalog))))),
    ])
}

fn texts<R>(rows: &[R], text: impl Fn(&R) -> &str) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(rows.iter().map(text)))
}

fn instants(micros: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
}

fn table(columns: Vec<(&str, ArrayRef)>) -> Result<MemTable> {
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    MemTable::try_new(schema, vec![vec![batch]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{TEXT, instant};
    use arrow::datatypes::DataType;
    use datafusion::catalog::TableProvider;

    #[test]
    fn tables_without_rows_keep_their_columns() {
        let schema = decks(&[]).unwrap().schema();
        assert_eq!(schema.field_with_name("effective").unwrap().data_type(), &instant());
        assert_eq!(carriers(&[]).unwrap().schema().field(0).data_type(), &TEXT);
        assert_eq!(schema.field_with_name("in_catalog").unwrap().data_type(), &DataType::Boolean);
    }
}
