//! Both journals as tables, the functions over their columns, and which of their rows are in force.

use crate::answer::Answer;
use crate::batches::Batches;
use crate::damage::LiveFiles;
use crate::error::carry;
use crate::functions::Functions;
use crate::journal_table::JournalTable;
use crate::place_set::PlaceSet;
use crate::reversals::Reversals;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{LogicalPlanBuilder, ScalarUDF, col, lit};
use datafusion::prelude::SessionContext;
use didtron_ports::JournalKind;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Where the files lie and how they are read.
#[derive(Clone, Debug)]
pub(crate) struct JournalStore {
    pub(crate) url: ObjectStoreUrl,
    pub(crate) readers: Arc<CachedParquetFileReaderFactory>,
}

/// A journal, and the filter of its rows in force once something asked for it.
#[derive(Debug)]
struct Journal {
    table: Arc<JournalTable>,
    /// Columns of the place that a row of sign -1 takes back.
    takes_back: [&'static str; 2],
    in_force: OnceCell<Option<Arc<ScalarUDF>>>,
}

/// What the views are made of.
pub(crate) struct Journals {
    usage: Journal,
    suspense: Journal,
    pub(crate) functions: Functions,
    batches: Arc<Batches>,
    /// What the usage journal took back, once something asked for it.
    reversals: OnceCell<Arc<Reversals>>,
    /// Knows no view: it runs what a view or a report needs of the journals themselves.
    pub(crate) context: SessionContext,
    live: Arc<LiveFiles>,
}

impl Journals {
    pub(crate) fn new(
        live: Arc<LiveFiles>,
        store: &JournalStore,
        functions: Functions,
        batches: Batches,
        context: SessionContext,
    ) -> Self {
        let journal = |kind, takes_back| Journal {
            table: Arc::new(JournalTable::new(kind, &live.files, store.url.clone(), Arc::clone(&store.readers))),
            takes_back,
            in_force: OnceCell::new(),
        };
        Self {
            usage: journal(JournalKind::Usage, ["reverses_seq", "reverses_row"]),
            suspense: journal(JournalKind::Suspense, ["takes_out_seq", "takes_out_row"]),
            functions,
            batches: Arc::new(batches),
            reversals: OnceCell::new(),
            context,
            live,
        }
    }

    /// All rows of a journal.
    pub(crate) fn rows(&self, kind: JournalKind) -> Result<LogicalPlanBuilder> {
        self.journal(kind).rows()
    }

    /// The rows of sign +1 that no row takes back.
    pub(crate) async fn rows_in_force(&self, kind: JournalKind) -> Result<LogicalPlanBuilder> {
        let journal = self.journal(kind);
        let rows = journal.rows()?;
        let read = || journal.read_in_force(&self.context, Arc::clone(&self.live));
        match journal.in_force.get_or_try_init(read).await? {
            None => Ok(rows),
            Some(in_force) => {
                // The sign is asked in there: a filter of its own would have the page indexes read, to pass over nothing.
                rows.filter(in_force.call(vec![col("sign"), col("partition"), col("seq"), col("row")]))
            }
        }
    }

    /// What the usage journal took back.
    pub(crate) async fn reversals(&self) -> Result<Arc<Reversals>> {
        let read = || self.usage.read_reversals(&self.context, Arc::clone(&self.live));
        Ok(Arc::clone(self.reversals.get_or_try_init(read).await?))
    }

    /// Where the batches come from.
    pub(crate) const fn batches(&self) -> &Arc<Batches> {
        &self.batches
    }

    const fn journal(&self, kind: JournalKind) -> &Journal {
        match kind {
            JournalKind::Usage => &self.usage,
            JournalKind::Suspense => &self.suspense,
        }
    }
}

impl fmt::Debug for Journals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journals").field("usage", &self.usage).field("suspense", &self.suspense).finish_non_exhaustive()
    }
}

impl Journal {
    fn rows(&self) -> Result<LogicalPlanBuilder> {
        scan(Arc::clone(&self.table))
    }

    /// `None` when all rows are in force.
    async fn read_in_force(&self, context: &SessionContext, live: Arc<LiveFiles>) -> Result<Option<Arc<ScalarUDF>>> {
        let places = PlaceSet::read(self.read_taking_back(&[], context, live).await?).await.map_err(carry)?;
        Ok((!places.is_empty()).then(|| Arc::new(Arc::new(places).in_force())))
    }

    async fn read_reversals(&self, context: &SessionContext, live: Arc<LiveFiles>) -> Result<Arc<Reversals>> {
        let rows = self.read_taking_back(&Reversals::COLUMNS, context, live).await?;
        Ok(Arc::new(Reversals::read(rows).await.map_err(carry)?))
    }

    /// Of the rows of sign -1 the places that they take back, and `more` columns. Statistics of `sign` leave out
    /// every row group that has none.
    async fn read_taking_back(&self, more: &[&str], context: &SessionContext, live: Arc<LiveFiles>) -> Result<Answer> {
        let [seq, row] = self.takes_back;
        let columns = ["partition", seq, row].into_iter().chain(more.iter().copied()).map(col);
        let plan =
            scan(Arc::new(self.table.by_row_groups()))?.filter(col("sign").lt(lit(0_i8)))?.project(columns)?.build()?;
        let rows = context.execute_logical_plan(plan).await?.execute_stream().await?;
        Ok(Answer::new(rows, live))
    }
}

fn scan(table: Arc<JournalTable>) -> Result<LogicalPlanBuilder> {
    LogicalPlanBuilder::scan("journal", provider_as_source(table), None)
}
