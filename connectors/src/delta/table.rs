//! One version of a table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::datasource::TableType;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use deltalake_core::delta_datafusion::DeltaScanNext;
use object_store::ObjectStore;
use url::Url;

use super::plain::PlainFiles;

/// A table that is only read: delta-rs would also insert into it.
#[derive(Debug)]
pub(super) struct DeltaTableProvider {
    /// `source.table`, for messages.
    pub(super) object: String,
    pub(super) scan: DeltaScanNext,
    /// The files, where they can be read as they are.
    pub(super) files: Option<PlainFiles>,
    /// The store that its files are in, and the URL that plans find it by.
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) url: Url,
}

#[async_trait]
impl TableProvider for DeltaTableProvider {
    fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        match &self.files {
            // Files, row groups and pages are skipped by a filter; the rows that are left go through it above.
            Some(_) => Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()]),
            None => self.scan.supports_filters_pushdown(filters),
        }
    }

    fn statistics(&self) -> Option<Statistics> {
        self.files.as_ref().map(|files| files.statistics.clone())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        session.runtime_env().register_object_store(&self.url, Arc::clone(&self.store));
        if let Some(files) = &self.files {
            return files.scan(&self.object, session, &self.store, &self.url, projection, limit);
        }
        let plan = self.scan.scan(session, projection, filters, limit).await;
        plan.map_err(|error| {
            DataFusionError::External(Box::new(super::source::explain(&error).on(self.object.clone())))
        })
    }
}
