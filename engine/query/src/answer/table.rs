//! Columns under each other, for people. Widths are those of the first rows: what is longer further down pushes its
//! line out, so that a table of any length is written as it comes.

use super::TextFormat;
use super::cell::Cells;
use crate::error::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use std::io::Write;

/// Rows that the widths are taken from.
const ROWS_MEASURED: usize = 1000;

/// A column as far as it is known.
struct Column {
    name: String,
    /// Numbers end under each other.
    is_number: bool,
    width: usize,
}

#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    /// Rows that came before the widths were known.
    waiting: Vec<Vec<String>>,
    begun: bool,
}

impl TextFormat for Table {
    fn begin(&mut self, schema: &SchemaRef, _out: &mut Vec<u8>) {
        let column = |name: &String, is_number| Column { name: name.clone(), is_number, width: name.chars().count() };
        self.columns =
            schema.fields().iter().map(|field| column(field.name(), field.data_type().is_numeric())).collect();
    }

    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Error> {
        let cells = Cells::of_all(batch.columns())?;
        for row in 0..batch.num_rows() {
            let texts = cells.iter().map(|cells| text(cells, row)).collect::<Result<Vec<_>, _>>()?;
            if self.begun {
                self.line(&texts, out)?;
            } else {
                self.waiting.push(texts);
                self.flush_if(ROWS_MEASURED, out)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.begun { self.flush_if(0, out) } else { Ok(()) }
    }
}

impl Table {
    /// Writes the head and the rows that wait, once there are `enough`.
    fn flush_if(&mut self, enough: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.waiting.len() < enough {
            return Ok(());
        }
        self.begun = true;
        let rows = std::mem::take(&mut self.waiting);
        for row in &rows {
            for (column, text) in self.columns.iter_mut().zip(row) {
                column.width = column.width.max(text.chars().count());
            }
        }
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let rules: Vec<String> = self.columns.iter().map(|column| "-".repeat(column.width)).collect();
        [names, rules].iter().chain(&rows).try_for_each(|row| self.line(row, out))
    }

    fn line(&self, texts: &[String], out: &mut Vec<u8>) -> Result<(), Error> {
        for (at, (column, text)) in self.columns.iter().zip(texts).enumerate() {
            let gap = if at == 0 { "" } else { "  " };
            match column.is_number {
                true => write!(out, "{gap}{text:>width$}", width = column.width)?,
                false if at + 1 == self.columns.len() => write!(out, "{gap}{text}")?,
                false => write!(out, "{gap}{text:<width$}", width = column.width)?,
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

/// A value on one line: control characters are written as escapes.
fn text(cells: &Cells, row: usize) -> Result<String, Error> {
    let Some(text) = cells.text(row)? else { return Ok("-".to_owned()) };
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Ok(match text.contains(char::is_control) {
        true => text.chars().map(shown).collect(),
        false => text,
    })
}
