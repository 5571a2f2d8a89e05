//! RFC 4180 with line feeds: quotes only where a field needs them, null is an empty field, and so is an empty text.

use super::TextFormat;
use super::cell::Cells;
use crate::error::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub(crate) struct Csv;

impl TextFormat for Csv {
    fn begin(&mut self, schema: &SchemaRef, out: &mut Vec<u8>) {
        for (at, field) in schema.fields().iter().enumerate() {
            separate(at, out);
            let start = out.len();
            out.extend_from_slice(field.name().as_bytes());
            quote_from(start, out);
        }
        out.push(b'\n');
    }

    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Error> {
        let columns = Cells::of_all(batch.columns())?;
        for row in 0..batch.num_rows() {
            for (at, cells) in columns.iter().enumerate() {
                separate(at, out);
                if !cells.is_null(row) {
                    let start = out.len();
                    cells.write(row, out)?;
                    if matches!(cells, Cells::Text(_) | Cells::Other(_)) {
                        quote_from(start, out);
                    }
                }
            }
            out.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }
}

fn separate(column: usize, out: &mut Vec<u8>) {
    if column > 0 {
        out.push(b',');
    }
}

/// Puts the field that begins at `start` in quotes where it needs them.
fn quote_from(start: usize, out: &mut Vec<u8>) {
    if !out[start..].iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return;
    }
    let field = out.split_off(start);
    out.push(b'"');
    for byte in field {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        for (field, written) in [("plain", "plain"), ("a,b", "\"a,b\""), ("say \"so\"", "\"say \"\"so\"\"\"")] {
            let mut out = b"x,".to_vec();
            out.extend_from_slice(field.as_bytes());
            quote_from(2, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("x,{written}"));
        }
    }
}
