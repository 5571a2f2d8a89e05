//! Changed calls as rows of a file, each as it is and as it would be.

use crate::answer::{Format, csv_header, csv_rows, parquet_options};
use crate::columns::instant;
use crate::error::Error;
use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DECIMAL64_MAX_PRECISION, DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use didtron_domain::{Currency, E164, Found, NameId, RatedColumns, SideColumns};
use didtron_ports::StoredRows;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// A file of changed calls, written as they are found.
pub struct ChangesFile<W: Write + Send> {
    names: BTreeMap<NameId, String>,
    to: To<W>,
}

enum To<W: Write + Send> {
    Csv(W),
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> ChangesFile<W> {
    /// A CSV or Parquet file; a format that is neither is written as CSV.
    pub fn begin(format: Format, names: BTreeMap<NameId, String>, mut to: W) -> Result<Self, Error> {
        let schema = batch(&names, &StoredRows::default(), &RatedColumns::default(), &[])?.schema();
        let to = match format {
            Format::Parquet => To::Parquet(Box::new(parquet_writer(to, schema)?)),
            Format::Csv | Format::Json | Format::Table => {
                to.write_all(&csv_header(&schema))?;
                To::Csv(to)
            }
        };
        Ok(Self { names, to })
    }

    /// Adds these of the rows, as they are and as `new` has them.
    pub fn write(&mut self, old: &StoredRows, new: &RatedColumns, rows: &[u32]) -> Result<(), Error> {
        let batch = batch(&self.names, old, new, rows)?;
        match &mut self.to {
            To::Csv(to) => Ok(to.write_all(&csv_rows(&batch)?)?),
            To::Parquet(to) => to.write(&batch).map_err(|e| Error::Query(e.to_string())),
        }
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<(), Error> {
        match self.to {
            To::Csv(mut to) => Ok(to.flush()?),
            To::Parquet(to) => to.close().map(drop).map_err(|e| Error::Query(e.to_string())),
        }
    }
}

fn parquet_writer<W: Write + Send>(to: W, schema: SchemaRef) -> Result<ArrowWriter<W>, Error> {
    ArrowWriter::try_new_with_options(to, schema, parquet_options()).map_err(|e| Error::Query(e.to_string()))
}

/// Columns under their names.
struct Table(Vec<(String, ArrayRef)>);

impl Table {
    fn add(&mut self, name: impl Into<String>, column: ArrayRef) {
        self.0.push((name.into(), column));
    }

    fn texts<'t>(&mut self, name: impl Into<String>, texts: impl Iterator<Item = Option<&'t str>>) {
        self.add(name, Arc::new(StringArray::from_iter(texts.map(|text| text.filter(|text| !text.is_empty())))));
    }

    fn decimals(&mut self, name: impl Into<String>, places: i8, values: impl Iterator<Item = Option<i128>>) {
        let array = Decimal128Array::from_iter(values).with_data_type(decimal(places));
        self.add(name, Arc::new(array));
    }
}

/// One digit more than amounts have, for their differences.
const fn decimal(places: i8) -> DataType {
    DataType::Decimal128(DECIMAL64_MAX_PRECISION + 2, places)
}

fn batch(
    names: &BTreeMap<NameId, String>,
    old: &StoredRows,
    new: &RatedColumns,
    rows: &[u32],
) -> Result<RecordBatch, Error> {
    let (columns, calls) = (&old.columns, &old.columns.calls);
    let at = || rows.iter().map(|row| *row as usize);
    let name = |id: u32| names.get(&NameId(id)).map(String::as_str);
    let mut table = Table(Vec::new());
    table.texts("source", at().map(|row| name(columns.source[row])));
    table.texts("call_id", at().map(|row| Some(calls.call_id.get(row))));
    table.texts("branch", at().map(|row| Some(calls.branch.get(row))));
    for (name, column) in [("start", &calls.start), ("answer", &calls.answer)] {
        let array = TimestampMicrosecondArray::from_iter_values(at().map(|row| column[row].0));
        table.add(name, Arc::new(array.with_data_type(instant())));
    }
    table.add("duration_ms", Arc::new(UInt64Array::from_iter_values(at().map(|row| calls.duration_ms[row]))));
    let sides =
        [("customer", &columns.rated.customer, &new.customer), ("supplier", &columns.rated.supplier, &new.supplier)];
    for (side, old, new) in sides {
        let carrier = |of: &SideColumns, row| of.value(Found::CARRIER, &of.carrier, row);
        table.texts(side, at().map(|row| carrier(old, row).or_else(|| carrier(new, row)).and_then(name)));
        for (state, of) in [("old", old), ("new", new)] {
            add_side(&mut table, &format!("{side}_{state}"), of, (rows, &name));
        }
    }
    let base = [
        ("revenue", &columns.rated.customer.base_amount, &new.customer.base_amount),
        ("cost", &columns.rated.supplier.base_amount, &new.supplier.base_amount),
    ];
    for (what, old, new) in base {
        let (old, new) = (|row: usize| i128::from(old[row]), |row: usize| i128::from(new[row]));
        table.decimals(format!("old_{what}"), 6, at().map(|row| Some(old(row))));
        table.decimals(format!("new_{what}"), 6, at().map(|row| Some(new(row))));
        table.decimals(format!("{what}_difference"), 6, at().map(|row| Some(new(row) - old(row))));
    }
    let margin = |rated: &RatedColumns, row: usize| {
        i128::from(rated.customer.base_amount[row]) - i128::from(rated.supplier.base_amount[row])
    };
    table.decimals("margin_difference", 6, at().map(|row| Some(margin(new, row) - margin(&columns.rated, row))));
    let base_currency: Vec<_> = at().map(|row| Currency::from_bits(columns.base_currency[row])).collect();
    table.texts("base_currency", base_currency.iter().map(|currency| currency.as_ref().map(Currency::as_str)));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        table.0.into_iter().map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)).unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| Error::Query(e.to_string()))
}

/// A side as it is or would be.
fn add_side<'n>(
    table: &mut Table,
    front: &str,
    side: &SideColumns,
    (rows, name): (&[u32], &impl Fn(u32) -> Option<&'n str>),
) {
    let at = || rows.iter().map(|row| *row as usize);
    let prefixes: Vec<_> = at()
        .map(|row| {
            let length = side.value(Found::ROW, &side.prefix_length, row)?;
            let number = side.value(Found::LOOKED_UP, &side.looked_up, row).unwrap_or(side.number[row]);
            Some(E164::from_value(number)?.prefix(length).to_string())
        })
        .collect();
    table.texts(format!("{front}_prefix"), prefixes.iter().map(Option::as_deref));
    for (what, column) in [("destination", &side.destination), ("deck", &side.deck)] {
        table.texts(format!("{front}_{what}"), at().map(|row| side.value(Found::ROW, column, row).and_then(name)));
    }
    let version = at().map(|row| side.value(Found::ROW, &side.deck_version, row));
    table.add(format!("{front}_deck_version"), Arc::new(UInt32Array::from_iter(version)));
    let rates = at().map(|row| side.value(Found::ROW, &side.rate, row).map(i128::from));
    table.decimals(format!("{front}_rate_per_min"), 9, rates);
    let billed = at().map(|row| side.value(Found::SIDE, &side.billed_s, row));
    table.add(format!("{front}_billed_s"), Arc::new(UInt64Array::from_iter(billed)));
    let money = [
        ("charge", &side.charge, "currency", Found::ROW, &side.currency),
        ("amount", &side.amount, "account_currency", Found::ACCOUNT_CURRENCY, &side.account_currency),
    ];
    for (what, column, in_what, found, currency) in money {
        let amounts = at().map(|row| side.value(Found::SIDE, column, row).map(i128::from));
        table.decimals(format!("{front}_{what}"), 6, amounts);
        let currencies: Vec<_> =
            at().map(|row| side.value(found, currency, row).and_then(Currency::from_bits)).collect();
        let words = currencies.iter().map(|currency| currency.as_ref().map(Currency::as_str));
        table.texts(format!("{front}_{in_what}"), words);
    }
}
