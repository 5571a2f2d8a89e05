//! Rows to a file: sorted by store day (the UTC day of the start), row groups cut at days.

use crate::encode::suspense_batch;
use crate::file::schema_of;
use crate::layout::{BLOOM_FALSE_POSITIVES, Coding, Column, suspense_columns, usage_columns};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use didtron_domain::Instant;
use didtron_ports::{Error, JournalKind, SuspenseColumns};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::ops::Range;

/// The most rows of a row group.
pub(crate) const GROUP_ROWS_MAX: usize = 1 << 20;
/// A day with fewer rows shares its row group with the days after it: a row group costs some 20 KB of footer and as
/// much work as several thousand rows, so calls that come late must not bring one each.
pub(crate) const GROUP_ROWS_MIN: usize = 1 << 14;
/// Whoever reads a file has a page of each column in memory, and a compaction has those of up to 64 files.
pub(crate) const PAGE_ROWS_MAX: usize = 4096;
/// The store day of a record that could not be read: before all others.
const NO_DAY: i32 = i32::MIN;

/// Writes rows that come in the order of their store days.
pub(crate) struct DayWriter<'a> {
    writer: ArrowWriter<&'a File>,
}

impl<'a> DayWriter<'a> {
    pub(crate) fn new(kind: JournalKind, file: &'a File) -> Result<Self, Error> {
        let options = ArrowWriterOptions::new().with_properties(properties(kind)).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, SchemaRef::clone(schema_of(kind)), options);
        Ok(Self { writer: writer.map_err(failed)? })
    }

    /// Adds rows of one day, the one that is open.
    pub(crate) fn push(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        self.writer.write(rows).map_err(failed)
    }

    /// The day has no more rows.
    pub(crate) fn end_day(&mut self) -> Result<(), Error> {
        if self.writer.in_progress_rows() >= GROUP_ROWS_MIN {
            self.writer.flush().map_err(failed)?;
        }
        Ok(())
    }

    pub(crate) fn close(self) -> Result<(), Error> {
        self.writer.close().map(|_| ()).map_err(failed)
    }
}

pub(crate) fn failed(e: parquet::errors::ParquetError) -> Error {
    Error::unavailable("cannot write rows of the usage store", e)
}

/// Rows that are made arrays at a time: few enough that those stay in a core's caches.
const ROWS_AT_A_TIME: usize = 8192;

/// Writes a batch's suspense rows, which come in any order of days and keep theirs within a day.
pub(crate) fn write_suspense(suspense: &SuspenseColumns, file: &File) -> Result<(), Error> {
    let mut writer = DayWriter::new(JournalKind::Suspense, file)?;
    let days = (0..suspense.len()).map(|row| store_day(suspense.start.get(row))).collect();
    write_days(&mut writer, days, |rows| suspense_batch(suspense, rows))?;
    writer.close()
}

/// Writes the rows that `batch` gives, day by day; `days` says of which day each is.
fn write_days(
    writer: &mut DayWriter<'_>,
    mut days: Vec<i32>,
    batch: impl Fn(&[u32]) -> Result<RecordBatch, Error>,
) -> Result<(), Error> {
    let order = sorted(&mut days);
    for day in runs(&days) {
        for begin in day.clone().step_by(ROWS_AT_A_TIME) {
            let end = day.end.min(begin + ROWS_AT_A_TIME);
            writer.push(&batch(&order[begin..end])?)?;
        }
        writer.end_day()?;
    }
    Ok(())
}

/// Sorts the keys, those that are equal in their order, and says which row each was of.
pub(crate) fn sorted(keys: &mut Vec<i32>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(keys.len()).collect();
    order.sort_by_key(|&row| keys[row as usize]);
    *keys = order.iter().map(|&row| keys[row as usize]).collect();
    order
}

pub(crate) fn store_day(start: Option<i64>) -> i32 {
    start.map_or(NO_DAY, |start| Instant(start).day().0)
}

/// The store day of each row.
pub(crate) fn store_days(kind: JournalKind, rows: &RecordBatch) -> Vec<i32> {
    let at = schema_of(kind).index_of("start").expect("both layouts have the column");
    let start = rows.column(at).as_primitive::<TimestampMicrosecondType>();
    start.iter().map(store_day).collect()
}

/// Where each run of equal days lies.
pub(crate) fn runs(days: &[i32]) -> impl Iterator<Item = Range<usize>> {
    days.chunk_by(|a, b| a == b).scan(0, |end, run| {
        let start = *end;
        *end += run.len();
        Some(start..*end)
    })
}

pub(crate) fn properties(kind: JournalKind) -> WriterProperties {
    let columns = match kind {
        JournalKind::Usage => usage_columns(),
        JournalKind::Suspense => suspense_columns(),
    };
    let general = WriterProperties::builder()
        .set_created_by("didtron".to_owned())
        .set_compression(Compression::LZ4_RAW)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX);
    columns.iter().fold(general, stored_as).build()
}

fn stored_as(to: WriterPropertiesBuilder, column: &Column) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column.name.as_str());
    match column.coding {
        Coding::Packed => to.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
        Coding::Ranged => to
            .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
            .set_column_statistics_enabled(path, EnabledStatistics::Page),
        Coding::Same => to.set_column_encoding(path, Encoding::PLAIN),
        Coding::Plain => to
            .set_column_encoding(path.clone(), Encoding::PLAIN)
            .set_column_compression(path, Compression::UNCOMPRESSED),
        Coding::Text => to.set_column_encoding(path, Encoding::DELTA_LENGTH_BYTE_ARRAY),
        Coding::Sought => to
            .set_column_encoding(path.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, GROUP_ROWS_MAX as u64),
        Coding::Words => to.set_column_dictionary_enabled(path, true),
        Coding::Flag => to.set_column_encoding(path, Encoding::RLE),
    }
}
