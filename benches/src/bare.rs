//! The least that each form of input and output must take: writing the rows, decompressing,
//! parsing, reading and rating what is stored, and nothing else.

use crate::process::{Run, own_cpu, within};
use anyhow::{Context, Result, ensure};
use didtron_benches::in_memory;
use didtron_domain::{Instant, RatedColumns};
use didtron_parquet::ParquetStore;
use didtron_ports::{Fields, JournalKind, Scan, See, StoredFile, StoredRows, UsageStore};
use didtron_rating::Catalog;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

thread_local! {
    static ROOM: RefCell<RatedColumns> = RefCell::default();
}

/// What it takes to read the columns that a dry run of a re-rate judges by, of the usage files of fresh books, and to rate
/// the calls by a world's catalog, on as many threads as the machine has processors. Nothing is compared or added up; the
/// catalog is there before.
pub(crate) fn rate_stored(world: &Path, data: &Path) -> Result<Run> {
    let catalog = Arc::new(in_memory::catalog(world)?);
    let store = ParquetStore::new(data);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let files = live_files(data)?;
    let seen = Arc::new(AtomicU64::new(0));
    let seeing = Arc::clone(&seen);
    let see: See = Arc::new(move |rows| {
        seeing.fetch_add(rows.len() as u64, Ordering::Relaxed);
        rate_rows(&catalog, rows);
        Ok(Vec::new())
    });
    let scan = Scan { fields: Fields::Judged, answers: Instant::MIN..Instant::MAX, batches: None };
    let took = within(|| {
        runtime.block_on(store.scan(&files, scan, see))?;
        Ok(())
    })?;
    let (seen, there) = (seen.load(Ordering::Relaxed), files.iter().map(|file| file.rows).sum::<u64>());
    ensure!(seen == there, "{seen} rows of {there} were read");
    Ok(took)
}

/// Calls whose numbers are clean and those whose are not are rated apart.
fn rate_rows(catalog: &Catalog, rows: StoredRows) {
    let (mut calls, clean) = (rows.columns.calls, rows.columns.clean);
    ROOM.with_borrow_mut(|rated| {
        rated.resize(0);
        let mut begin = 0;
        for run in clean.chunk_by(|a, b| a == b) {
            calls.clean = run[0];
            catalog.rate_batch(&calls, begin..begin + run.len(), rated);
            begin += run.len();
        }
        std::hint::black_box(rated);
    });
}

/// The usage files of fresh books, all of which live, as the books would list them.
fn live_files(data: &Path) -> Result<Vec<StoredFile>> {
    let listed = |path: PathBuf| {
        let file = File::open(&path).with_context(|| format!("could not open {}", path.display()))?;
        let bytes = file.metadata()?.len();
        let rows = ParquetRecordBatchReaderBuilder::try_new(file)?.metadata().file_metadata().num_rows();
        let path = path.strip_prefix(data)?.to_str().context("the store names its files in ASCII")?.to_owned();
        let rows = u64::try_from(rows).context("a file has rows")?;
        let (journal, partition) = (JournalKind::Usage, 0);
        Ok(StoredFile { journal, partition, seq_first: 0, seq_last: u64::MAX, path, rows, bytes })
    };
    parquet_files(data)?.into_iter().map(listed).collect()
}

/// The live usage files of fresh books, which are all that there are.
pub(crate) fn parquet_files(data: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in data.join("usage").read_dir()? {
        for file in folder?.path().read_dir()? {
            found.push(file?.path());
        }
    }
    Ok(found)
}
