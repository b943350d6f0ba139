//! The object store under the warehouse: opening it, small files in it, durability.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path as FsPath, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use deltalake_core::logstore::{LogStore, StorageConfig, default_logstore};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, ObjectStoreScheme, PutMode, parse_url_opts};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;

use super::failure::failure;
use crate::error::{Error, Result};

/// An object store whose root is the warehouse.
#[derive(Debug)]
pub(super) struct Store {
    /// As shown to the user.
    pub(super) location: String,
    /// Paths in it are relative to the warehouse.
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The folder, where the warehouse is on a local disk.
    pub(super) folder: Option<PathBuf>,
    /// The name under which plans find `objects`.
    pub(super) scan_url: ObjectStoreUrl,
    /// Paths in it are those of `url`.
    root: Arc<dyn ObjectStore>,
    url: Url,
}

impl Store {
    pub(super) async fn open(location: &str, base: &FsPath, options: &[(String, String)]) -> Result<Self> {
        if !location.contains("://") {
            return Self::local(&base.join(location));
        }
        let mut url = Url::parse(location).map_err(|e| unusable(location, &e.to_string()))?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        if url.scheme() == "file" {
            let folder = url.to_file_path().map_err(|()| unusable(location, "it names no local folder"))?;
            return Self::local(&folder);
        }
        Self::remote(location, url, options)
    }

    fn local(folder: &FsPath) -> Result<Self> {
        let shown = folder.display().to_string();
        let fail = |e: &(dyn std::error::Error + 'static)| failure(&warehouse(&shown), &shown, e);
        std::fs::create_dir_all(folder).map_err(|e| fail(&e))?;
        let folder = folder.canonicalize().map_err(|e| fail(&e))?;
        let url =
            Url::from_directory_path(&folder).map_err(|()| unusable(&shown, "it is no absolute path"))?;
        let objects = LocalFileSystem::new_with_prefix(&folder).map_err(|e| fail(&e))?;
        Ok(Self {
            location: folder.display().to_string(),
            objects: Arc::new(objects),
            scan_url: scan_url(url.as_str())?,
            folder: Some(folder),
            root: Arc::new(LocalFileSystem::new()),
            url,
        })
    }

    fn remote(location: &str, url: Url, options: &[(String, String)]) -> Result<Self> {
        let (scheme, _) = ObjectStoreScheme::parse(&url).map_err(|e| unusable(location, &e.to_string()))?;
        if let ObjectStoreScheme::Memory = scheme {
            let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            return Ok(Self {
                location: location.to_owned(),
                objects: Arc::clone(&objects),
                folder: None,
                scan_url: scan_url(&Uuid::new_v4().to_string())?,
                root: objects,
                // Nothing else can see it, so where in it the warehouse begins is no matter.
                url: Url::parse("memory:///").map_err(|e| unusable(location, &e.to_string()))?,
            });
        }
        let variables = match scheme {
            ObjectStoreScheme::AmazonS3 => "AWS_",
            ObjectStoreScheme::GoogleCloudStorage => "GOOGLE_",
            ObjectStoreScheme::MicrosoftAzure => "AZURE_",
            _ => return Err(unusable(location, &format!("`{}` is no store to write to", url.scheme()))),
        };
        if url.scheme() == "https" || url.scheme() == "http" {
            return Err(unusable(location, "it is the address of a service"));
        }
        for (key, _) in options {
            if !understands(&scheme, key) {
                return Err(Error::config(format!("unknown option `{key}`"))
                    .on(warehouse(location))
                    .hint("options are named as in `aws_region`, `endpoint`, `google_service_account`, `azure_storage_account_name`"));
            }
        }
        let environment = std::env::vars_os().filter_map(|(key, value)| {
            let key = key.into_string().ok()?;
            key.starts_with(variables).then(|| Some((key.to_ascii_lowercase(), value.into_string().ok()?)))?
        });
        let settings = environment.chain(options.iter().map(|(k, v)| (k.to_ascii_lowercase(), v.clone())));
        let (root, prefix) =
            parse_url_opts(&url, settings).map_err(|e| unusable(location, &e.to_string()))?;
        let root: Arc<dyn ObjectStore> = Arc::from(root);
        let objects: Arc<dyn ObjectStore> = if prefix.as_ref().is_empty() {
            Arc::clone(&root)
        } else {
            Arc::new(PrefixStore::new(Arc::clone(&root), prefix))
        };
        let scan_url = scan_url(url.as_str())?;
        Ok(Self { location: location.to_owned(), objects, folder: None, scan_url, root, url })
    }

    /// The log store of the Delta table in `folder`. Commits are conditional puts, so that of two writers of
    /// one version exactly one wins.
    pub(super) fn delta_log(&self, folder: &Path) -> Result<Arc<dyn LogStore>> {
        let url = self
            .url
            .join(&format!("{folder}/"))
            .map_err(|e| Error::internal(format!("{folder} under {} is no URL: {e}", self.url)))?;
        let table: Arc<dyn ObjectStore> =
            Arc::new(PrefixStore::new(Arc::clone(&self.objects), folder.clone()));
        Ok(default_logstore(table, Arc::clone(&self.root), &url, &StorageConfig::default()))
    }

    pub(super) fn register(&self, env: &RuntimeEnv) {
        env.register_object_store(self.scan_url.as_ref(), Arc::clone(&self.objects));
    }

    pub(super) fn failure(&self, object: &str, error: &(dyn std::error::Error + 'static)) -> Error {
        failure(object, &self.location, error)
    }

    pub(super) async fn put_json<T: Serialize + Sync>(&self, path: &str, value: &T) -> Result<()> {
        let bytes = to_json(path, value)?;
        let at = Path::from(path);
        self.objects.put(&at, bytes.into()).await.map_err(|e| self.failure(&file(path), &e))?;
        self.sync(vec![at]).await
    }

    /// Writes a file unless it exists; false when it does.
    pub(super) async fn create_json<T: Serialize + Sync>(&self, path: &str, value: &T) -> Result<bool> {
        let bytes = to_json(path, value)?;
        let at = Path::from(path);
        match self.objects.put_opts(&at, bytes.into(), PutMode::Create.into()).await {
            Ok(_) => self.sync(vec![at]).await.map(|()| true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(e) => Err(self.failure(&file(path), &e)),
        }
    }

    pub(super) async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let read = async { self.objects.get(&Path::from(path)).await?.bytes().await };
        let bytes = match read.await {
            Ok(bytes) => bytes,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(self.failure(&file(path), &e)),
        };
        let value = serde_json::from_slice(&bytes).map_err(|e| {
            Error::storage(format!("{path} in {} cannot be read: {e}", self.location))
                .on(file(path))
                .hint("it was cut short or written by another version; restore it from a copy, or delete it to go on without it")
        })?;
        Ok(Some(value))
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let found = self.list_objects(&Path::from(prefix)).await?;
        let mut paths: Vec<String> = found.into_iter().map(|meta| meta.location.to_string()).collect();
        paths.sort_unstable();
        Ok(paths)
    }

    pub(super) async fn list_objects(&self, prefix: &Path) -> Result<Vec<ObjectMeta>> {
        match self.objects.list(Some(prefix)).try_collect().await {
            Ok(found) => Ok(found),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(e) => Err(self.failure(&file(prefix.as_ref()), &e)),
        }
    }

    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        match self.objects.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(self.failure(&file(path), &e)),
        }
    }

    /// Deletes a folder with all that is in it.
    pub(super) async fn remove_folder(&self, folder: &Path) -> Result<()> {
        let object = file(folder.as_ref());
        if let Some(root) = &self.folder {
            return match tokio::fs::remove_dir_all(root.join(folder.as_ref())).await {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(self.failure(&object, &e)),
                _ => Ok(()),
            };
        }
        let found = self.objects.list(Some(folder)).map_ok(|meta| meta.location).boxed();
        match self.objects.delete_stream(found).try_for_each(|_| async { Ok(()) }).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(self.failure(&object, &e)),
        }
    }

    /// Waits until files written to a local disk, and their names, outlive a power cut. Object stores answer
    /// a put only then.
    pub(super) async fn sync(&self, paths: Vec<Path>) -> Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let synced = tokio::task::spawn_blocking(move || {
            let mut folders = Vec::new();
            for path in &paths {
                let path = folder.join(path.as_ref());
                File::open(&path)?.sync_all()?;
                folders.extend(path.parent().map(FsPath::to_path_buf));
            }
            folders.sort_unstable();
            folders.dedup();
            // Only Unix can open a folder to sync it.
            if cfg!(unix) {
                folders.iter().try_for_each(|path| File::open(path)?.sync_all())?;
            }
            std::io::Result::Ok(())
        });
        match synced.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(self.failure(&warehouse(&self.location), &e)),
            Err(e) => Err(Error::internal(format!("syncing the warehouse stopped: {e}"))),
        }
    }
}

fn warehouse(location: &str) -> String {
    format!("warehouse {location}")
}

fn file(path: &str) -> String {
    format!("file {path}")
}

fn to_json<T: Serialize>(path: &str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value)
        .map_err(|e| Error::internal(format!("{path} cannot be written as JSON: {e}")))
}

fn unusable(location: &str, why: &str) -> Error {
    Error::config(format!("cannot be used: {why}")).on(warehouse(location)).hint(
        "name a folder, or a URL such as s3://bucket/folder, gs://bucket/folder or az://container/folder",
    )
}

fn understands(scheme: &ObjectStoreScheme, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    match scheme {
        ObjectStoreScheme::AmazonS3 => AmazonS3ConfigKey::from_str(&key).is_ok(),
        ObjectStoreScheme::GoogleCloudStorage => GoogleConfigKey::from_str(&key).is_ok(),
        ObjectStoreScheme::MicrosoftAzure => AzureConfigKey::from_str(&key).is_ok(),
        _ => false,
    }
}

/// The same for the same location, so that a plan made in one process finds the store in another.
fn scan_url(location: &str) -> Result<ObjectStoreUrl> {
    let mut hasher = DefaultHasher::new();
    location.hash(&mut hasher);
    Ok(ObjectStoreUrl::parse(format!("onefold-warehouse://{:016x}", hasher.finish()))?)
}
