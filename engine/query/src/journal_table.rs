//! A journal as a table of DataFusion: the live files that it was given, no directory, rows as stored.

use crate::columns;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, ParquetFileReaderFactory, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::scalar::ScalarValue;
use didtron_ports::{JournalKind, StoredFile};
use futures::future::{BoxFuture, FutureExt, ready};
use std::sync::Arc;

/// Bytes at the end of a file that are read first: the footer of a file with three or four row groups.
const FOOTER_BYTES: usize = 128 << 10;

/// One journal's live files.
#[derive(Clone, Debug)]
pub(crate) struct JournalTable {
    schema: SchemaRef,
    files: Vec<StoredFile>,
    store: ObjectStoreUrl,
    readers: Arc<CachedParquetFileReaderFactory>,
    /// Whether a filter may pass over pages, for which the indexes of all columns are read.
    by_pages: bool,
}

impl JournalTable {
    /// The table of the files of `kind` among `files`, which lie in `store` and are read by `readers`.
    pub(crate) fn new(
        kind: JournalKind,
        files: &[StoredFile],
        store: ObjectStoreUrl,
        readers: Arc<CachedParquetFileReaderFactory>,
    ) -> Self {
        let files = files.iter().filter(|file| file.journal == kind).cloned().collect();
        Self { schema: columns::of(kind), files, store, readers, by_pages: true }
    }

    /// The same for a filter that nearly every page has rows for: it passes over row groups only.
    pub(crate) fn by_row_groups(&self) -> Self {
        Self { by_pages: false, ..self.clone() }
    }

    /// A scan in `parallel` streams. Filters stay above it; DataFusion hands them down once more to skip row groups
    /// and pages by statistics and bloom filters.
    fn plan(
        &self,
        parallel: usize,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => Arc::clone(&self.schema),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let readers = Arc::clone(&self.readers) as Arc<dyn ParquetFileReaderFactory>;
        let source = ParquetSource::new(Arc::clone(&self.schema))
            .with_metadata_size_hint(FOOTER_BYTES)
            .with_enable_page_index(self.by_pages)
            .with_parquet_file_reader_factory(readers);
        let files = self.files.iter().map(|file| {
            PartitionedFile::new(file.path.clone(), file.bytes).with_statistics(Arc::new(self.known_of(file)))
        });
        let scan = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(FileGroup::new(files.collect()).split_files(parallel))
            .with_statistics(self.row_count())
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    /// What the books know of a file: its rows, partition and batches. Where that is one batch, neither column is read.
    fn known_of(&self, file: &StoredFile) -> Statistics {
        let mut known = Statistics::new_unknown(&self.schema);
        known.num_rows = usize::try_from(file.rows).map_or(Precision::Absent, Precision::Exact);
        for (field, column) in self.schema.fields().iter().zip(&mut known.column_statistics) {
            let (least, greatest) = match field.name().as_str() {
                "partition" => (ScalarValue::from(file.partition), ScalarValue::from(file.partition)),
                "seq" => (ScalarValue::from(file.seq_first), ScalarValue::from(file.seq_last)),
                _ => continue,
            };
            (column.min_value, column.max_value) = (Precision::Exact(least), Precision::Exact(greatest));
            column.null_count = Precision::Exact(0);
        }
        known
    }

    /// The books know how many rows there are: counting them needs no file.
    fn row_count(&self) -> Statistics {
        let rows = self.files.iter().map(|file| file.rows).sum::<u64>();
        let num_rows = usize::try_from(rows).map_or(Precision::Absent, Precision::Exact);
        Statistics { num_rows, ..Statistics::new_unknown(&self.schema) }
    }
}

impl TableProvider for JournalTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    // As `async_trait` writes it; the crate is not needed for one function.
    fn scan<'a, 'b, 'c, 'd, 'f>(
        &'a self,
        state: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        _filters: &'d [Expr],
        limit: Option<usize>,
    ) -> BoxFuture<'f, Result<Arc<dyn ExecutionPlan>>>
    where
        'a: 'f,
        'b: 'f,
        'c: 'f,
        'd: 'f,
        Self: 'f,
    {
        ready(self.plan(state.config().target_partitions(), projection, limit)).boxed()
    }
}
