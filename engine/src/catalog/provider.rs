//! The catalog as DataFusion sees it: one `CatalogProvider` per session, whose schemas answer from a pinned
//! snapshot. Stored text is planned again at each statement, so a replaced source or view shows at once in what
//! is built on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use datafusion::catalog::{CatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DFStatement;
use futures::future::BoxFuture;
use sqlparser::ast::{Query, Statement as SqlStatement, Visit};

use super::boxed::{self, Relations};
use super::schemas;
use super::snapshot::{Snapshot, nearest};
use crate::engine::Engine;
use crate::functions::candidate_pairs;
use crate::sql;
use crate::{Error, ErrorKind, Result};

/// The catalog's name in SQL.
pub const CATALOG: &str = "onefold";

const SCRATCH: &str = "scratch";

/// A session's view of the catalog.
#[derive(Debug)]
pub struct SessionCatalog {
    this: Weak<Self>,
    engine: Engine,
    state: Weak<parking::StateLock>,
    snapshot: RwLock<Arc<Snapshot>>,
    planned: Mutex<HashMap<(String, String), Arc<dyn TableProvider>>>,
    scratch: Arc<MemorySchemaProvider>,
    session_tables: Arc<MemorySchemaProvider>,
}

mod parking {
    /// The lock that a `SessionContext` keeps its state in.
    pub(super) type StateLock = parking_lot::RwLock<super::SessionState>;
}

impl SessionCatalog {
    /// The catalog of a session.
    pub fn new(engine: Engine, ctx: &SessionContext) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            snapshot: RwLock::new(engine.catalog().known()),
            engine,
            state: ctx.state_weak_ref(),
            planned: Mutex::default(),
            scratch: Arc::default(),
            session_tables: Arc::default(),
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The snapshot in use.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses another snapshot from now on and forgets what was planned.
    pub fn pin(&self, snapshot: Arc<Snapshot>) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The session's own tables, made by `CREATE TABLE` and gone with the session.
    pub fn session_tables(&self) -> &Arc<MemorySchemaProvider> {
        &self.session_tables
    }

    /// Makes or replaces `scratch.name` in this session.
    pub fn scratch(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.scratch.deregister_table(name)?;
        self.scratch.register_table(name.to_owned(), table)?;
        Ok(())
    }

    /// A query's text as a relation, planned now.
    pub async fn view(&self, query: &Query) -> Result<Arc<dyn TableProvider>> {
        self.plan_functions(query).await?;
        let mut by_place = query.clone();
        sql::named_arguments::by_place(&mut by_place);
        let statement = SqlStatement::Query(Box::new(by_place));
        let state = self.state()?;
        let plan = state.statement_to_plan(DFStatement::Statement(Box::new(statement))).await?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql::sql_text(query)))))
    }

    /// Plans the table functions of a query or statement whose columns depend on the catalog.
    ///
    /// # Errors
    /// If a profile that they name cannot be planned.
    pub fn plan_functions(&self, statement: &impl Visit) -> BoxFuture<'_, Result<()>> {
        let profiles = sql::profiles_paired(statement);
        Box::pin(async move { candidate_pairs::plan(self, &profiles).await })
    }

    /// What [`SessionCatalog::put`] has put there since the last snapshot was pinned.
    pub fn kept(&self, schema: &str, name: &str) -> Option<Arc<dyn TableProvider>> {
        let planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        planned.get(&(schema.to_owned(), name.to_owned())).cloned()
    }

    /// A relation that the engine writes as SQL text.
    pub async fn view_text(&self, text: &str) -> Result<Arc<dyn TableProvider>> {
        self.view(&parse_query(text)?).await.map_err(Error::elsewhere)
    }

    /// The same catalog, shared.
    pub fn shared(&self) -> Result<Arc<Self>> {
        self.this.upgrade().ok_or_else(|| Error::new(ErrorKind::Cancelled, "the session has ended"))
    }

    /// The state to plan with.
    pub fn state(&self) -> Result<SessionState> {
        match self.state.upgrade() {
            Some(state) => Ok(state.read().clone()),
            None => Err(Error::new(ErrorKind::Cancelled, "the session has ended")),
        }
    }

    /// A relation by schema and name, or `None`.
    pub async fn relation(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let key = (schema.to_owned(), name.to_owned());
        if let Some(known) = self.planned.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let table = Box::pin(schemas::table(self, schema, name)).await?;
        if let Some(table) = &table {
            self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(table));
        }
        Ok(table)
    }

    /// Uses a relation in place of the catalog's until another snapshot is pinned.
    pub fn put(&self, schema: &str, name: &str, table: Arc<dyn TableProvider>) {
        let key = (schema.to_owned(), name.to_owned());
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(key, table);
    }

    /// Adds near names to an error about an unknown relation, which DataFusion words.
    pub fn suggest(&self, mut error: Error) -> Error {
        let Some(rest) = error.message.strip_prefix(&format!("table '{CATALOG}.")) else { return error };
        let Some(qualified) = rest.strip_suffix("' not found").map(str::to_owned) else { return error };
        let (schema, name) = qualified.split_once('.').unwrap_or(("public", &qualified));
        error.kind = ErrorKind::NotFound;
        error.message = format!("there is no relation {schema}.{name}");
        if error.hint.is_some() { error } else { self.suggest_relation(error, schema, name) }
    }

    /// A relation by schema and name, or an error that tells near names.
    pub async fn require(&self, schema: &str, name: &str) -> Result<Arc<dyn TableProvider>> {
        match self.relation(schema, name).await? {
            Some(table) => Ok(table),
            None => {
                let error = Error::not_found(format!("there is no relation {schema}.{name}"));
                Err(self.suggest_relation(error, schema, name))
            }
        }
    }

    fn suggest_relation(&self, error: Error, schema: &str, name: &str) -> Error {
        if name.contains(['/', '.']) {
            return error
                .hint("files are read by a source: CREATE SOURCE name TYPE files OPTIONS (location '…')");
        }
        let snapshot = self.snapshot();
        let schemas = schemas::names(&snapshot);
        if !schemas.iter().any(|s| s == schema) {
            let known: Vec<&str> = schemas.iter().map(String::as_str).collect();
            return match nearest(schema, &known) {
                Some(near) => error.hint(format!("did you mean the schema {near}?")),
                None => error.hint(format!("the schemas are {}", known.join(", "))),
            };
        }
        let here = schemas::table_names(self, schema);
        let known: Vec<&str> = here.iter().map(String::as_str).collect();
        if let Some(near) = nearest(name, &known) {
            return error.hint(format!("did you mean {schema}.{near}?"));
        }
        let elsewhere = schemas
            .iter()
            .filter(|s| *s != schema)
            .find(|s| schemas::table_names(self, s).iter().any(|t| t == name));
        match elsewhere {
            Some(other) => error.hint(format!("did you mean {other}.{name}?")),
            None if known.is_empty() => error.hint(format!("the schema {schema} is empty")),
            None => error.hint(format!("{schema} has {}", known.join(", "))),
        }
    }
}

/// The query of a text that the engine wrote.
pub fn parse_query(text: &str) -> Result<Query> {
    let parsed = sql::parse(text)?.into_iter().next().map(|p| p.statement);
    if let Some(sql::Statement::DataFusion(statement)) = parsed
        && let DFStatement::Statement(statement) = *statement
        && let SqlStatement::Query(query) = *statement
    {
        return Ok(*query);
    }
    Err(Error::internal(format!("not a query: {text}")))
}

/// The `CatalogProvider` of a session.
#[derive(Debug)]
pub struct SessionCatalogHandle {
    catalog: Arc<SessionCatalog>,
    tolerant: bool,
}

impl SessionCatalogHandle {
    /// What statements plan with.
    pub fn new(catalog: Arc<SessionCatalog>) -> Self {
        Self { catalog, tolerant: false }
    }

    /// What lists relations: one that cannot be planned is left out instead of failing the list.
    pub fn tolerant(catalog: Arc<SessionCatalog>) -> Self {
        Self { catalog, tolerant: true }
    }
}

impl CatalogProvider for SessionCatalogHandle {
    fn schema_names(&self) -> Vec<String> {
        schemas::names(&self.catalog.snapshot())
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == SCRATCH {
            return Some(Arc::clone(&self.catalog.scratch) as _);
        }
        self.schema_names().iter().any(|s| s == name).then(|| {
            let catalog = Arc::clone(&self.catalog);
            boxed::schema(CatalogSchema { catalog, name: name.to_owned(), tolerant: self.tolerant })
        })
    }
}

#[derive(Debug)]
struct CatalogSchema {
    catalog: Arc<SessionCatalog>,
    name: String,
    tolerant: bool,
}

impl Relations for CatalogSchema {
    fn names(&self) -> Vec<String> {
        schemas::table_names(&self.catalog, &self.name)
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, DFResult<Option<Arc<dyn TableProvider>>>> {
        Box::pin(async move {
            match self.catalog.relation(&self.name, name).await {
                Err(e) if self.tolerant => {
                    tracing::warn!("{}.{name} is left out of the list: {e}", self.name);
                    Ok(None)
                }
                other => Ok(other?),
            }
        })
    }

    fn add(&self, name: String, table: Arc<dyn TableProvider>) -> DFResult<Option<Arc<dyn TableProvider>>> {
        if self.name != schemas::PUBLIC {
            return Err(DataFusionError::from(read_only(&self.name)));
        }
        self.catalog.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.catalog.session_tables.register_table(name, table)
    }

    fn remove(&self, name: &str) -> DFResult<Option<Arc<dyn TableProvider>>> {
        if self.name != schemas::PUBLIC {
            return Err(DataFusionError::from(read_only(&self.name)));
        }
        self.catalog.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.catalog.session_tables.deregister_table(name)
    }
}

fn read_only(schema: &str) -> Error {
    Error::invalid(format!("tables cannot be made or dropped in the schema {schema}"))
        .hint("make a table of the session in public, or use CREATE SOURCE, PROFILE, ACTIVITY, MEASURE, SEGMENT or VIEW")
}
