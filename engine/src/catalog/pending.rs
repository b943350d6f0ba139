//! A relation that is defined but not refreshed yet.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::Error;

/// Can be planned on, but not read.
#[derive(Debug)]
pub struct PendingTable {
    object: String,
    schema: SchemaRef,
}

impl PendingTable {
    /// The relation of an object, with the columns that it will have.
    pub fn new(object: &str, schema: SchemaRef) -> Self {
        Self { object: object.to_owned(), schema }
    }
}

#[async_trait]
impl TableProvider for PendingTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        let error = Error::invalid("has not been refreshed yet").on(self.object.clone());
        Err(error.hint(format!("run `onefold run`, or REFRESH {}", self.object)).into())
    }
}
