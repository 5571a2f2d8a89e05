//! One Parquet file with plain types, for any reader: texts as strings, decimals and UTC timestamps as such.

use super::Answer;
use crate::error::Error;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use std::io::{self, Write};

/// Few enough that a row group of all columns stays within some hundred megabytes.
const GROUP_ROWS_MAX: usize = 1 << 17;

/// How such a file is written.
pub(crate) fn options() -> ArrowWriterOptions {
    let properties = WriterProperties::builder()
        .set_created_by("didtron".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX));
    ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true)
}

pub(crate) async fn write(mut answer: Answer, to: &mut (impl Write + Send)) -> Result<u64, Error> {
    let mut writer = ArrowWriter::try_new_with_options(to, answer.rows.schema(), options()).map_err(failed)?;
    let mut rows = 0;
    while let Some(batch) = answer.next().await? {
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(rows)
}

fn failed(e: ParquetError) -> Error {
    match e {
        ParquetError::External(e) => Error::Output(io::Error::other(e)),
        e => Error::Query(format!("its rows do not fit a Parquet file ({e})")),
    }
}
