//! The rows of an answer, written as they come: no format holds more than a few batches of them.

mod cell;
mod csv;
mod json;
mod parquet;
mod table;

pub(crate) use cell::Cells;
pub(crate) use parquet::options as parquet_options;

use crate::damage::{Failure, LiveFiles, explain};
use crate::error::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::{FutureExt, StreamExt};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns under each other, for people.
    Table,
    /// A header and a line per row; null is an empty field.
    Csv,
    /// An array of objects; decimals, instants and days are strings.
    Json,
    /// One file, with types.
    Parquet,
}

impl Format {
    /// Every word, in the order of declaration.
    pub const WORDS: &'static [&'static str] = &["table", "csv", "json", "parquet"];

    /// The format behind a word; `None` when there is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let formats = [Self::Table, Self::Csv, Self::Json, Self::Parquet];
        formats.into_iter().find(|format| format.as_str() == word)
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// An answer whose rows are still to come.
pub struct Answer {
    rows: SendableRecordBatchStream,
    live: Arc<LiveFiles>,
}

/// A format of text, written in pieces.
trait TextFormat {
    /// What stands before the first row.
    fn begin(&mut self, schema: &SchemaRef, out: &mut Vec<u8>);
    /// Rows, never none.
    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Error>;
    /// What stands after the last row.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error>;
}

/// The first line of a CSV file.
pub(crate) fn csv_header(schema: &SchemaRef) -> Vec<u8> {
    let mut out = Vec::new();
    csv::Csv.begin(schema, &mut out);
    out
}

/// Rows as lines of a CSV file.
pub(crate) fn csv_rows(batch: &RecordBatch) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    csv::Csv.rows(batch, &mut out)?;
    Ok(out)
}

impl Answer {
    pub(crate) const fn new(rows: SendableRecordBatchStream, live: Arc<LiveFiles>) -> Self {
        Self { rows, live }
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.rows.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Writes all rows to `to` and returns how many there were. What was written before a failure stays written.
    pub async fn write(self, format: Format, to: &mut (impl Write + Send)) -> Result<u64, Error> {
        match format {
            Format::Table => self.write_text(table::Table::default(), to).await,
            Format::Csv => self.write_text(csv::Csv, to).await,
            Format::Json => self.write_text(json::Json::default(), to).await,
            Format::Parquet => parquet::write(self, to).await,
        }
    }

    async fn write_text(mut self, mut format: impl TextFormat, to: &mut (impl Write + Send)) -> Result<u64, Error> {
        let mut out = Vec::new();
        let mut rows = 0;
        format.begin(&self.rows.schema(), &mut out);
        while let Some(batch) = self.next().await? {
            rows += batch.num_rows() as u64;
            format.rows(&batch, &mut out)?;
            to.write_all(&out)?;
            out.clear();
        }
        format.end(&mut out)?;
        to.write_all(&out)?;
        to.flush()?;
        Ok(rows)
    }

    /// The next rows, never none.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            let failure = match AssertUnwindSafe(self.rows.next()).catch_unwind().await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(batch))) if batch.num_rows() == 0 => continue,
                Ok(Some(Ok(batch))) => return Ok(Some(batch)),
                Ok(Some(Err(e))) => Failure::Error(e),
                Err(payload) => Failure::Panic(payload),
            };
            return Err(explain(failure, Arc::clone(&self.live)).await);
        }
    }
}
