//! A session: DataFusion over one [`Source`], for as many questions as there are.

use crate::answer::Answer;
use crate::batches::Batches;
use crate::damage::LiveFiles;
use crate::error::Error;
use crate::functions::{DateTrunc, Functions};
use crate::group_by_id::GroupById;
use crate::report::{Report, ReportTable};
use crate::source::Source;
use crate::views::{JournalStore, Journals, Views};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{LogicalPlan, ScalarUDF};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use std::fmt;
use std::sync::Arc;

/// What the sorts and groups of a query may hold before they go to the system's temporary folder.
const MEMORY_BYTES_MAX: usize = 4 << 30;
const CATALOG: &str = "didtron";
const SCHEMA: &str = "public";

/// Answers questions about one consistent view of the books and the usage store.
///
/// It runs on the tokio runtime of the caller; a query uses several threads only where that has several.
pub struct Session {
    /// Knows the views.
    context: SessionContext,
    journals: Arc<Journals>,
    live: Arc<LiveFiles>,
}

impl Session {
    /// Looks whether all files are there, each as long as the books say. `threads` is how many streams a query reads
    /// and computes in.
    pub async fn open(source: Source, threads: usize) -> Result<Self, Error> {
        let Source { root, files, names, carriers, decks, batches } = source;
        let live = Arc::new(LiveFiles { root, files });
        let checked = Arc::clone(&live);
        let check = tokio::task::spawn_blocking(move || checked.check()).await;
        check.unwrap_or_else(|e| Err(Error::unavailable("cannot look at the usage store", e)))?;

        let failed = |e| Error::unavailable("cannot start a query session", e);
        let runtime = RuntimeEnvBuilder::new().with_memory_limit(MEMORY_BYTES_MAX, 1.0).build_arc().map_err(failed)?;
        let store = journal_store(&live, &runtime)?;
        let inner = context(threads, &runtime);
        let batches = Batches::new(batches);
        let functions = Functions::new(names, batches.ids())?;
        let journals = Arc::new(Journals::new(Arc::clone(&live), &store, functions, batches, inner));
        let views = Views::new(Arc::clone(&journals), &carriers, &decks).map_err(failed)?;
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::new(views)).map_err(failed)?;
        let context = context(threads, &runtime);
        context.register_catalog(CATALOG, Arc::new(catalog));
        Ok(Self { context, journals, live })
    }

    /// Runs one query. What would change anything, here or in a file, is refused.
    pub async fn sql(&self, text: &str) -> Result<Answer, Error> {
        let plan = self.plan(text).await?;
        run(&self.context, plan, &self.live).await
    }

    /// Sums up calls without SQL.
    pub async fn report(&self, report: &Report) -> Result<ReportTable, Error> {
        let plan = report.plan(&self.journals).map_err(|e| Error::of_planning(&e))?;
        report.table(run(&self.journals.context, plan, &self.live).await?).await
    }

    /// The routes that cost more than they earn, the worst first, at most `limit` of them.
    pub async fn losing_routes(&self, limit: usize) -> Result<ReportTable, Error> {
        Ok(self.report(&Report::by_route()).await?.losing(limit))
    }

    async fn plan(&self, text: &str) -> Result<LogicalPlan, Error> {
        let planning = |e: DataFusionError| Error::of_planning(&e);
        let state = self.context.state();
        let statement = state.sql_to_statement(text, &state.config_options().sql_parser.dialect).map_err(planning)?;
        if !is_query(&statement) {
            return Err(refused());
        }
        let plan = state.statement_to_plan(statement).await.map_err(planning)?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        match read_only.verify_plan(&plan) {
            Ok(()) => Ok(plan),
            Err(_) => Err(refused()),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("live", &self.live).finish_non_exhaustive()
    }
}

fn refused() -> Error {
    Error::Statement(
        "only queries are answered here (SELECT, WITH, EXPLAIN, SHOW, DESCRIBE), nothing that changes or writes data; \
         the program's own commands do that"
            .to_owned(),
    )
}

fn is_query(statement: &Statement) -> bool {
    use ast::Statement as S;
    match statement {
        Statement::Explain(_) => true,
        Statement::Statement(inner) => matches!(
            **inner,
            S::Query(_)
                | S::Explain { .. }
                | S::ExplainTable { .. }
                | S::ShowTables { .. }
                | S::ShowColumns { .. }
                | S::ShowFunctions { .. }
                | S::ShowVariable { .. }
        ),
        _ => false,
    }
}

async fn run(context: &SessionContext, plan: LogicalPlan, live: &Arc<LiveFiles>) -> Result<Answer, Error> {
    let planning = |e: DataFusionError| Error::of_planning(&e);
    let frame = context.execute_logical_plan(plan).await.map_err(planning)?;
    let rows = frame.execute_stream().await.map_err(planning)?;
    Ok(Answer::new(rows, Arc::clone(live)))
}

/// Registers the folder of the files under a scheme of its own: no query names a path.
fn journal_store(live: &LiveFiles, runtime: &Arc<RuntimeEnv>) -> Result<JournalStore, Error> {
    let root = live.root.display();
    // An empty store need not even have its folder.
    let folder = match live.files.is_empty() {
        true => LocalFileSystem::new(),
        false => LocalFileSystem::new_with_prefix(&live.root)
            .map_err(|e| Error::unavailable(format!("cannot open the usage store in {root}"), e))?,
    };
    let folder: Arc<dyn ObjectStore> = Arc::new(folder);
    let url = ObjectStoreUrl::parse("journal://store")
        .map_err(|e| Error::unavailable(format!("cannot open the usage store in {root}"), e))?;
    runtime.register_object_store(url.as_ref(), Arc::clone(&folder));
    let cache = runtime.cache_manager.get_file_metadata_cache();
    Ok(JournalStore { url, readers: Arc::new(CachedParquetFileReaderFactory::new(folder, cache)) })
}

fn context(threads: usize, runtime: &Arc<RuntimeEnv>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(threads.max(1))
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    let options = config.options_mut();
    // Filters are not handed into the decoder: over 10M rows that halves what a few whole rows cost (1.4 s of CPU to
    // 0.6), but doubles the sums over a filter that people ask for all day (0.1 s to 0.2).
    options.execution.parquet.pushdown_filters = false;
    // 0.1 in a query is a decimal, as the money that it is compared with.
    options.sql_parser.parse_float_as_decimal = true;
    options.execution.time_zone = Some("UTC".to_owned());
    let context = SessionContext::new_with_config_rt(config, Arc::clone(runtime));
    context.register_udf(ScalarUDF::from(DateTrunc::default()));
    context.add_optimizer_rule(Arc::new(GroupById));
    context
}
