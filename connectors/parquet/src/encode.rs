//! A batch's columns as Arrow arrays. Vectors become buffers as they are; only text offsets are narrowed.

use crate::layout::{SUSPENSE, USAGE};
use arrow::array::{ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal64Type, Decimal128Type, Int8Type, Int64Type, SchemaRef, TimestampMicrosecondType,
    UInt8Type, UInt32Type, UInt64Type,
};
use didtron_domain::text::TextColumn;
use didtron_ports::journal::SideColumns;
use didtron_ports::{Error, Optional, SuspenseColumns, UsageColumns};
use std::sync::Arc;

/// Arrays in the order of a layout.
struct Arrays {
    schema: SchemaRef,
    arrays: Vec<ArrayRef>,
}

impl Arrays {
    fn new(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), arrays: Vec::with_capacity(schema.fields().len()) }
    }

    /// The type that the layout gives the next column.
    fn next_type(&self) -> DataType {
        self.schema.field(self.arrays.len()).data_type().clone()
    }

    fn masked<T: ArrowPrimitiveType>(&mut self, values: Vec<T::Native>, nulls: Option<NullBuffer>) {
        let array = PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls).with_data_type(self.next_type());
        self.arrays.push(Arc::new(array));
    }

    fn values<T: ArrowPrimitiveType>(&mut self, values: Vec<T::Native>) {
        self.masked::<T>(values, None);
    }

    fn optional<T: ArrowPrimitiveType>(&mut self, column: Optional<T::Native>) {
        self.masked::<T>(column.values, nulls(column.valid));
    }

    fn flags(&mut self, values: Vec<bool>, nulls: Option<NullBuffer>) {
        self.arrays.push(Arc::new(BooleanArray::new(values.into(), nulls)));
    }

    /// An empty text is an absent one.
    fn text(&mut self, column: TextColumn) -> Result<(), Error> {
        let (bytes, ends) = column.into_parts();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let present: Vec<bool> = starts.zip(&ends).map(|(start, end)| start < *end).collect();
        let offsets = self.offsets(&ends)?;
        let array = StringArray::try_new(offsets, Buffer::from_vec(bytes.into_bytes()), nulls(present));
        self.arrays.push(Arc::new(array.map_err(|e| self.refused(&e.to_string()))?));
        Ok(())
    }

    fn bytes(&mut self, column: &[Vec<u8>]) -> Result<(), Error> {
        let mut end = 0;
        let ends: Vec<usize> = column
            .iter()
            .map(|value| {
                end += value.len();
                end
            })
            .collect();
        let array = BinaryArray::new(self.offsets(&ends)?, Buffer::from_vec(column.concat()), None);
        self.arrays.push(Arc::new(array));
        Ok(())
    }

    fn offsets(&self, ends: &[usize]) -> Result<OffsetBuffer<i32>, Error> {
        let too_long = |_| self.refused("it has more than 2 GiB of text in one batch: rate with fewer --batch-rows");
        let mut offsets = Vec::with_capacity(ends.len() + 1);
        offsets.push(0);
        offsets.extend(ends.iter().map(|&end| end as i32));
        // Ends only grow: when the last one fits, all do.
        i32::try_from(ends.last().copied().unwrap_or(0)).map_err(too_long)?;
        Ok(OffsetBuffer::new(ScalarBuffer::from(offsets)))
    }

    #[cold]
    fn refused(&self, why: &str) -> Error {
        let name = self.schema.field(self.arrays.len()).name();
        Error::unavailable(format!("cannot store column {name}"), why.to_owned())
    }

    fn batch(self) -> Result<RecordBatch, Error> {
        RecordBatch::try_new(self.schema, self.arrays)
            .map_err(|e| Error::unavailable("cannot store a batch whose columns do not fit each other", e))
    }
}

/// `None` when every row has a value, so that the fast paths of the writer apply.
fn nulls(valid: Vec<bool>) -> Option<NullBuffer> {
    Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0)
}

fn halves(keys: &[u128]) -> (Vec<u64>, Vec<u64>) {
    keys.iter().map(|&key| ((key >> 64) as u64, key as u64)).unzip()
}

/// The usage rows of a batch in the order of the layout.
pub(crate) fn usage_batch(columns: UsageColumns) -> Result<RecordBatch, Error> {
    let mut to = Arrays::new(&USAGE);
    let (high, low) = halves(&columns.identity);
    to.values::<UInt32Type>(columns.partition);
    to.values::<UInt64Type>(columns.seq);
    to.values::<UInt32Type>(columns.row);
    to.values::<Int8Type>(columns.sign);
    to.values::<UInt64Type>(high);
    to.values::<UInt64Type>(low);
    to.values::<UInt64Type>(columns.content);
    to.optional::<Int64Type>(columns.version);
    to.optional::<UInt64Type>(columns.reverses_seq);
    to.optional::<UInt32Type>(columns.reverses_row);
    to.values::<Date32Type>(columns.posting_day);
    to.values::<UInt32Type>(columns.catalog_version);
    to.values::<UInt32Type>(columns.base_currency);
    to.values::<UInt32Type>(columns.source);
    to.text(columns.call_id)?;
    to.text(columns.branch)?;
    to.values::<TimestampMicrosecondType>(columns.start);
    to.values::<TimestampMicrosecondType>(columns.answer);
    to.values::<UInt64Type>(columns.duration_ms);
    to.flags(columns.marked_answered, None);
    to.flags(columns.last_attempt, None);
    to.flags(columns.clean, None);
    for text in [columns.ingress, columns.egress, columns.caller, columns.called, columns.called_egress, columns.lrn] {
        to.text(text)?;
    }
    to.optional::<Decimal64Type>(columns.stated_revenue);
    to.optional::<Decimal64Type>(columns.stated_cost);
    side(&mut to, columns.customer);
    side(&mut to, columns.supplier);
    to.batch()
}

/// What an absent side has no value for is null where `present` says so; nothing else stores the absence.
fn side(to: &mut Arrays, side: SideColumns) {
    let present = nulls(side.present);
    to.optional::<UInt32Type>(side.carrier);
    to.optional::<UInt32Type>(side.interconnect);
    to.optional::<UInt32Type>(side.service);
    to.optional::<UInt64Type>(side.number);
    to.optional::<UInt64Type>(side.looked_up);
    to.optional::<UInt8Type>(side.prefix_length);
    to.optional::<UInt32Type>(side.destination);
    to.optional::<UInt32Type>(side.group);
    to.optional::<UInt32Type>(side.deck);
    to.optional::<UInt32Type>(side.deck_version);
    to.optional::<Decimal64Type>(side.rate);
    to.optional::<UInt8Type>(side.jurisdiction);
    to.optional::<UInt32Type>(side.currency);
    to.flags(side.blocked, present.clone());
    to.masked::<UInt64Type>(side.whole_s, present.clone());
    to.masked::<UInt64Type>(side.billed_s, present.clone());
    to.masked::<Decimal64Type>(side.charge, present.clone());
    to.masked::<Decimal64Type>(side.amount, present.clone());
    to.optional::<UInt32Type>(side.account_currency);
    to.optional::<Decimal128Type>(side.fx_rate);
    to.optional::<Date32Type>(side.fx_day);
    to.masked::<Decimal64Type>(side.base_amount, present);
}

/// The suspense rows of a batch in the order of the layout.
pub(crate) fn suspense_batch(columns: SuspenseColumns) -> Result<RecordBatch, Error> {
    let mut to = Arrays::new(&SUSPENSE);
    let (high, low) = halves(&columns.identity);
    to.values::<UInt32Type>(columns.partition);
    to.values::<UInt64Type>(columns.seq);
    to.values::<UInt32Type>(columns.row);
    to.values::<Int8Type>(columns.sign);
    to.values::<UInt64Type>(high);
    to.values::<UInt64Type>(low);
    to.values::<UInt64Type>(columns.content);
    to.optional::<Int64Type>(columns.version);
    to.values::<UInt8Type>(columns.cause);
    to.optional::<UInt64Type>(columns.takes_out_seq);
    to.optional::<UInt32Type>(columns.takes_out_row);
    to.bytes(&columns.record)?;
    to.text(columns.mapping)?;
    to.text(columns.header)?;
    to.text(columns.at)?;
    to.optional::<UInt32Type>(columns.source);
    to.text(columns.call_id)?;
    to.text(columns.branch)?;
    to.optional::<TimestampMicrosecondType>(columns.start);
    to.values::<UInt8Type>(columns.reason);
    to.values::<UInt8Type>(columns.side);
    to.optional::<Decimal64Type>(columns.customer_charge);
    to.optional::<Decimal64Type>(columns.supplier_charge);
    to.text(columns.note)?;
    to.values::<TimestampMicrosecondType>(columns.first_seen);
    to.batch()
}
