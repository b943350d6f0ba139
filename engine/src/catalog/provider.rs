//! The catalog as DataFusion sees it: one `CatalogProvider` per session, whose schemas answer from a pinned
//! snapshot. Stored text is planned again at each statement, so a replaced source or view shows at once in what
//! is built on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider,
    TableFunction, TableProvider,
};
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::SessionState;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DFStatement;
use futures::future::BoxFuture;
use sqlparser::ast::{Query, Statement as SqlStatement, Visit};

use super::boxed::{self, Relations};
use super::schemas;
use super::schemas::pg_catalog::Kept;
use super::snapshot::{Snapshot, nearest};
use crate::access::{self, Rights};
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
    user: Option<String>,
    rights: RwLock<Arc<Rights>>,
    pg_catalog: Kept,
}

mod parking {
    /// The lock that a `SessionContext` keeps its state in.
    pub(super) type StateLock = parking_lot::RwLock<super::SessionState>;
}

impl SessionCatalog {
    /// The catalog of a session: of the engine's own, or of a user's.
    pub fn new(engine: Engine, ctx: &SessionContext, user: Option<String>) -> Arc<Self> {
        let known = engine.catalog().known();
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            rights: RwLock::new(Arc::new(Rights::of(&known.state, user.as_deref()))),
            user,
            pg_catalog: Kept::default(),
            snapshot: RwLock::new(known),
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
        if self.user.is_some() {
            let rights = Arc::new(Rights::of(&snapshot.state, self.user.as_deref()));
            *self.rights.write().unwrap_or_else(PoisonError::into_inner) = rights;
        }
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is kept for PostgreSQL's clients.
    pub(crate) fn pg_catalog(&self) -> &Kept {
        &self.pg_catalog
    }

    /// The session's user; `None` for one of the engine's own.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What the session may do and read, in the snapshot in use.
    pub fn rights(&self) -> Arc<Rights> {
        Arc::clone(&self.rights.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the session's user may read a relation. A user's own tables are theirs.
    pub fn may_read(&self, schema: &str, name: &str) -> bool {
        self.rights().may_read(schema, name) || self.owns(schema, name)
    }

    /// An error unless the session's user may read a relation.
    pub fn require_readable(&self, schema: &str, name: &str) -> Result<()> {
        if self.owns(schema, name) { Ok(()) } else { self.rights().require(schema, name) }
    }

    /// An error unless the session's user may read a relation as it is, without a policy that restricts it.
    pub fn require_whole(&self, schema: &str, name: &str) -> Result<()> {
        if self.owns(schema, name) { Ok(()) } else { self.rights().require_whole(schema, name) }
    }

    fn is_table_function(&self, name: &str) -> bool {
        self.state.upgrade().is_some_and(|state| state.read().table_functions().contains_key(name))
    }

    fn owns(&self, schema: &str, name: &str) -> bool {
        schema == schemas::PUBLIC && self.session_tables.table_exist(name)
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
        sql::named_arguments::by_place(&mut by_place)?;
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

    /// The state to plan with what the engine itself writes: views and relations read with the engine's rights what
    /// they stand on.
    pub fn state(&self) -> Result<SessionState> {
        let ended = || Error::new(ErrorKind::Cancelled, "the session has ended");
        let state = self.state.upgrade().ok_or_else(ended)?.read().clone();
        if self.user.is_none() {
            return Ok(state);
        }
        let shared = self.shared()?;
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(
            CATALOG.to_owned(),
            Arc::new(SessionCatalogHandle::new(Arc::clone(&shared), Names::All)),
        );
        let functions = crate::functions::table_functions(&shared).into_iter().map(|(name, function)| {
            (name.to_owned(), Arc::new(TableFunction::new(name.to_owned(), function)))
        });
        let mut known = state.table_functions().clone();
        known.extend(functions);
        let builder = SessionStateBuilder::new_from_existing(state).with_catalog_list(Arc::new(catalogs));
        Ok(builder.with_table_functions(known).build())
    }

    /// A relation by schema and name, or `None`.
    pub fn relation<'a>(
        &'a self,
        schema: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<dyn TableProvider>>>> {
        Box::pin(async move {
            let key = (schema.to_owned(), name.to_owned());
            if let Some(known) = self.planned.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
                return Ok(Some(Arc::clone(known)));
            }
            let mut table = schemas::table(self, schema, name).await?;
            if let Some(whole) = &table
                && !self.owns(schema, name)
                && let Some((user, policies)) = self.rights().policies(schema, name)
            {
                table = Some(access::restricted(self, (schema, name), whole, user, policies).await?);
            }
            if let Some(table) = &table {
                self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(table));
            }
            Ok(table)
        })
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

    /// The relations of a schema that the session's user may read, sorted.
    pub fn readable(&self, schema: &str) -> Vec<String> {
        let names = schemas::table_names(self, schema);
        names.into_iter().filter(|name| self.may_read(schema, name)).collect()
    }

    fn suggest_relation(&self, error: Error, schema: &str, name: &str) -> Error {
        if name.contains(['/', '.']) {
            return error
                .hint("files are read by a source: CREATE SOURCE name TYPE files OPTIONS (location '…')");
        }
        let snapshot = self.snapshot();
        let rights = self.rights();
        let schemas: Vec<String> =
            schemas::names(&snapshot).into_iter().filter(|s| rights.may_see(s)).collect();
        if !schemas.iter().any(|s| s == schema) {
            let known: Vec<&str> = schemas.iter().map(String::as_str).collect();
            return match nearest(schema, &known) {
                Some(near) => error.hint(format!("did you mean the schema {near}?")),
                None => error.hint(format!("the schemas are {}", known.join(", "))),
            };
        }
        let here = self.readable(schema);
        let known: Vec<&str> = here.iter().map(String::as_str).collect();
        if let Some(near) = nearest(name, &known) {
            return error.hint(format!("did you mean {schema}.{near}?"));
        }
        let elsewhere =
            schemas.iter().filter(|s| *s != schema).find(|s| self.readable(s).iter().any(|t| t == name));
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
    names: Names,
}

/// Which relations a handle gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// All: for what the engine itself writes.
    All,
    /// Those that the session's user may read; the others are an error.
    Readable,
    /// Those that the session's user may read and that can be planned; for lists.
    Listed,
}

impl SessionCatalogHandle {
    /// A handle for one purpose.
    pub fn new(catalog: Arc<SessionCatalog>, names: Names) -> Self {
        Self { catalog, names }
    }
}

impl CatalogProvider for SessionCatalogHandle {
    fn schema_names(&self) -> Vec<String> {
        let mut names = schemas::names(&self.catalog.snapshot());
        if self.names != Names::All {
            let rights = self.catalog.rights();
            names.retain(|name| rights.may_see(name));
        }
        names
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == SCRATCH && (self.names == Names::All || self.catalog.user.is_none()) {
            return Some(Arc::clone(&self.catalog.scratch) as _);
        }
        // A schema that may not be seen is asked, too, so that what is refused there is said alike.
        let may_exist = match self.names {
            Names::Readable if self.catalog.user.is_some() => true,
            _ => name == schemas::PG_CATALOG || self.schema_names().iter().any(|s| s == name),
        };
        may_exist.then(|| {
            let catalog = Arc::clone(&self.catalog);
            boxed::schema(CatalogSchema { catalog, name: name.to_owned(), names: self.names })
        })
    }
}

#[derive(Debug)]
struct CatalogSchema {
    catalog: Arc<SessionCatalog>,
    name: String,
    names: Names,
}

impl Relations for CatalogSchema {
    fn names(&self) -> Vec<String> {
        match self.names {
            Names::All => schemas::table_names(&self.catalog, &self.name),
            Names::Readable | Names::Listed => self.catalog.readable(&self.name),
        }
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, DFResult<Option<Arc<dyn TableProvider>>>> {
        Box::pin(async move {
            if self.names != Names::All
                && let Err(refused) = self.catalog.require_readable(&self.name, name)
            {
                // The planner asks for a table function as if it were a relation.
                let is_function = self.name == schemas::PUBLIC && self.catalog.is_table_function(name);
                return if is_function { Ok(None) } else { Err(refused.into()) };
            }
            match self.catalog.relation(&self.name, name).await {
                Err(e) if self.names == Names::Listed => {
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
