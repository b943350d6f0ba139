//! A remote table as the engine plans it.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Constraint, Constraints, Statistics};
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use super::driver::Driver;
use super::filter::push;
use super::query::Query;
use super::scan::RemoteScanExec;
use super::source::Counters;
use super::table::RemoteTable;

/// A table of an open database.
#[derive(Debug)]
pub(crate) struct RemoteProvider {
    /// `source.table`, for messages and plans.
    pub(crate) object: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) table: Arc<RemoteTable>,
    pub(crate) schema: SchemaRef,
    pub(crate) constraints: Constraints,
    pub(crate) counters: Arc<Counters>,
}

impl RemoteProvider {
    pub(crate) fn new(
        object: String,
        driver: Arc<dyn Driver>,
        table: Arc<RemoteTable>,
        counters: Arc<Counters>,
    ) -> Self {
        let schema = table.arrow_schema();
        // A key that the database vouches for lets the engine drop needless grouping columns.
        let constraints = match table.key().filter(|_| table.typed) {
            Some(key) => Constraints::new_unverified(vec![Constraint::PrimaryKey(key)]),
            None => Constraints::default(),
        };
        Self { object, driver, table, schema, constraints, counters }
    }

    fn rows(&self, filters: &[Expr]) -> Precision<usize> {
        match self.table.rows {
            // A guess that only orders joins: a filter keeps a fifth.
            Some(rows) if !filters.is_empty() => Precision::Inexact(rows / 5),
            Some(rows) => Precision::Inexact(rows),
            None => Precision::Absent,
        }
    }
}

#[async_trait]
impl TableProvider for RemoteProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn statistics(&self) -> Option<Statistics> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = self.rows(&[]);
        Some(statistics)
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let decide = |filter: &&Expr| match push(self.driver.dialect(), &self.table, filter) {
            Some(pushed) if pushed.exact => TableProviderFilterPushDown::Exact,
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(decide).collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.table.columns.len()).collect();
        let pushed: Vec<_> =
            filters.iter().filter_map(|filter| push(self.driver.dialect(), &self.table, filter)).collect();
        // A limit is for rows that hold every filter.
        let exact = pushed.len() == filters.len() && pushed.iter().all(|p| p.exact);
        let query = Query {
            table: Arc::clone(&self.table),
            join: None,
            unique: self.table.key().into_iter().collect(),
            columns: projection.cloned().unwrap_or_else(all),
            groups: None,
            filters: pushed.into_iter().map(|p| p.sql).collect(),
            order: Vec::new(),
            limit: limit.filter(|_| exact),
        };
        let parts = session.config().target_partitions();
        let ranges = if query.limit.is_none() && parts > 1 && self.table.ranges.is_some() {
            self.driver.ranges(&self.table, parts).await.map_err(|e| e.on(&self.object))?
        } else {
            Vec::new()
        };
        let rows = self.rows(filters);
        Ok(Arc::new(RemoteScanExec::new(self, query, ranges, rows)?))
    }
}
