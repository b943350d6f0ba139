//! Tables whose files hold their rows as they are: without partitions, deletion vectors and renamed columns. They are
//! read as any Parquet files; what is not so is read by delta-rs.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics, project_schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use deltalake_core::table::state::DeltaTableState;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::{Position, Url};

use crate::files::parquet::Footers;

/// The files of one version.
#[derive(Debug)]
pub(super) struct PlainFiles {
    schema: SchemaRef,
    files: Vec<PartitionedFile>,
    /// Of all files together.
    pub(super) statistics: Statistics,
    footers: Footers,
}

/// What the log says of a file (Delta's protocol, per-file statistics).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    num_records: Option<usize>,
    null_count: Map<String, Value>,
    min_values: Map<String, Value>,
    max_values: Map<String, Value>,
}

impl PlainFiles {
    /// The files of a version in a folder of the store; `None` unless each holds rows as they are.
    pub(super) fn of(
        state: &DeltaTableState,
        schema: &SchemaRef,
        folder: &Path,
        footers: &Footers,
    ) -> Option<Self> {
        let metadata = state.metadata();
        let mapped = metadata.configuration().get("delta.columnMapping.mode").is_some_and(|m| m != "none");
        if mapped || !metadata.partition_columns().is_empty() {
            return None;
        }
        let mut files = Vec::new();
        for file in state.log_data().iter() {
            let path = file.path();
            // A path of its own store is one of a clone's.
            if file.deletion_vector_descriptor().is_some() || path.contains("://") || path.starts_with('/') {
                return None;
            }
            let location =
                file.object_store_path().parts().fold(folder.clone(), |path, part| path.join(part));
            let meta = ObjectMeta {
                location,
                last_modified: file.modification_datetime().ok()?,
                size: u64::try_from(file.size()).ok()?,
                e_tag: None,
                version: None,
            };
            let said = file.stats().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            let mut file = PartitionedFile::new_from_meta(meta);
            file.statistics = Some(Arc::new(statistics(&said, schema)));
            files.push(file);
        }
        let each = files.iter().filter_map(|file| file.statistics.as_deref());
        let statistics = Statistics::try_merge_iter(each, schema).ok()?;
        Some(Self { schema: Arc::clone(schema), files, statistics, footers: footers.clone() })
    }

    pub(super) fn scan(
        &self,
        object: &str,
        session: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        url: &Url,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let schema = TableSchema::from(Arc::clone(&self.schema));
        let source = self.footers.source(session, store, schema, object);
        let groups = FileGroup::new(self.files.clone()).split_files(session.config().target_partitions());
        let root = ObjectStoreUrl::parse(&url[..Position::BeforePath])?;
        let scan = FileScanConfigBuilder::new(root, source)
            .with_file_groups(groups)
            .with_statistics(self.statistics.clone())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

/// What is known of a file without reading it. Bounds may be wider than the values: texts are cut.
fn statistics(said: &Said, schema: &SchemaRef) -> Statistics {
    let column = |field: &Arc<Field>| {
        let mut column = ColumnStatistics::new_unknown();
        if let Some(nulls) = said.null_count.get(field.name()).and_then(Value::as_u64) {
            column.null_count = Precision::Exact(usize::try_from(nulls).unwrap_or(usize::MAX));
        }
        let bound = |values: &Map<String, Value>| bound(values.get(field.name())?, field.data_type());
        if let (Some(low), Some(high)) = (bound(&said.min_values), bound(&said.max_values)) {
            column.min_value = Precision::Inexact(low);
            column.max_value = Precision::Inexact(high);
        }
        column
    };
    Statistics {
        num_rows: said.num_records.map_or(Precision::Absent, Precision::Exact),
        total_byte_size: Precision::Absent,
        column_statistics: schema.fields().iter().map(column).collect(),
    }
}

/// A bound of whole numbers and days; those of texts, times and floating-point numbers may leave values out.
fn bound(value: &Value, data_type: &DataType) -> Option<ScalarValue> {
    let text = match (value, data_type) {
        (Value::Number(number), DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64) => {
            number.to_string()
        }
        (Value::String(date), DataType::Date32) => date.clone(),
        _ => return None,
    };
    ScalarValue::try_from_string(text, data_type).ok()
}
