//! What one version of a relation consists of, and the cache of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use deltalake_core::kernel::EagerSnapshot;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoArrow;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use serde_json::Value;

use super::store::Store;
use crate::error::{Error, Result};

/// How many versions of relations are kept.
const CACHED: usize = 512;

/// How long a cached version is taken for existing without asking the store: relations can be removed and
/// made anew by another process, and then count from zero again.
const TRUSTED: Duration = Duration::from_secs(2);

/// One version of a relation.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Strings and bytes as views, the layout that Parquet is read into fastest.
    pub(super) schema: SchemaRef,
    /// Paths from the root of the warehouse, sizes, and the statistics of each.
    pub(super) files: Vec<PartitionedFile>,
    /// Of all files together.
    pub(super) statistics: Arc<Statistics>,
    commit: ObjectMeta,
}

impl Snapshot {
    async fn load(store: &Store, relation: &str, folder: &Path, version: i64) -> Result<Self> {
        let commit = commit_meta(store, relation, folder, version).await?;
        let log = store.delta_log(folder)?;
        let number = u64::try_from(version).map_err(|_| missing(store, relation, version))?;
        let table = EagerSnapshot::try_new(log.as_ref(), Some(number))
            .await
            .map_err(|e| unreadable(store, relation, folder, version, &e))?;
        if !table.metadata().partition_columns().is_empty() {
            return Err(rewritten(relation, version));
        }
        let stored: Schema = table
            .schema()
            .as_ref()
            .try_into_arrow()
            .map_err(|e| unreadable(store, relation, folder, version, &e))?;
        let schema = Arc::new(Schema::new(stored.fields().iter().map(|f| as_view(f)).collect::<Vec<_>>()));

        let mut files = Vec::new();
        let views = table.try_log_data().map_err(|e| unreadable(store, relation, folder, version, &e))?;
        for view in views.iter() {
            if view.deletion_vector_descriptor().is_some() {
                return Err(rewritten(relation, version));
            }
            let path = Path::from_iter(folder.parts().chain(view.object_store_path().parts()));
            let size = u64::try_from(view.size()).unwrap_or(0);
            let mut file = PartitionedFile::new(path.to_string(), size);
            file.object_meta.last_modified = view.modification_datetime().unwrap_or_default();
            let stats = view.stats().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            files.push(file.with_statistics(Arc::new(statistics(&schema, size, &stats))));
        }
        // The log lists the newest first, in an order of its own.
        files.sort_by(|a, b| a.object_meta.location.cmp(&b.object_meta.location));
        let parts: Vec<&Statistics> = files.iter().filter_map(|f| f.statistics.as_deref()).collect();
        let statistics = if parts.is_empty() {
            empty_statistics(&schema)
        } else {
            Statistics::try_merge_iter(parts, &schema)?
        };
        Ok(Self { schema, files, statistics: Arc::new(statistics), commit })
    }
}

/// The versions read last. Reading a version costs a listing and the log; asking the cache costs nothing, or
/// one request when the last one was over two seconds ago.
#[derive(Debug, Default)]
pub(super) struct SnapshotCache {
    entries: Mutex<HashMap<(Path, i64), Entry>>,
}

#[derive(Debug)]
struct Entry {
    snapshot: Arc<Snapshot>,
    checked: Instant,
}

impl SnapshotCache {
    /// The version, from the cache where it is still the one in the store.
    pub(super) async fn get(
        &self,
        store: &Store,
        relation: &str,
        folder: &Path,
        version: i64,
    ) -> Result<Arc<Snapshot>> {
        let key = (folder.clone(), version);
        let cached = self.lock().get(&key).map(|entry| (Arc::clone(&entry.snapshot), entry.checked));
        if let Some((snapshot, checked)) = cached {
            if checked.elapsed() < TRUSTED {
                return Ok(snapshot);
            }
            let commit = commit_meta(store, relation, folder, version).await?;
            if commit == snapshot.commit {
                self.put(key, Arc::clone(&snapshot));
                return Ok(snapshot);
            }
        }
        let snapshot = Arc::new(Snapshot::load(store, relation, folder, version).await?);
        self.put(key, Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// Forgets all versions of a relation.
    pub(super) fn forget(&self, folder: &Path) {
        self.lock().retain(|(cached, _), _| cached != folder);
    }

    fn put(&self, key: (Path, i64), snapshot: Arc<Snapshot>) {
        let mut entries = self.lock();
        if entries.len() >= CACHED && !entries.contains_key(&key) {
            let oldest = entries.iter().min_by_key(|(_, e)| e.checked).map(|(key, _)| key.clone());
            oldest.and_then(|key| entries.remove(&key));
        }
        entries.insert(key, Entry { snapshot, checked: Instant::now() });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(Path, i64), Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path of a version's file in Delta's log.
pub(super) fn commit_path(folder: &Path, version: i64) -> Path {
    folder.clone().join("_delta_log").join(format!("{version:020}.json"))
}

async fn commit_meta(store: &Store, relation: &str, folder: &Path, version: i64) -> Result<ObjectMeta> {
    match store.objects.head(&commit_path(folder, version)).await {
        Ok(meta) => Ok(meta),
        Err(object_store::Error::NotFound { .. }) => Err(missing(store, relation, version)),
        Err(e) => Err(store.failure(relation, &e)),
    }
}

fn missing(store: &Store, relation: &str, version: i64) -> Error {
    Error::storage(format!("version {version} is not in the warehouse {}", store.location)).on(relation).hint(
        "refresh it; if the folder was moved or restored, restore all of the warehouse from the same time",
    )
}

fn rewritten(relation: &str, version: i64) -> Error {
    Error::storage(format!(
        "version {version} was written by another tool, in a layout that is not read here"
    ))
    .on(relation)
    .hint("refresh it")
}

fn unreadable(
    store: &Store,
    relation: &str,
    folder: &Path,
    version: i64,
    error: &(dyn std::error::Error + 'static),
) -> Error {
    let mut out = store.failure(relation, error).hint("refresh it, or restore the file from a copy");
    out.message = format!("{} cannot be read: {}", commit_path(folder, version), out.message);
    out
}

fn as_view(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        other => other.clone(),
    };
    Field::new(field.name(), data_type, true)
}

/// Statistics of a file from those in Delta's log. Only what is exact there is taken: Delta cuts strings, rounds
/// times, and leaves out that a float may be NaN, and DataFusion answers `min` and `max` from statistics.
fn statistics(schema: &Schema, bytes: u64, stats: &Value) -> Statistics {
    let Some(rows) = stats["numRecords"].as_u64().and_then(|n| usize::try_from(n).ok()) else {
        return Statistics::new_unknown(schema);
    };
    let columns = schema.fields().iter().map(|field| {
        let mut column = ColumnStatistics::new_unknown();
        if let Some(nulls) = stats["nullCount"][field.name()].as_u64() {
            column.null_count = usize::try_from(nulls).map_or(Precision::Absent, Precision::Exact);
        }
        let bound = |key: &str| scalar(field.data_type(), &stats[key][field.name()]);
        column.min_value = bound("minValues").map_or(Precision::Absent, Precision::Exact);
        column.max_value = bound("maxValues").map_or(Precision::Absent, Precision::Exact);
        column
    });
    Statistics {
        num_rows: Precision::Exact(rows),
        total_byte_size: usize::try_from(bytes).map_or(Precision::Absent, Precision::Inexact),
        column_statistics: columns.collect(),
    }
}

fn scalar(data_type: &DataType, value: &Value) -> Option<ScalarValue> {
    match data_type {
        DataType::Int8 => Some(ScalarValue::Int8(Some(value.as_i64()?.try_into().ok()?))),
        DataType::Int16 => Some(ScalarValue::Int16(Some(value.as_i64()?.try_into().ok()?))),
        DataType::Int32 => Some(ScalarValue::Int32(Some(value.as_i64()?.try_into().ok()?))),
        DataType::Int64 => Some(ScalarValue::Int64(Some(value.as_i64()?))),
        DataType::Date32 => {
            let date: chrono::NaiveDate = value.as_str()?.parse().ok()?;
            let days = date.signed_duration_since(chrono::NaiveDate::default()).num_days();
            Some(ScalarValue::Date32(Some(days.try_into().ok()?)))
        }
        _ => None,
    }
}

fn empty_statistics(schema: &Schema) -> Statistics {
    let mut out = Statistics::new_unknown(schema);
    out.num_rows = Precision::Exact(0);
    out.total_byte_size = Precision::Exact(0);
    out
}
