//! A log of numbered JSON documents of which the last one counts.

use std::sync::Arc;

use futures::StreamExt;
use object_store::ObjectStore;
use object_store::path::Path;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::store::Store;
use crate::error::{Error, Result};

/// How often [`VersionedLog::latest`] lists again after the document it chose was pruned.
const ATTEMPTS: usize = 5;

/// A log of numbered JSON documents. The one with the highest number is the current state; each number is
/// written once, by one writer.
#[derive(Debug, Clone)]
pub struct VersionedLog {
    store: Arc<Store>,
    folder: String,
}

impl VersionedLog {
    pub(super) fn new(store: Arc<Store>, name: &str) -> Self {
        Self { store, folder: format!("_onefold/{name}") }
    }

    /// The current version and its document; `None` when nothing was committed yet.
    ///
    /// # Errors
    /// `Storage` when it cannot be read, or is not the JSON of a `T`; the message names the file.
    pub async fn latest<T: DeserializeOwned>(&self) -> Result<Option<(u64, T)>> {
        for _ in 0..ATTEMPTS {
            let Some(version) = self.versions().await?.pop() else { return Ok(None) };
            if let Some(value) = self.store.get_json(&self.file(version)).await? {
                return Ok(Some((version, value)));
            }
        }
        Err(Error::storage(format!("{} changes faster than it can be read", self.folder)))
    }

    /// Makes `value` the document of `version`. False when somebody else made that version first; then
    /// nothing was written.
    ///
    /// # Errors
    /// `Storage` when it cannot be written.
    pub async fn commit<T: Serialize + Sync>(&self, version: u64, value: &T) -> Result<bool> {
        self.store.create_json(&self.file(version), value).await
    }

    /// Whether a version after `version` exists: one small listing, which finds it even when the versions in
    /// between were pruned.
    ///
    /// # Errors
    /// `Storage` when the store does not answer.
    pub async fn newer_than(&self, version: u64) -> Result<bool> {
        let folder = Path::from(self.folder.as_str());
        let seen = Path::from(self.file(version));
        let mut newer = self.store.objects.list_with_offset(Some(&folder), &seen);
        loop {
            match newer.next().await {
                Some(Ok(meta)) if numbered(meta.location.as_ref(), ".json").is_some() => return Ok(true),
                Some(Ok(_)) => {}
                None | Some(Err(object_store::Error::NotFound { .. })) => return Ok(false),
                Some(Err(e)) => return Err(self.store.failure(&format!("file {seen}"), &e)),
            }
        }
    }

    /// Deletes all but the newest `keep` documents, and never the newest.
    ///
    /// # Errors
    /// `Storage` when the folder cannot be listed or a file not deleted.
    pub async fn prune(&self, keep: usize) -> Result<()> {
        let versions = self.versions().await?;
        let old = versions.len().saturating_sub(keep.max(1));
        for version in &versions[..old] {
            self.store.delete(&self.file(*version)).await?;
        }
        Ok(())
    }

    fn file(&self, version: u64) -> String {
        format!("{}/{version:020}.json", self.folder)
    }

    async fn versions(&self) -> Result<Vec<u64>> {
        let names = self.store.list(&self.folder).await?;
        let mut versions: Vec<u64> = names.iter().filter_map(|name| numbered(name, ".json")).collect();
        versions.sort_unstable();
        Ok(versions)
    }
}

/// The number of a file named by 20 digits and `suffix`, which is how Delta names commits, too.
pub(super) fn numbered(path: &str, suffix: &str) -> Option<u64> {
    let name = path.rsplit('/').next()?;
    let digits = name.strip_suffix(suffix)?;
    (digits.len() == 20).then(|| digits.parse().ok())?
}
