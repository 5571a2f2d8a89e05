//! Calls of a re-rate as rows of a file: those that change, each as it is and as it would be, and those that keep what they
//! have, each with its reason.

use crate::answer::{Format, csv_header, csv_rows, parquet_options};
use crate::columns::instant;
use crate::error::Error;
use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DECIMAL64_MAX_PRECISION, DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use didtron_domain::{Currency, E164, Found, NameId, RatedColumns, SideColumns};
use didtron_ports::{KeptCall, StoredRows};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// A file of calls of one kind, written as they are found.
pub struct CallsFile<W: Write + Send> {
    names: BTreeMap<NameId, String>,
    /// The ids of re-rates and undos by their batches.
    rerates: BTreeMap<u64, String>,
    to: To<W>,
}

enum To<W: Write + Send> {
    Csv(W),
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> CallsFile<W> {
    /// A CSV or Parquet file of calls that change; a format that is neither is written as CSV.
    pub fn of_changed(format: Format, names: BTreeMap<NameId, String>, to: W) -> Result<Self, Error> {
        let schema = changed(&names, &StoredRows::default(), &RatedColumns::default(), &[])?.schema();
        Ok(Self { names, rerates: BTreeMap::new(), to: To::begin(format, schema, to)? })
    }

    /// A CSV or Parquet file of calls that keep their rating; a format that is neither is written as CSV. `rerates` are the
    /// ids of re-rates and undos by their batches.
    pub fn of_kept(
        format: Format,
        names: BTreeMap<NameId, String>,
        rerates: BTreeMap<u64, String>,
        to: W,
    ) -> Result<Self, Error> {
        let schema = kept(&names, &rerates, &StoredRows::default(), &[])?.schema();
        Ok(Self { names, rerates, to: To::begin(format, schema, to)? })
    }

    /// Adds these of the rows, as they are and as `new` has them.
    pub fn write_changed(&mut self, old: &StoredRows, new: &RatedColumns, rows: &[u32]) -> Result<(), Error> {
        self.to.write(&changed(&self.names, old, new, rows)?)
    }

    /// Adds these of the rows, each with why it keeps what it has.
    pub fn write_kept(&mut self, rows: &StoredRows, calls: &[(u32, KeptCall)]) -> Result<(), Error> {
        self.to.write(&kept(&self.names, &self.rerates, rows, calls)?)
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<(), Error> {
        match self.to {
            To::Csv(mut to) => Ok(to.flush()?),
            To::Parquet(to) => to.close().map(drop).map_err(|e| Error::Query(e.to_string())),
        }
    }
}

impl<W: Write + Send> To<W> {
    fn begin(format: Format, schema: SchemaRef, mut to: W) -> Result<Self, Error> {
        match format {
            Format::Parquet => Ok(Self::Parquet(Box::new(parquet_writer(to, schema)?))),
            Format::Csv | Format::Json | Format::Table => {
                to.write_all(&csv_header(&schema))?;
                Ok(Self::Csv(to))
            }
        }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match self {
            Self::Csv(to) => Ok(to.write_all(&csv_rows(batch)?)?),
            Self::Parquet(to) => to.write(batch).map_err(|e| Error::Query(e.to_string())),
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

    /// Which calls these rows are of.
    fn call(&mut self, names: &BTreeMap<NameId, String>, of: &StoredRows, rows: &[u32]) {
        let (columns, calls) = (&of.columns, &of.columns.calls);
        let at = || rows.iter().map(|row| *row as usize);
        self.texts("source", at().map(|row| names.get(&NameId(columns.source[row])).map(String::as_str)));
        self.texts("call_id", at().map(|row| Some(calls.call_id.get(row))));
        self.texts("branch", at().map(|row| Some(calls.branch.get(row))));
        for (name, column) in [("start", &calls.start), ("answer", &calls.answer)] {
            let array = TimestampMicrosecondArray::from_iter_values(at().map(|row| column[row].0));
            self.add(name, Arc::new(array.with_data_type(instant())));
        }
    }

    fn batch(self) -> Result<RecordBatch, Error> {
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
            self.0.into_iter().map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)).unzip();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| Error::Query(e.to_string()))
    }
}

/// One digit more than amounts have, for their differences.
const fn decimal(places: i8) -> DataType {
    DataType::Decimal128(DECIMAL64_MAX_PRECISION + 2, places)
}

/// Calls that keep what they have.
fn kept(
    names: &BTreeMap<NameId, String>,
    rerates: &BTreeMap<u64, String>,
    rows: &StoredRows,
    calls: &[(u32, KeptCall)],
) -> Result<RecordBatch, Error> {
    let at: Vec<u32> = calls.iter().map(|(row, _)| *row).collect();
    let mut table = Table(Vec::new());
    table.call(names, rows, &at);
    table.texts("called", at.iter().map(|row| Some(rows.columns.calls.called.get(*row as usize))));
    table.texts("kept", calls.iter().map(|(_, call)| Some(call.why.as_str())));
    table.add("batch", Arc::new(UInt64Array::from_iter_values(calls.iter().map(|(_, call)| call.batch))));
    table.texts("rerate", calls.iter().map(|(_, call)| rerates.get(&call.batch).map(String::as_str)));
    table.batch()
}

/// Calls that change.
fn changed(
    names: &BTreeMap<NameId, String>,
    old: &StoredRows,
    new: &RatedColumns,
    rows: &[u32],
) -> Result<RecordBatch, Error> {
    let (columns, calls) = (&old.columns, &old.columns.calls);
    let at = || rows.iter().map(|row| *row as usize);
    let name = |id: u32| names.get(&NameId(id)).map(String::as_str);
    let mut table = Table(Vec::new());
    table.call(names, old, rows);
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
    table.batch()
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
