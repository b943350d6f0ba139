//! The handle of one relation.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use datafusion::catalog::TableProvider;
use datafusion::execution::SendableRecordBatchStream;
use object_store::path::Path;
use serde_json::Value;

use super::Warehouse;
use super::commit::{newest_version, replace_files};
use super::delta_types::Conversion;
use super::provider::RelationProvider;
use super::snapshot::commit_path;
use super::vacuum::vacuum;
use super::write::write_streams;
use crate::error::{Error, Result};

/// Told how many rows were written so far, all streams together. Called from several threads.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// A relation of the warehouse: a Delta table that is only ever replaced as a whole.
#[derive(Debug, Clone)]
pub struct Relation {
    warehouse: Warehouse,
    /// As in error messages: `relation profiles/customer`.
    name: String,
    folder: Path,
}

/// What one commit wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The Delta version of the commit.
    pub version: i64,
    /// Rows in the relation.
    pub rows: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Number of its files.
    pub files: usize,
}

impl Relation {
    pub(super) fn new(warehouse: Warehouse, path: &str) -> Self {
        let folder = Path::from_iter(path.split('/').map(folder_name));
        Self { warehouse, name: format!("relation {path}"), folder }
    }

    /// Writes the streams, side by side, as ONE commit that replaces all rows of the relation and its schema.
    /// The streams have the same schema. Nothing is visible before the commit; an error or a dropped future
    /// leaves only files that nobody references, for [`vacuum`](Self::vacuum).
    ///
    /// `metadata` is written into Delta's `commitInfo`, beside Delta's own keys (`timestamp`, `operation`, …),
    /// which it cannot set.
    ///
    /// # Errors
    /// The error of a stream; `Invalid` for a column that cannot be stored; `Storage`, also when the
    /// disk is full.
    pub async fn replace(
        &self,
        streams: Vec<SendableRecordBatchStream>,
        metadata: BTreeMap<String, Value>,
        progress: Progress,
    ) -> Result<Written> {
        let store = &self.warehouse.store;
        let first = streams.first().ok_or_else(|| Error::internal("no stream to write").on(&self.name))?;
        let schema = first.schema();
        let conversion = Arc::new(Conversion::new(&self.name, &schema)?);
        for other in &streams {
            let same = other
                .schema()
                .fields()
                .iter()
                .map(|f| (f.name(), f.data_type()))
                .eq(schema.fields().iter().map(|f| (f.name(), f.data_type())));
            if !same {
                return Err(Error::internal("streams of one relation differ in their columns").on(&self.name));
            }
        }
        let files = write_streams(store, &self.name, &self.folder, &conversion, streams, &progress).await?;
        let paths = files.adds.iter().map(|add| self.folder.clone().join(add.path.as_str()));
        store.sync(paths.collect()).await.map_err(|e| e.on(&self.name))?;
        let version =
            replace_files(store, &self.name, &self.folder, &conversion, &files.adds, &metadata).await?;
        store.sync(vec![commit_path(&self.folder, version)]).await.map_err(|e| e.on(&self.name))?;
        Ok(Written {
            version,
            rows: files.rows,
            bytes: files.adds.iter().map(|add| u64::try_from(add.size).unwrap_or(0)).sum(),
            files: files.adds.len(),
        })
    }

    /// The newest version in Delta's log; `None` when the relation was never written.
    ///
    /// # Errors
    /// `Storage` when the log cannot be listed.
    pub async fn newest_version(&self) -> Result<Option<i64>> {
        newest_version(&self.warehouse.store, &self.folder).await.map_err(|e| e.on(&self.name))
    }

    /// One version as a table. Its rows never change. Opening a version again is cheap.
    ///
    /// # Errors
    /// `Storage` when the version does not exist or cannot be read; the message names the file.
    pub async fn provider(&self, version: i64) -> Result<Arc<dyn TableProvider>> {
        let Warehouse { store, snapshots } = &self.warehouse;
        let snapshot = snapshots.get(store, &self.name, &self.folder, version).await?;
        Ok(Arc::new(RelationProvider::new(Arc::clone(store), snapshot)))
    }

    /// Deletes all versions of the relation. That there is none is no error.
    ///
    /// # Errors
    /// `Storage` when a file cannot be deleted.
    pub async fn remove(&self) -> Result<()> {
        let Warehouse { store, snapshots } = &self.warehouse;
        snapshots.forget(&self.folder);
        store.remove_folder(&self.folder).await.map_err(|e| e.on(&self.name))
    }

    /// Deletes the files that neither `keep_version`, nor the newest version, nor a commit younger than `keep`
    /// mentions. `keep` must be longer than a query or a refresh takes: files younger than that are never
    /// touched. Returns how many files were deleted.
    ///
    /// # Errors
    /// `Storage` when the log cannot be read or a file not deleted.
    pub async fn vacuum(&self, keep: Duration, keep_version: i64) -> Result<u64> {
        vacuum(&self.warehouse.store, &self.name, &self.folder, keep, keep_version)
            .await
            .map_err(|e| e.on(&self.name))
    }
}

/// The folder of a name of SQL, which may hold any character: those that some store or tool treats as special
/// become `-` and the two hexadecimal digits of each byte.
fn folder_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "-{byte:02x}");
        }
    }
    out
}
