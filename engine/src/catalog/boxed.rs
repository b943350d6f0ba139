//! DataFusion's async traits for what holds plans.
//!
//! The methods of those traits have bounds on lifetimes, and under bounds the compiler does not remember what it has
//! proved: that all parts of a plan can go from thread to thread takes it 15 seconds again in each implementation. Here
//! the traits are implemented once, over a trait object; the work is behind a plain function that returns a boxed future.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, Session, TableProvider};
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

/// What a scan is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) state: &'a dyn Session,
    pub(crate) projection: Option<&'a Vec<usize>>,
    pub(crate) filters: &'a [Expr],
    pub(crate) limit: Option<usize>,
}

impl Asked<'_> {
    /// Asks a relation the same.
    pub(crate) async fn of(self, relation: &dyn TableProvider) -> DFResult<Arc<dyn ExecutionPlan>> {
        relation.scan(self.state, self.projection, self.filters, self.limit).await
    }
}

/// A relation that is planned when it is scanned.
pub(crate) trait Relation: Debug + Send + Sync + 'static {
    /// Its columns.
    fn schema(&self) -> SchemaRef;

    /// The plan of a scan.
    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>>;

    /// What it does with a condition that it is asked for.
    fn filter(&self, _filter: &Expr) -> TableProviderFilterPushDown {
        TableProviderFilterPushDown::Unsupported
    }
}

/// A relation as DataFusion sees it.
pub(crate) fn relation(relation: impl Relation) -> Arc<dyn TableProvider> {
    Arc::new(BoxedRelation(Box::new(relation)))
}

#[derive(Debug)]
struct BoxedRelation(Box<dyn Relation>);

#[async_trait]
impl TableProvider for BoxedRelation {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DFResult<Vec<TableProviderFilterPushDown>> {
        Ok(filters.iter().map(|filter| self.0.filter(filter)).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        let plan = self.0.scan(Asked { state, projection, filters, limit });
        plan.await
    }
}

/// The relations of a schema.
pub(crate) trait Relations: Debug + Send + Sync + 'static {
    /// Their names.
    fn names(&self) -> Vec<String>;

    /// One of them.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, DFResult<Option<Arc<dyn TableProvider>>>>;

    /// Adds one.
    fn add(&self, _name: String, _table: Arc<dyn TableProvider>) -> DFResult<Option<Arc<dyn TableProvider>>> {
        Err(read_only())
    }

    /// Takes one away.
    fn remove(&self, _name: &str) -> DFResult<Option<Arc<dyn TableProvider>>> {
        Err(read_only())
    }
}

fn read_only() -> DataFusionError {
    DataFusionError::Internal("the schema is for planning only".to_owned())
}

/// A schema as DataFusion sees it.
pub(crate) fn schema(relations: impl Relations) -> Arc<dyn SchemaProvider> {
    Arc::new(BoxedSchema(Box::new(relations)))
}

#[derive(Debug)]
struct BoxedSchema(Box<dyn Relations>);

#[async_trait]
impl SchemaProvider for BoxedSchema {
    fn table_names(&self) -> Vec<String> {
        self.0.names()
    }

    async fn table(&self, name: &str) -> DFResult<Option<Arc<dyn TableProvider>>> {
        self.0.get(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.names().iter().any(|n| n == name)
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> DFResult<Option<Arc<dyn TableProvider>>> {
        self.0.add(name, table)
    }

    fn deregister_table(&self, name: &str) -> DFResult<Option<Arc<dyn TableProvider>>> {
        self.0.remove(name)
    }
}
