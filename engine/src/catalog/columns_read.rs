//! Which columns of which relations a query reads, as its optimised plan tells.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::Result as DFResult;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as DFStatement;
use futures::future::BoxFuture;
use sqlparser::ast::{Query, Statement as SqlStatement};

use super::boxed::{self, Relations};
use super::provider::{CATALOG, SessionCatalog};
use super::schemas;
use crate::Result;

/// Schema, relation and column of everything that a query reads directly. Views are not looked into: each
/// relation is planned as an opaque table of its columns.
pub async fn columns_read(catalog: &SessionCatalog, query: &Query) -> Result<Vec<(String, String, String)>> {
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(Opaque(catalog.shared()?)));
    let state = SessionStateBuilder::new_from_existing(catalog.state()?)
        .with_catalog_list(Arc::new(catalogs))
        .build();
    let statement = SqlStatement::Query(Box::new(query.clone()));
    let plan = state.statement_to_plan(DFStatement::Statement(Box::new(statement))).await?;
    let plan = state.optimize(&plan)?;
    let mut out = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let schema = scan.table_name.schema().unwrap_or(schemas::PUBLIC).to_owned();
            let table = scan.table_name.table().to_owned();
            let columns = scan.projected_schema.fields().iter();
            out.extend(columns.map(|f| (schema.clone(), table.clone(), f.name().clone())));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(out)
}

#[derive(Debug)]
struct Opaque(Arc<SessionCatalog>);

impl CatalogProvider for Opaque {
    fn schema_names(&self) -> Vec<String> {
        schemas::names(&self.0.snapshot())
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Some(boxed::schema(OpaqueSchema { catalog: Arc::clone(&self.0), name: name.to_owned() }))
    }
}

#[derive(Debug)]
struct OpaqueSchema {
    catalog: Arc<SessionCatalog>,
    name: String,
}

impl Relations for OpaqueSchema {
    fn names(&self) -> Vec<String> {
        schemas::table_names(&self.catalog, &self.name)
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, DFResult<Option<Arc<dyn TableProvider>>>> {
        Box::pin(async move {
            let table = self.catalog.relation(&self.name, name).await?;
            Ok(table.map(|t| Arc::new(EmptyTable::new(t.schema())) as _))
        })
    }
}
