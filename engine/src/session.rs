//! A session: settings, tables of its own, and the one door through which statements run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemoryCatalogProviderList, SchemaProvider, TableProvider};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::{CopyToSource, Statement as DFStatement};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use onefold_connectors::physical_optimizer_rules;
use sqlparser::ast::{Query, Statement as SqlStatement};

use crate::access::{self, Limits, UserPool};
use crate::catalog::provider::parse_query;
use crate::catalog::{CATALOG, Names, SessionCatalog, SessionCatalogHandle, Snapshot};
use crate::engine::Engine;
use crate::execute;
use crate::functions::{CLUSTER_PAIRS, ClusterPairsPlanner};
use crate::refresh::{Observer, Unwatched};
use crate::sql::{self, Parsed};
use crate::stopping::YieldAboveJoins;
use crate::{Error, Position, Result};

/// Rows of a batch where memory is short: a merge holds several batches of each run that it reads.
const SPILLING_ROWS: usize = 1024;

/// What a session is for; it decides how joins run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionProfile {
    /// Queries of people and tools: hash joins.
    Interactive,
    /// Refresh steps: hash joins, too.
    Refresh,
    /// A refresh step that was too large for memory: sort-merge joins, which spill.
    Spilling,
}

/// What a statement answers.
pub enum Response {
    /// Rows, as they are made.
    Rows {
        /// Their columns.
        schema: SchemaRef,
        /// The batches.
        stream: SendableRecordBatchStream,
    },
    /// A message; there are no rows.
    Done {
        /// What was done, in a sentence.
        message: String,
    },
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rows { schema, .. } => {
                f.debug_struct("Rows").field("schema", schema).finish_non_exhaustive()
            }
            Self::Done { message } => f.debug_struct("Done").field("message", message).finish(),
        }
    }
}

impl Response {
    /// A message.
    pub fn done(message: impl Into<String>) -> Self {
        Self::Done { message: message.into() }
    }

    /// The rows in memory; none for a message.
    pub async fn collect(self) -> Result<Vec<RecordBatch>> {
        match self {
            Self::Rows { stream, .. } => Ok(stream.try_collect().await?),
            Self::Done { .. } => Ok(Vec::new()),
        }
    }
}

/// One user's conversation with the engine.
#[derive(Clone)]
pub struct Session {
    engine: Engine,
    ctx: SessionContext,
    catalog: Arc<SessionCatalog>,
    observer: Arc<dyn Observer>,
    /// The memory of the user.
    pool: Option<Arc<UserPool>>,
    described: Arc<Mutex<Option<DescribedQuery>>>,
}

/// The query that was described last: servers are asked for its columns first, then for its rows.
#[derive(Debug)]
struct DescribedQuery {
    query: SqlStatement,
    snapshot: Arc<Snapshot>,
    plan: LogicalPlan,
    at: Instant,
}

/// After so long the sources may have changed since a query was described.
const DESCRIBED: Duration = Duration::from_secs(2);

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.ctx.session_id()).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(engine: &Engine, profile: SessionProfile, user: Option<String>) -> Self {
        let catalogs = Arc::new(MemoryCatalogProviderList::new());
        let pool = user.as_deref().map(|user| engine.pool_of(user));
        let runtime = match &pool {
            Some(pool) => {
                let pool = Arc::clone(pool) as Arc<dyn MemoryPool>;
                Arc::new(RuntimeEnv { memory_pool: pool, ..engine.runtime().as_ref().clone() })
            }
            None => engine.runtime(),
        };
        let state = SessionStateBuilder::new()
            .with_config(config(engine, profile))
            .with_runtime_env(runtime)
            .with_catalog_list(catalogs)
            .with_default_features()
            .with_relation_planners(vec![Arc::new(ClusterPairsPlanner)])
            .with_physical_optimizer_rules(physical_optimizer_rules())
            .with_physical_optimizer_rule(Arc::new(YieldAboveJoins))
            .build();
        let ctx = SessionContext::new_with_state(state);
        for function in onefold_udfs::scalar_functions() {
            ctx.register_udf(function.as_ref().clone());
        }
        for function in onefold_udfs::aggregate_functions() {
            ctx.register_udaf(function.as_ref().clone());
        }
        let catalog = SessionCatalog::new(engine.clone(), &ctx, user);
        for (name, function) in crate::functions::table_functions(&catalog) {
            let looks_in = catalog.user().is_some() && name != CLUSTER_PAIRS;
            let function = if looks_in { access::guarded(function, &catalog) } else { function };
            ctx.register_udtf(name, function);
        }
        let handle = SessionCatalogHandle::new(Arc::clone(&catalog), Names::Readable);
        ctx.register_catalog(CATALOG, Arc::new(handle));
        Self {
            engine: engine.clone(),
            ctx,
            catalog,
            observer: Arc::new(Unwatched),
            pool,
            described: Arc::default(),
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The user; `None` for a session of the engine's own, which may do everything.
    pub fn user(&self) -> Option<&str> {
        self.catalog.user()
    }

    /// The limits of the user in the newest catalog; none for a session of the engine's own.
    pub(crate) async fn limits(&self) -> Result<Limits> {
        let Some(user) = self.user() else { return Ok(Limits::default()) };
        Ok(Limits::of(&self.engine.catalog().latest().await?.state, user))
    }

    /// Whether any relation of a schema may be read.
    pub(crate) fn may_see(&self, schema: &str) -> bool {
        self.catalog.rights().may_see(schema)
    }

    /// Who watches the refreshes of this session.
    #[must_use]
    pub fn watched_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.observer)
    }

    /// Runs one statement. Errors point into the statement's own text.
    pub fn execute<'a>(&'a self, parsed: &'a Parsed) -> BoxFuture<'a, Result<Response>> {
        Box::pin(async move {
            self.begin().await?;
            let result = match access::authorize(&self.catalog, &parsed.statement) {
                Ok(()) => execute::statement(self, &parsed.statement).await,
                Err(e) => Err(e),
            };
            result.map_err(|e| self.explain_error(e, parsed))
        })
    }

    /// Plans one statement without running it.
    pub async fn check(&self, parsed: &Parsed) -> Result<()> {
        let planned = match &parsed.statement {
            sql::Statement::DataFusion(statement) => self.plan(statement.as_ref().clone()).await.map(drop),
            _ => Ok(()),
        };
        planned.map_err(|e| self.explain_error(e, parsed))
    }

    /// Runs the statements of a text one after another and gives the last one's rows.
    pub async fn query(&self, text: &str) -> Result<Vec<RecordBatch>> {
        let mut rows = Vec::new();
        for parsed in sql::parse(text)? {
            rows = self.execute(&parsed).await?.collect().await?;
        }
        Ok(rows)
    }

    /// Drops the session's own tables.
    pub(crate) fn drop_tables(&self) -> Result<()> {
        let tables = self.catalog.session_tables();
        for name in tables.table_names() {
            tables.deregister_table(&name)?;
        }
        Ok(())
    }

    /// A session of the engine's own at the same snapshot, for a statement that the user was allowed to run.
    pub(crate) async fn of_the_engine(&self) -> Result<Self> {
        if self.user().is_none() {
            return Ok(self.clone());
        }
        let session = self.engine.session();
        session.pin(self.snapshot());
        Ok(session)
    }

    /// Takes the newest catalog for what follows.
    pub(crate) async fn begin(&self) -> Result<Arc<Snapshot>> {
        let snapshot = self.engine.catalog().latest().await?;
        self.pin(Arc::clone(&snapshot));
        if let (Some(pool), Some(user)) = (&self.pool, self.user()) {
            let memory = Limits::of(&snapshot.state, user).memory;
            pool.limit(memory);
            if let Some(memory) = memory {
                let state = self.ctx.state_ref();
                state.write().config_mut().options_mut().execution.sort_spill_reservation_bytes =
                    for_merge(memory);
            }
        }
        Ok(snapshot)
    }

    /// Takes a snapshot, perhaps one that is not stored yet, for what follows.
    pub(crate) fn pin(&self, snapshot: Arc<Snapshot>) {
        self.catalog.pin(snapshot);
    }

    /// The snapshot in use.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// The session's view of the catalog.
    pub(crate) fn catalog(&self) -> &Arc<SessionCatalog> {
        &self.catalog
    }

    pub(crate) fn ctx(&self) -> &SessionContext {
        &self.ctx
    }

    /// Plans a statement of DataFusion's.
    pub(crate) async fn plan(&self, mut statement: DFStatement) -> Result<LogicalPlan> {
        by_place(&mut statement)?;
        match sql::explained(&statement) {
            DFStatement::Statement(statement) => {
                let rights = self.catalog.rights();
                let profiles = sql::profiles_paired(statement.as_ref());
                profiles.iter().try_for_each(|profile| rights.require_profile(profile))?;
                self.catalog.plan_functions(statement.as_ref()).await?;
            }
            DFStatement::CopyTo(copy) => {
                if let CopyToSource::Query(query) = &copy.source {
                    self.catalog.plan_functions(query.as_ref()).await?;
                }
            }
            _ => {}
        }
        Ok(self.ctx.state().statement_to_plan(statement).await?)
    }

    /// Plans a query, and keeps the plan for when it runs.
    pub(crate) async fn plan_to_describe(&self, statement: DFStatement) -> Result<LogicalPlan> {
        let query = match &statement {
            DFStatement::Statement(inner) if matches!(inner.as_ref(), SqlStatement::Query(_)) => {
                Some(inner.as_ref().clone())
            }
            _ => None,
        };
        let plan = self.plan(statement).await?;
        *self.described() = query.map(|query| DescribedQuery {
            query,
            snapshot: self.snapshot(),
            plan: plan.clone(),
            at: Instant::now(),
        });
        Ok(plan)
    }

    /// Plans a statement that runs now, unless that was done when it was described.
    pub(crate) async fn plan_to_run(&self, statement: DFStatement) -> Result<LogicalPlan> {
        // Whatever runs in between may change what the plan stands on.
        let described = self.described().take();
        if let (Some(described), DFStatement::Statement(inner)) = (described, &statement)
            && described.query == **inner
            && described.at.elapsed() < DESCRIBED
            && Arc::ptr_eq(&described.snapshot, &self.snapshot())
        {
            return Ok(described.plan);
        }
        self.plan(statement).await
    }

    /// Forgets the plan of the query that was described last.
    pub(crate) fn forget_described(&self) {
        self.described().take();
    }

    fn described(&self) -> MutexGuard<'_, Option<DescribedQuery>> {
        self.described.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a query.
    pub(crate) async fn plan_query(&self, query: &Query) -> Result<LogicalPlan> {
        let statement = SqlStatement::Query(Box::new(query.clone()));
        self.plan(DFStatement::Statement(Box::new(statement))).await
    }

    /// A query's result, not run yet.
    pub(crate) async fn frame(&self, text: &str) -> Result<DataFrame> {
        let plan = self.plan_query(&parse_query(text)?).await?;
        Ok(DataFrame::new(self.ctx.state(), plan))
    }

    /// Makes a relation of a running step visible as `scratch.name` in this session only.
    pub(crate) fn scratch(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.catalog.scratch(name, table)
    }

    pub(crate) fn explain_error(&self, error: Error, parsed: &Parsed) -> Error {
        let mut error = self.catalog.suggest(error);
        if let (Some(position), None) = (error.position, &error.excerpt) {
            error.position = Some(relative(position, parsed.start));
        }
        error.in_text(&parsed.text)
    }
}

/// A position in the input that a statement came from, as one in the statement's own text.
fn relative(position: Position, start: Position) -> Position {
    let column = if position.line == start.line {
        position.column.saturating_sub(start.column.saturating_sub(1)).max(1)
    } else {
        position.column
    };
    Position { line: position.line.saturating_sub(start.line.saturating_sub(1)).max(1), column }
}

fn config(engine: &Engine, profile: SessionProfile) -> SessionConfig {
    let partitions = engine.project().config.limits.partitions();
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, "public")
        .with_information_schema(false)
        .with_target_partitions(partitions);
    let options = config.options_mut();
    options.sql_parser.collect_spans = true;
    if profile != SessionProfile::Interactive {
        let memory = engine.project().config.limits.memory_bytes().unwrap_or(usize::MAX);
        options.execution.sort_spill_reservation_bytes = for_merge(memory);
    }
    if profile == SessionProfile::Spilling {
        options.optimizer.prefer_hash_join = false;
        // With one partition DataFusion plans hash joins in any case.
        config = config.with_target_partitions(partitions.max(2)).with_batch_size(SPILLING_ROWS);
    }
    config
}

/// What a sort keeps back of so much memory to merge what it has spilled.
fn for_merge(memory: usize) -> usize {
    (4 << 20).min(memory / 32)
}

/// Writes named arguments of table functions by place, as the planner wants them.
fn by_place(statement: &mut DFStatement) -> Result<()> {
    match statement {
        DFStatement::Statement(statement) => sql::named_arguments::by_place(statement.as_mut()),
        DFStatement::Explain(explain) => by_place(&mut explain.statement),
        DFStatement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => sql::named_arguments::by_place(query.as_mut()),
            CopyToSource::Relation(_) => Ok(()),
        },
        _ => Ok(()),
    }
}
