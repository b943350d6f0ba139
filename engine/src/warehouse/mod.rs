//! Where results live: Delta tables on any object store, and small versioned JSON logs beside them.
//!
//! ```text
//! <location>/
//!   profiles/customer/            a relation: one Delta table
//!     _delta_log/00000000000000000003.json
//!     part-00000-….zstd.parquet
//!   _onefold/<log>/00000000000000000012.json
//! ```
//!
//! A relation is written as a whole, in one commit. Which version of it is current is not decided by Delta's
//! log but by whoever publishes the number (the catalog, in a [`VersionedLog`]), so that the relations of one
//! profile always agree, and a crash between two commits leaves the previous state readable. Readers of
//! Onefold therefore read pinned versions; other tools see the newest Delta snapshot.

mod commit;
mod delta_types;
mod encoding;
mod failure;
mod log;
mod provider;
mod relation;
mod snapshot;
mod statistics;
mod store;
mod upload;
mod vacuum;
mod write;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::delta_types::storable;
pub use self::log::VersionedLog;
pub use self::relation::{Progress, Relation, Written};

use self::snapshot::SnapshotCache;
use self::store::Store;
use crate::error::Result;

/// A folder of an object store that holds the results. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Warehouse {
    store: Arc<Store>,
    snapshots: Arc<SnapshotCache>,
}

impl Warehouse {
    /// Opens a warehouse. `location` is a folder, taken from `base` when relative and made when absent, or a
    /// URL: `file://`, `s3://`, `gs://`, `az://`, `abfss://`, `memory://`. Credentials come from the
    /// environment (`AWS_…`, `GOOGLE_…`, `AZURE_…`) and from `options`, named as `object_store` names them
    /// (`aws_region`, `endpoint`, …), which win.
    ///
    /// # Errors
    /// `Config` when the location or an option is not understood, `Storage` when the folder cannot be made.
    pub async fn open(location: &str, base: &Path, options: &[(String, String)]) -> Result<Self> {
        let store = Store::open(location, base, options).await?;
        Ok(Self { store: Arc::new(store), snapshots: Arc::new(SnapshotCache::default()) })
    }

    /// The Delta table at `<location>/<path>`, as in `profiles/customer_links`, whether it exists or not.
    pub fn relation(&self, path: &str) -> Relation {
        Relation::new(self.clone(), path)
    }

    /// The log at `<location>/_onefold/<name>/`.
    pub fn log(&self, name: &str) -> VersionedLog {
        VersionedLog::new(Arc::clone(&self.store), name)
    }

    /// Writes a small file as JSON. Readers see the file before or after, never a part of it.
    ///
    /// # Errors
    /// `Storage` when it cannot be written.
    pub async fn put_json<T: Serialize + Sync>(&self, path: &str, value: &T) -> Result<()> {
        self.store.put_json(path, value).await
    }

    /// Reads what [`put_json`](Self::put_json) wrote; `None` when there is no such file.
    ///
    /// # Errors
    /// `Storage` when it cannot be read or is not the JSON of a `T`; the message names the file.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        self.store.get_json(path).await
    }

    /// The paths of all files under a folder, sorted.
    ///
    /// # Errors
    /// `Storage` when the folder cannot be listed.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.store.list(prefix).await
    }

    /// Deletes a file. That it is not there is no error.
    ///
    /// # Errors
    /// `Storage` when it cannot be deleted.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.store.delete(path).await
    }

    /// The location as a path or URL.
    pub fn location(&self) -> &str {
        &self.store.location
    }

    /// Makes the files of this warehouse readable to plans that run in `env`. Scans do this themselves; a
    /// process that executes plans made elsewhere must do it.
    pub fn register(&self, env: &RuntimeEnv) {
        self.store.register(env);
    }
}
