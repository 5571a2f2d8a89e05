//! The columns of the journal files that the views read, as the files type them. A test holds them against the
//! layout of the store; columns that no view shows are not named here and never read.

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use didtron_domain::Side;
use didtron_ports::JournalKind;
use std::sync::Arc;

/// Money in micro-units.
pub(crate) const AMOUNT: DataType = DataType::Decimal128(18, 6);
/// Prices in nano-units.
const PRICE: DataType = DataType::Decimal128(18, 9);
/// FX in units of 10^-12.
const FX: DataType = DataType::Decimal128(38, 12);
/// Texts are views into the pages that were read, not copies.
pub(crate) const TEXT: DataType = DataType::Utf8View;

/// UTC with microseconds.
pub(crate) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A column of one side, by its name without the side.
pub(crate) fn of_side(side: Side, name: &str) -> String {
    format!("{}_{name}", side.as_str())
}

type Line = (&'static str, DataType, bool);
const NEVER: bool = false;
const MAYBE: bool = true;

fn head() -> Vec<Line> {
    vec![
        ("partition", DataType::UInt32, NEVER),
        ("seq", DataType::UInt64, NEVER),
        ("row", DataType::UInt32, NEVER),
        ("sign", DataType::Int8, NEVER),
    ]
}

fn usage() -> Vec<Line> {
    vec![
        ("version", DataType::Int64, MAYBE),
        ("reverses_seq", DataType::UInt64, MAYBE),
        ("reverses_row", DataType::UInt32, MAYBE),
        ("posting_day", DataType::Date32, NEVER),
        ("catalog_version", DataType::UInt32, NEVER),
        ("base_currency", DataType::UInt32, NEVER),
        ("source", DataType::UInt32, NEVER),
        ("call_id", TEXT, MAYBE),
        ("branch", TEXT, MAYBE),
        ("start", instant(), NEVER),
        ("answer", instant(), NEVER),
        ("duration_ms", DataType::UInt64, NEVER),
        ("marked_answered", DataType::Boolean, NEVER),
        ("caller", TEXT, MAYBE),
        ("stated_revenue", PRICE, MAYBE),
        ("stated_cost", PRICE, MAYBE),
    ]
}

fn side() -> Vec<Line> {
    vec![
        ("carrier", DataType::UInt32, MAYBE),
        ("interconnect", DataType::UInt32, MAYBE),
        ("service", DataType::UInt32, MAYBE),
        ("number", DataType::UInt64, MAYBE),
        ("looked_up", DataType::UInt64, MAYBE),
        ("prefix_length", DataType::UInt8, MAYBE),
        ("destination", DataType::UInt32, MAYBE),
        ("group", DataType::UInt32, MAYBE),
        ("deck", DataType::UInt32, MAYBE),
        ("deck_version", DataType::UInt32, MAYBE),
        ("rate", PRICE, MAYBE),
        ("jurisdiction", DataType::UInt8, MAYBE),
        ("currency", DataType::UInt32, MAYBE),
        ("blocked", DataType::Boolean, MAYBE),
        ("whole_s", DataType::UInt64, MAYBE),
        ("billed_s", DataType::UInt64, MAYBE),
        ("charge", AMOUNT, MAYBE),
        ("amount", AMOUNT, MAYBE),
        ("account_currency", DataType::UInt32, MAYBE),
        ("fx_rate", FX, MAYBE),
        ("fx_day", DataType::Date32, MAYBE),
        ("base_amount", AMOUNT, MAYBE),
    ]
}

fn suspense() -> Vec<Line> {
    vec![
        ("takes_out_seq", DataType::UInt64, MAYBE),
        ("takes_out_row", DataType::UInt32, MAYBE),
        ("record", DataType::BinaryView, NEVER),
        ("mapping", TEXT, MAYBE),
        ("at", TEXT, MAYBE),
        ("source", DataType::UInt32, MAYBE),
        ("call_id", TEXT, MAYBE),
        ("branch", TEXT, MAYBE),
        ("start", instant(), MAYBE),
        ("reason", DataType::UInt8, NEVER),
        ("side", DataType::UInt8, NEVER),
        ("customer_charge", AMOUNT, MAYBE),
        ("supplier_charge", AMOUNT, MAYBE),
        ("note", TEXT, MAYBE),
        ("first_seen", instant(), NEVER),
    ]
}

fn fields(lines: Vec<Line>, name: impl Fn(&str) -> String) -> impl Iterator<Item = Field> {
    lines.into_iter().map(move |(own, data_type, nullable)| Field::new(name(own), data_type, nullable))
}

/// What is read of a journal.
pub(crate) fn of(journal: JournalKind) -> SchemaRef {
    let whole = |lines| fields(lines, str::to_owned);
    let columns: Vec<Field> = match journal {
        JournalKind::Usage => {
            let sides = [Side::Customer, Side::Supplier].map(|at| fields(side(), move |name| of_side(at, name)));
            whole(head()).chain(whole(usage())).chain(sides.into_iter().flatten()).collect()
        }
        JournalKind::Suspense => whole(head()).chain(whole(suspense())).collect(),
    };
    Arc::new(Schema::new(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Views and copies of the same bytes are one type in a file.
    fn stored(data_type: &DataType) -> DataType {
        match data_type {
            DataType::Utf8View => DataType::Utf8,
            DataType::BinaryView => DataType::Binary,
            other => other.clone(),
        }
    }

    #[test]
    fn the_store_lays_its_columns_out_as_they_are_read_here() {
        let pairs = [
            (of(JournalKind::Usage), didtron_parquet::usage_schema()),
            (of(JournalKind::Suspense), didtron_parquet::suspense_schema()),
        ];
        for (read, laid_out) in pairs {
            for field in read.fields() {
                let column = laid_out.field_with_name(field.name()).unwrap();
                assert_eq!(&stored(field.data_type()), column.data_type(), "{}", field.name());
                assert_eq!(field.is_nullable(), column.is_nullable(), "{}", field.name());
            }
        }
    }
}
