//! The least that each form of input and output must take: writing the rows, decompressing, parsing, and nothing else.

use crate::process::own_cpu;
use anyhow::{Context, Result};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Rows of a batch that is written, as many as the program's own files hold.
const BATCH_ROWS: usize = 53_248;

/// Processor time of writing all rows of these files again with the crate's own writer, tuned as it is best here:
/// integers delta-packed, no dictionary, one file for each, synced.
pub(crate) fn rewrite(files: &[PathBuf], folder: &Path) -> Result<Duration> {
    let properties =
        WriterProperties::builder().set_dictionary_enabled(false).set_compression(Compression::LZ4_RAW).build();
    let mut spent = Duration::ZERO;
    for path in files {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_batch_size(BATCH_ROWS).build()?;
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        let Some(first) = batches.first() else { continue };
        let schema = first.schema();
        let mut packed = properties.clone().into_builder();
        for field in schema.fields().iter().filter(|field| field.data_type().is_integer()) {
            packed = packed.set_column_encoding(field.name().as_str().into(), Encoding::DELTA_BINARY_PACKED);
        }
        let to = folder.join("bare.parquet");
        let before = own_cpu()?;
        let file = File::create(&to).with_context(|| format!("could not write {}", to.display()))?;
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(packed.build()))?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.into_inner()?.sync_all()?;
        spent += own_cpu()? - before;
        std::fs::remove_file(to)?;
    }
    Ok(spent)
}

/// Processor time of reading these files through a decoder, to nowhere.
pub(crate) fn drain<R: Read>(files: &[PathBuf], decoder: impl Fn(File) -> Result<R>) -> Result<Duration> {
    let before = own_cpu()?;
    for path in files {
        io::copy(&mut decoder(File::open(path)?)?, &mut io::sink())?;
    }
    Ok(own_cpu()? - before)
}

/// Processor time of parsing every line of these files as JSON with the usual crate, into its own values.
pub(crate) fn parse_json(files: &[PathBuf]) -> Result<Duration> {
    let before = own_cpu()?;
    for path in files {
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            std::hint::black_box(serde_json::from_slice::<serde_json::Value>(&line?)?);
        }
    }
    Ok(own_cpu()? - before)
}
