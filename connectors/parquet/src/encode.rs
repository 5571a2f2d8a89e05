//! Rows of a batch's columns as Arrow arrays, in the order in which a file holds them.

use crate::layout::SUSPENSE;
use arrow::array::{ArrayRef, ArrowPrimitiveType, BinaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Decimal64Type, Int8Type, Int64Type, SchemaRef, TimestampMicrosecondType, UInt8Type, UInt32Type,
    UInt64Type,
};
use didtron_domain::Optional;
use didtron_domain::text::TextColumn;
use didtron_ports::{Error, SuspenseColumns};
use std::sync::Arc;

/// Arrays in the order of a layout.
struct Arrays<'a> {
    schema: SchemaRef,
    /// Each row by its position in the batch.
    rows: &'a [u32],
    arrays: Vec<ArrayRef>,
}

impl<'a> Arrays<'a> {
    fn new(schema: &SchemaRef, rows: &'a [u32]) -> Self {
        let arrays = Vec::with_capacity(schema.fields().len());
        Self { schema: Arc::clone(schema), rows, arrays }
    }

    fn ordered<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.rows.iter().map(|&row| values[row as usize]).collect()
    }

    fn bits(&self, values: &[bool]) -> BooleanBuffer {
        BooleanBuffer::collect_bool(self.rows.len(), |at| values[self.rows[at] as usize])
    }

    /// `None` when every row has a value, so that the fast paths of the writer apply.
    fn nulls(&self, valid: &[bool]) -> Option<NullBuffer> {
        Some(NullBuffer::new(self.bits(valid))).filter(|nulls| nulls.null_count() > 0)
    }

    /// The type that the layout gives the next column.
    fn next_type(&self) -> DataType {
        self.schema.field(self.arrays.len()).data_type().clone()
    }

    fn masked<T: ArrowPrimitiveType>(&mut self, values: &[T::Native], nulls: Option<NullBuffer>) {
        let values = ScalarBuffer::from(self.ordered(values));
        self.arrays.push(Arc::new(PrimitiveArray::<T>::new(values, nulls).with_data_type(self.next_type())));
    }

    fn values<T: ArrowPrimitiveType>(&mut self, values: &[T::Native]) {
        self.masked::<T>(values, None);
    }

    fn optional<T: ArrowPrimitiveType>(&mut self, column: &Optional<T::Native>) {
        self.masked::<T>(&column.values, self.nulls(&column.valid));
    }

    /// Its upper half, then its lower one.
    fn halves(&mut self, keys: &[u128]) {
        for shift in [64, 0] {
            let half = self.rows.iter().map(|&row| (keys[row as usize] >> shift) as u64);
            let half = ScalarBuffer::from(half.collect::<Vec<_>>());
            self.arrays.push(Arc::new(PrimitiveArray::<UInt64Type>::new(half, None)));
        }
    }

    /// An empty text is an absent one.
    fn text(&mut self, column: &TextColumn) -> Result<(), Error> {
        let (offsets, bytes) = self.joined(|row| column.get(row).as_bytes())?;
        let is_there: Vec<bool> = offsets.lengths().map(|length| length > 0).collect();
        let nulls = Some(NullBuffer::from(is_there)).filter(|nulls| nulls.null_count() > 0);
        let array = StringArray::try_new(offsets, bytes, nulls);
        self.arrays.push(Arc::new(array.map_err(|e| self.refused(&e.to_string()))?));
        Ok(())
    }

    fn bytes(&mut self, column: &[Vec<u8>]) -> Result<(), Error> {
        let (offsets, bytes) = self.joined(|row| column[row].as_slice())?;
        self.arrays.push(Arc::new(BinaryArray::new(offsets, bytes, None)));
        Ok(())
    }

    /// The texts of all rows one after the other, and where each begins and ends.
    fn joined<'t>(&self, text: impl Fn(usize) -> &'t [u8]) -> Result<(OffsetBuffer<i32>, Buffer), Error> {
        let mut offsets = Vec::with_capacity(self.rows.len() + 1);
        let mut bytes = Vec::new();
        offsets.push(0);
        for &row in self.rows {
            bytes.extend_from_slice(text(row as usize));
            let end = i32::try_from(bytes.len());
            offsets.push(end.map_err(|_| self.refused("some thousand rows of it have more than 2 GiB of text"))?);
        }
        Ok((OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from_vec(bytes)))
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

/// These suspense rows of a batch, their columns in the order of the layout.
pub(crate) fn suspense_batch(columns: &SuspenseColumns, rows: &[u32]) -> Result<RecordBatch, Error> {
    let mut to = Arrays::new(&SUSPENSE, rows);
    to.values::<UInt32Type>(&columns.partition);
    to.values::<UInt64Type>(&columns.seq);
    to.values::<UInt32Type>(&columns.row);
    to.values::<Int8Type>(&columns.sign);
    to.halves(&columns.identity);
    to.values::<UInt64Type>(&columns.content);
    to.optional::<Int64Type>(&columns.version);
    to.values::<UInt8Type>(&columns.cause);
    to.optional::<UInt64Type>(&columns.takes_out_seq);
    to.optional::<UInt32Type>(&columns.takes_out_row);
    to.bytes(&columns.record)?;
    to.text(&columns.mapping)?;
    to.text(&columns.header)?;
    to.text(&columns.at)?;
    to.optional::<UInt32Type>(&columns.source);
    to.text(&columns.call_id)?;
    to.text(&columns.branch)?;
    to.optional::<TimestampMicrosecondType>(&columns.start);
    to.values::<UInt8Type>(&columns.reason);
    to.values::<UInt8Type>(&columns.side);
    to.optional::<Decimal64Type>(&columns.customer_charge);
    to.optional::<Decimal64Type>(&columns.supplier_charge);
    to.text(&columns.note)?;
    to.values::<TimestampMicrosecondType>(&columns.first_seen);
    to.batch()
}
