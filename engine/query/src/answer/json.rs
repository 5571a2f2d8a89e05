//! An array of objects, one line each. Decimals, instants and days are strings, whole numbers and truth values are
//! what they are.

use super::TextFormat;
use super::cell::{Cells, Kind};
use crate::error::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use std::io;

#[derive(Default)]
pub(crate) struct Json {
    /// Names of the columns, quoted.
    names: Vec<String>,
    begun: bool,
}

impl TextFormat for Json {
    fn begin(&mut self, schema: &SchemaRef, out: &mut Vec<u8>) {
        self.names =
            schema.fields().iter().map(|field| serde_json::Value::from(field.name().as_str()).to_string()).collect();
        out.push(b'[');
    }

    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Error> {
        let columns = Cells::of_all(batch.columns())?;
        let mut text = Vec::new();
        for row in 0..batch.num_rows() {
            out.extend_from_slice(if self.begun { b",\n" } else { b"\n" });
            self.begun = true;
            for (at, (name, cells)) in self.names.iter().zip(&columns).enumerate() {
                out.push(if at == 0 { b'{' } else { b',' });
                out.extend_from_slice(name.as_bytes());
                out.push(b':');
                value(cells, row, &mut text, out)?;
            }
            out.push(b'}');
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend_from_slice(if self.begun { b"\n]\n" } else { b"]\n" });
        Ok(())
    }
}

/// Writes one value by way of `text`, which is only lent.
fn value(cells: &Cells, row: usize, text: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), Error> {
    if cells.is_null(row) {
        out.extend_from_slice(b"null");
    } else if cells.kind(row) == Kind::Bare {
        cells.write(row, out)?;
    } else {
        text.clear();
        cells.write(row, text)?;
        serde_json::to_writer(out, &String::from_utf8_lossy(text)).map_err(io::Error::from)?;
    }
    Ok(())
}
