//! Old files of a relation deleted.

use std::collections::HashSet;
use std::path::Path as FsPath;
use std::time::{Duration, SystemTime};

use chrono::Utc;
use deltalake_core::kernel::{Action, EagerSnapshot};
use deltalake_core::logstore::get_actions;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::commit::newest_version;
use super::log::numbered;
use super::store::Store;
use crate::error::{Error, Result};

/// Deletes the files of a relation that neither `keep_version`, nor the newest version, nor a commit younger
/// than `keep` mentions, and the part of the log that no such version needs. Files younger than `keep` stay
/// in any case: a writer may be about to commit them. Returns how many files were deleted.
pub(super) async fn vacuum(
    store: &Store,
    relation: &str,
    folder: &Path,
    keep: Duration,
    keep_version: i64,
) -> Result<u64> {
    let Some(newest) = newest_version(store, folder).await? else { return Ok(0) };
    let cutoff = chrono::Duration::from_std(keep)
        .ok()
        .and_then(|keep| Utc::now().checked_sub_signed(keep))
        .unwrap_or(chrono::DateTime::UNIX_EPOCH);
    let log_folder = folder.clone().join("_delta_log");
    let log_files = store.list_objects(&log_folder).await?;

    let mut used: HashSet<Path> = HashSet::new();
    for version in [keep_version, newest] {
        used.extend(files_of(store, relation, folder, version).await?);
    }
    let mut oldest_needed = keep_version;
    for meta in &log_files {
        let Some(version) = numbered(meta.location.as_ref(), ".json") else { continue };
        if meta.last_modified < cutoff {
            continue;
        }
        // What a young commit removed was read until then, by the version before it.
        oldest_needed = oldest_needed.min(i64::try_from(version).unwrap_or(i64::MAX) - 1);
        let bytes = async { store.objects.get(&meta.location).await?.bytes().await };
        let bytes = bytes.await.map_err(|e| store.failure(relation, &e))?;
        for action in get_actions(version, &bytes).map_err(|e| store.failure(relation, &e))? {
            match action {
                Action::Add(add) => used.insert(data_path(folder, &add.path)),
                Action::Remove(remove) => used.insert(data_path(folder, &remove.path)),
                _ => continue,
            };
        }
    }

    let mut deleted = 0;
    for meta in store.list_objects(folder).await? {
        let is_data = !meta.location.prefix_matches(&log_folder);
        if is_data && meta.last_modified < cutoff && !used.contains(&meta.location) {
            store.delete(meta.location.as_ref()).await?;
            deleted += 1;
        }
    }

    // A checkpoint stands for all commits before it.
    let checkpoints = log_files.iter().filter_map(|meta| checkpoint(meta.location.as_ref()));
    if let Some(start) = checkpoints.filter(|version| *version <= oldest_needed).max() {
        for meta in &log_files {
            let path = meta.location.as_ref();
            let version =
                numbered(path, ".json").and_then(|v| i64::try_from(v).ok()).or_else(|| checkpoint(path));
            if version.is_some_and(|version| version < start) {
                store.delete(path).await?;
                deleted += 1;
            }
        }
    }
    if let Some(root) = &store.folder {
        deleted += delete_unfinished(root.join(folder.as_ref()), keep).await?;
    }
    Ok(deleted)
}

async fn files_of(store: &Store, relation: &str, folder: &Path, version: i64) -> Result<Vec<Path>> {
    let log = store.delta_log(folder)?;
    let number = u64::try_from(version)
        .map_err(|_| Error::internal(format!("{version} is no version of a Delta table")).on(relation))?;
    let table =
        EagerSnapshot::try_new(log.as_ref(), Some(number)).await.map_err(|e| store.failure(relation, &e))?;
    let files = table.try_log_data().map_err(|e| store.failure(relation, &e))?;
    Ok(files.iter().map(|file| data_path(folder, &file.path())).collect())
}

fn data_path(folder: &Path, path: &str) -> Path {
    let path = Path::parse(path).unwrap_or_else(|_| Path::from(path));
    Path::from_iter(folder.parts().chain(path.parts()))
}

/// The version of `00000000000000000010.checkpoint.parquet`.
fn checkpoint(path: &str) -> Option<i64> {
    numbered(path, ".checkpoint.parquet").and_then(|version| i64::try_from(version).ok())
}

/// On a local disk a file has a name ending in `#1` until it is complete; a killed process leaves it behind,
/// and listings do not show it.
async fn delete_unfinished(folder: std::path::PathBuf, keep: Duration) -> Result<u64> {
    let cutoff = SystemTime::now().checked_sub(keep).unwrap_or(SystemTime::UNIX_EPOCH);
    let deleted = tokio::task::spawn_blocking(move || {
        let mut deleted = 0;
        for folder in [folder.join("_delta_log"), folder] {
            deleted += delete_unfinished_in(&folder, cutoff).unwrap_or(0);
        }
        deleted
    });
    deleted.await.map_err(|e| Error::internal(format!("the vacuum stopped: {e}")))
}

fn delete_unfinished_in(folder: &FsPath, cutoff: SystemTime) -> std::io::Result<u64> {
    let mut deleted = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let suffix = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, suffix)| suffix);
        let unfinished = suffix.is_some_and(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()));
        if unfinished && entry.metadata()?.modified()? < cutoff {
            std::fs::remove_file(entry.path())?;
            deleted += 1;
        }
    }
    Ok(deleted)
}
