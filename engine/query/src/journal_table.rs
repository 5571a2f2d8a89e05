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
use didtron_ports::{JournalKind, StoredFile};
use futures::future::{BoxFuture, FutureExt, ready};
use std::sync::Arc;

/// Bytes at the end of a file that are read first: the footer of a file with three or four row groups.
const FOOTER_BYTES: usize = 128 << 10;

/// One journal's live files.
#[derive(Debug)]
pub(crate) struct JournalTable {
    schema: SchemaRef,
    files: Vec<StoredFile>,
    store: ObjectStoreUrl,
    readers: Arc<CachedParquetFileReaderFactory>,
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
        Self { schema: columns::of(kind), files, store, readers }
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
            .with_parquet_file_reader_factory(readers);
        let files = self.files.iter().map(|file| PartitionedFile::new(file.path.clone(), file.bytes)).collect();
        let scan = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(FileGroup::new(files).split_files(parallel))
            .with_statistics(self.row_count())
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(scan))
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
