//! `system`: what an operator asks, one table per file. Rows are made when a table is scanned.

mod blocking;
mod column_profile;
mod dependencies;
mod model_calibration;
mod model_drift;
mod model_factors;
mod model_histogram;
mod model_inputs;
mod model_metrics;
mod model_parameters;
mod model_versions;
mod objects;
mod of_predictions;
mod of_profiles;
mod policies;
mod queries;
mod rejected_records;
mod run_steps;
mod runs;
mod source_copies;
mod sources;
mod users;

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::error::Result as DFResult;
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

use super::boxed::{self, Asked, Relation};
use super::provider::SessionCatalog;
use crate::Result;

/// A table of the engine's own.
pub(in crate::catalog) trait SystemTable: Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its columns.
    fn schema(&self) -> SchemaRef;
    /// Its rows, column by column.
    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>>;
}

fn tables() -> Vec<Arc<dyn SystemTable>> {
    vec![
        Arc::new(blocking::Blocking),
        Arc::new(dependencies::Dependencies),
        Arc::new(model_calibration::ModelCalibration),
        Arc::new(model_drift::ModelDrift),
        Arc::new(model_factors::ModelFactors),
        Arc::new(model_histogram::ModelHistogram),
        Arc::new(model_inputs::ModelInputs),
        Arc::new(model_metrics::ModelMetrics),
        Arc::new(model_parameters::ModelParameters),
        Arc::new(model_versions::ModelVersions),
        Arc::new(objects::Objects),
        Arc::new(policies::Policies),
        Arc::new(queries::Queries),
        Arc::new(rejected_records::RejectedRecords),
        Arc::new(run_steps::RunSteps),
        Arc::new(runs::Runs),
        Arc::new(source_copies::SourceCopies),
        Arc::new(sources::Sources),
        Arc::new(users::Users),
    ]
}

/// The names of the tables.
pub fn names() -> Vec<String> {
    let made = tables().into_iter().map(|t| t.name().to_owned());
    made.chain([column_profile::NAME.to_owned()]).collect()
}

/// A table by name.
pub fn table(catalog: &SessionCatalog, name: &str) -> Option<Arc<dyn TableProvider>> {
    if name == column_profile::NAME {
        return Some(boxed::relation(column_profile::ColumnProfile::new(catalog).ok()?));
    }
    let table = tables().into_iter().find(|t| t.name() == name)?;
    made_on_scan(table, catalog).ok()
}

/// A table whose rows are made when it is scanned.
pub(super) fn made_on_scan(
    table: Arc<dyn SystemTable>,
    catalog: &SessionCatalog,
) -> Result<Arc<dyn TableProvider>> {
    Ok(boxed::relation(MadeOnScan { table, catalog: catalog.shared()? }))
}

#[derive(Debug)]
struct MadeOnScan {
    table: Arc<dyn SystemTable>,
    catalog: Arc<SessionCatalog>,
}

impl Relation for MadeOnScan {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let batch = RecordBatch::try_new(self.schema(), self.table.rows(&self.catalog).await?)?;
            asked.of(&MemTable::try_new(self.schema(), vec![vec![batch]])?).await
        })
    }
}

pub(super) fn schema_of(fields: &[(&str, DataType)]) -> SchemaRef {
    Arc::new(Schema::new(fields.iter().map(|(n, t)| Field::new(*n, t.clone(), true)).collect::<Vec<_>>()))
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

pub(super) fn texts<S: AsRef<str>>(values: impl IntoIterator<Item = Option<S>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

pub(super) fn numbers(values: impl IntoIterator<Item = Option<u64>>) -> ArrayRef {
    let values = values.into_iter().map(|v| v.map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
    Arc::new(values.collect::<Int64Array>())
}

fn floats(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

fn times(values: impl IntoIterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let values = values.into_iter().map(|v| v.map(|t| t.timestamp_micros()));
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}
