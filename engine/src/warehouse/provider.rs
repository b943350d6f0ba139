//! One version of a relation as a table: a plain Parquet plan.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Statistics, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::snapshot::Snapshot;
use super::store::Store;

/// A table whose rows never change: the files of one version.
#[derive(Debug)]
pub(super) struct RelationProvider {
    store: Arc<Store>,
    snapshot: Arc<Snapshot>,
}

impl RelationProvider {
    pub(super) fn new(store: Arc<Store>, snapshot: Arc<Snapshot>) -> Self {
        Self { store, snapshot }
    }
}

#[async_trait]
impl TableProvider for RelationProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.snapshot.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.snapshot.statistics.as_ref().clone())
    }

    /// Row groups and pages are skipped by a filter; the rows that are left still go through it.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        // The filter above the scan is pushed into the Parquet source when the plan is physical.
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.snapshot.files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.snapshot.schema, projection)?)));
        }
        self.store.register(session.runtime_env());
        let source = ParquetSource::new(TableSchema::from(self.schema()));
        let groups =
            FileGroup::new(self.snapshot.files.clone()).split_files(session.config().target_partitions());
        let scan = FileScanConfigBuilder::new(self.store.scan_url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(self.snapshot.statistics.as_ref().clone())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        let options = session.default_table_options().parquet;
        ParquetFormat::new().with_options(options).create_physical_plan(session, scan).await
    }
}
