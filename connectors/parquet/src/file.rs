//! A journal file opened for reading: checked against what the books say of it, read by row groups and columns.

use crate::damage::{missing, spoilt};
use crate::layout::{SCANNED, SUSPENSE, USAGE};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use didtron_ports::{Error, JournalKind, StoredFile};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 8192;

/// A file with its footer read. Each reader opens the file anew, so that threads do not share a position.
pub(crate) struct OpenFile<'a> {
    root: &'a Path,
    pub(crate) stored: &'a StoredFile,
    metadata: ArrowReaderMetadata,
}

/// Which part of a file to read.
#[derive(Default)]
pub(crate) struct Cut {
    /// All of them where `None`.
    pub(crate) row_group: Option<usize>,
    /// Columns by position in the layout; all of them where `None`.
    pub(crate) columns: Option<Vec<usize>>,
    /// Rows of the row groups read; all of them where `None`.
    pub(crate) rows: Option<RowSelection>,
    /// Rows that are decoded at a time; a usual number where `None`.
    pub(crate) batch_rows: Option<usize>,
}

/// A journal's schema in memory.
pub(crate) fn schema_of(kind: JournalKind) -> &'static SchemaRef {
    match kind {
        JournalKind::Usage => &USAGE,
        JournalKind::Suspense => &SUSPENSE,
    }
}

/// The positions of columns in a journal's layout.
pub(crate) fn positions(kind: JournalKind, names: &[&str]) -> Vec<usize> {
    let schema = schema_of(kind);
    names.iter().map(|name| schema.index_of(name).expect("columns are named as the layout names them")).collect()
}

impl<'a> OpenFile<'a> {
    /// Reads the footer and checks length and row count. `paged` reads where the pages lie too, for reading few rows.
    pub(crate) fn open(root: &'a Path, stored: &'a StoredFile, paged: bool) -> Result<Self, Error> {
        let policy = if paged { PageIndexPolicy::Optional } else { PageIndexPolicy::Skip };
        Self::open_as(root, stored, schema_of(stored.journal), policy)
    }

    /// The same for a usage file whose rows are read as [`SCANNED`].
    pub(crate) fn open_for_scan(root: &'a Path, stored: &'a StoredFile) -> Result<Self, Error> {
        Self::open_as(root, stored, &SCANNED, PageIndexPolicy::Skip)
    }

    fn open_as(
        root: &'a Path,
        stored: &'a StoredFile,
        schema: &SchemaRef,
        policy: PageIndexPolicy,
    ) -> Result<Self, Error> {
        let options = ArrowReaderOptions::new().with_schema(SchemaRef::clone(schema)).with_offset_index_policy(policy);
        let file = open_listed(root, stored)?;
        let bytes = file.metadata().map_err(|e| spoilt(stored, e))?.len();
        if bytes != stored.bytes {
            return Err(spoilt(stored, format_args!("{bytes} bytes, the books say {}", stored.bytes)));
        }
        let metadata = guarded(stored, || ArrowReaderMetadata::load(&file, options).map_err(|e| spoilt(stored, e)))?;
        let rows = metadata.metadata().file_metadata().num_rows();
        if u64::try_from(rows) != Ok(stored.rows) {
            return Err(spoilt(stored, format_args!("{rows} rows, the books say {}", stored.rows)));
        }
        Ok(Self { root, stored, metadata })
    }

    pub(crate) fn row_group_count(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    pub(crate) fn row_group(&self, at: usize) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(at)
    }

    /// The least and the greatest value of a row group's column by its statistics; `None` where it has none.
    pub(crate) fn extent(&self, row_group: usize, column: usize) -> Option<(i64, i64)> {
        match self.row_group(row_group).column(column).statistics()? {
            Statistics::Int32(values) => Some(((*values.min_opt()?).into(), (*values.max_opt()?).into())),
            Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
            _ => None,
        }
    }

    /// A reader of part of the file.
    pub(crate) fn reader(&self, cut: Cut) -> Result<ParquetRecordBatchReader, Error> {
        let mut builder = self.builder()?.with_batch_size(cut.batch_rows.unwrap_or(BATCH_ROWS));
        if let Some(row_group) = cut.row_group {
            builder = builder.with_row_groups(vec![row_group]);
        }
        if let Some(columns) = cut.columns {
            let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), columns);
            builder = builder.with_projection(mask);
        }
        if let Some(rows) = cut.rows {
            builder = builder.with_row_selection(rows);
        }
        guarded(self.stored, || builder.build().map_err(|e| spoilt(self.stored, e)))
    }

    /// Reads part of the file and hands each batch to `each`.
    pub(crate) fn read(&self, cut: Cut, mut each: impl FnMut(RecordBatch) -> Result<(), Error>) -> Result<(), Error> {
        let mut reader = self.reader(cut)?;
        while let Some(batch) = self.next(&mut reader)? {
            each(batch)?;
        }
        Ok(())
    }

    /// The next batch of a reader of this file.
    pub(crate) fn next(&self, reader: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>, Error> {
        guarded(self.stored, || reader.next().transpose().map_err(|e| spoilt(self.stored, e)))
    }

    /// The bloom filter of a row group's column, where it has one.
    pub(crate) fn bloom_filter(&self, row_group: usize, column: usize) -> Result<Option<Sbbf>, Error> {
        let builder = self.builder()?;
        guarded(self.stored, || {
            builder.get_row_group_column_bloom_filter(row_group, column).map_err(|e| spoilt(self.stored, e))
        })
    }

    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
        let file = open_listed(self.root, self.stored)?;
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone()))
    }
}

fn open_listed(root: &Path, stored: &StoredFile) -> Result<File, Error> {
    File::open(root.join(&stored.path)).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => missing(stored),
        _ => Error::unavailable(format!("cannot open {}", stored.path), e),
    })
}

/// A decoder may panic on bytes that no writer wrote; that is damage like any other.
fn guarded<R>(stored: &StoredFile, read: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(spoilt(stored, "its bytes make no sense")))
}
