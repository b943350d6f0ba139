//! An open source of Delta tables.

use std::collections::{BTreeMap, HashMap};
use std::path::Path as LocalPath;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use deltalake_core::delta_datafusion::{DeltaScanConfig, DeltaScanNext};
use deltalake_core::logstore::{LogStore, StorageConfig, default_logstore};
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use super::plain::PlainFiles;
use super::table::DeltaTableProvider;
use super::{At, feed};
use crate::files::names::table_name;
use crate::files::parquet::Footers;
use crate::nearest::no_table;
use crate::store::{self, answer};
use crate::{Changes, Error, Result, Source, TableDescription};

/// So many folders are looked into side by side.
const SIDE_BY_SIDE: usize = 16;

/// Where the folder of the option `location` is.
#[derive(Debug)]
pub(super) struct Place {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    /// As the user wrote it, without secrets.
    shown: String,
    /// The scheme that the store is registered under.
    scheme: String,
    patience: Duration,
}

impl Place {
    pub(super) fn new(
        text: &str,
        base: &LocalPath,
        options: &crate::Options,
        scheme: String,
    ) -> Result<Self> {
        if text.trim().is_empty() {
            return Err(Error::new("the location is empty").hint("name a folder or a URL"));
        }
        if let Some((kind, _)) = text.split_once("://")
            && kind != "file"
        {
            let url = Url::parse(text).map_err(|e| Error::new(format!("'{text}' is not a URL: {e}")))?;
            let shown = store::shown(&url);
            let remote = store::remote(&url, options)?;
            if !remote.lists {
                return Err(Error::new(format!("'{shown}' is an address that cannot be listed"))
                    .hint("use the store's own URL: s3://, gs:// or az://"));
            }
            let store::Remote { store, path, patience, .. } = remote;
            return Ok(Self { store, folder: path, shown, scheme, patience });
        }
        let folder = base.join(text.strip_prefix("file://").unwrap_or(text));
        let missing = || {
            Error::new(format!("'{text}' does not exist"))
                .hint("check the path; a relative one starts from the project's folder")
        };
        let absolute = folder.canonicalize().map_err(|_| missing())?;
        let folder = Path::from_absolute_path(&absolute)
            .map_err(|e| Error::new(format!("the path '{}' cannot be read: {e}", absolute.display())))?;
        // Of this scheme delta-rs knows that its listings have no order.
        let (store, scheme) = (Arc::new(LocalFileSystem::new()), "file".to_owned());
        Ok(Self { store, folder, shown: text.to_owned(), scheme, patience: Duration::MAX })
    }

    /// The log of the table in a folder.
    fn log(&self, folder: &Path) -> Result<Arc<dyn LogStore>> {
        let url = format!("{}:///{folder}/", self.scheme);
        let url = Url::parse(&url).map_err(|e| Error::new(format!("{folder} is no path of a URL: {e}")))?;
        let table = Arc::new(PrefixStore::new(Arc::clone(&self.store), folder.clone()));
        Ok(default_logstore(table, Arc::clone(&self.store), &url, &StorageConfig::default()))
    }

    async fn has_log(&self, folder: &Path) -> Result<bool> {
        let log = folder.clone().join("_delta_log");
        let mut files = self.store.list(Some(&log));
        match answer(self.patience, &self.shown, files.next()).await? {
            Some(Ok(_)) => Ok(true),
            None | Some(Err(object_store::Error::NotFound { .. })) => Ok(false),
            Some(Err(error)) => Err(store::explain(&error, &self.shown)),
        }
    }

    /// The folders of the tables, by name.
    async fn tables(&self) -> Result<BTreeMap<String, Path>> {
        let name = |folder: &Path| table_name(folder.filename().unwrap_or("table"));
        if self.has_log(&self.folder).await? {
            return Ok([(name(&self.folder), self.folder.clone())].into());
        }
        let listed = answer(self.patience, &self.shown, self.store.list_with_delimiter(Some(&self.folder)));
        let listed = listed.await?.map_err(|error| store::explain(&error, &self.shown))?;
        let looked = listed.common_prefixes.into_iter().map(async |folder| {
            let found = self.has_log(&folder).await?;
            Ok::<_, Error>(found.then_some(folder))
        });
        let looked: Vec<_> = looked.collect();
        let folders: Vec<Option<Path>> = stream::iter(looked).buffered(SIDE_BY_SIDE).try_collect().await?;
        let mut tables = BTreeMap::new();
        for folder in folders.into_iter().flatten() {
            if let Some(other) = tables.insert(name(&folder), folder.clone()) {
                let message =
                    format!("the folders {other} and {folder} would be one table {}", name(&folder));
                return Err(Error::new(message).hint("name one of them as the location"));
            }
        }
        if tables.is_empty() {
            return Err(Error::new(format!("'{}' has no Delta table", self.shown))
                .hint("name a folder that has a _delta_log, or one whose folders have"));
        }
        Ok(tables)
    }
}

/// A source of Delta tables.
#[derive(Debug)]
pub(super) struct DeltaSource {
    name: String,
    place: Place,
    at: At,
    /// What tells rows apart.
    key: Vec<String>,
    footers: Footers,
    /// The folders of the tables, as they were found last.
    found: Mutex<BTreeMap<String, Path>>,
    /// For each table the version that was read last.
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) version: u64,
    pub(super) table: DeltaTable,
    pub(super) provider: Arc<DeltaTableProvider>,
}

impl Known {
    /// What the table is known by: one that was removed and made anew counts its versions from 0 again.
    pub(super) fn id(&self) -> Result<String> {
        Ok(self.table.snapshot().map_err(|e| explain(&e))?.metadata().id().to_owned())
    }
}

impl DeltaSource {
    pub(super) fn new(name: String, place: Place, at: At, key: Vec<String>) -> Self {
        Self {
            name,
            place,
            at,
            key,
            footers: Footers::new(),
            found: Mutex::default(),
            known: Mutex::default(),
        }
    }

    async fn folders(&self) -> Result<BTreeMap<String, Path>> {
        let on = |error: Error| error.on(format!("source {}", self.name));
        let found = self.place.tables().await.map_err(on)?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found.clone();
        Ok(found)
    }

    /// The folder of a table. One that was found before is looked into alone, not among all.
    async fn folder(&self, name: &str) -> Result<Option<Path>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(folder) = found
            && self.place.has_log(&folder).await.map_err(|e| e.on(format!("source {}", self.name)))?
        {
            return Ok(Some(folder));
        }
        Ok(self.folders().await?.remove(name))
    }

    fn object(&self, table: &str) -> String {
        format!("{}.{table}", self.name)
    }

    /// The version to be read, opened; the one that was read last where it is still the one.
    async fn current(&self, name: &str, folder: &Path) -> Result<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let opened = answer(self.place.patience, &self.place.shown, self.open(name, folder, known)).await?;
        let opened = opened.map_err(|error| error.on(self.object(name)))?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), opened.clone());
        Ok(opened)
    }

    async fn open(&self, name: &str, folder: &Path, known: Option<Known>) -> Result<Known> {
        let log = self.place.log(folder)?;
        if let Some(known) = known {
            let newest = match self.at {
                At::Newest => log.get_latest_version(known.version).await.map_err(|e| explain(&e))?,
                At::Version(_) | At::Time(_) => known.version,
            };
            if newest == known.version {
                return Ok(known);
            }
        }
        let none = |version| {
            Error::new(format!("there is no version {version}"))
                .hint("take the option version out to read the newest")
        };
        if let At::Version(version) = self.at {
            let newest = log.get_latest_version(0).await.map_err(|e| explain(&e))?;
            if version > newest {
                return Err(Error::new(format!("there is no version {version}; the newest is {newest}"))
                    .hint("take the option version out to read the newest"));
            }
        }
        let mut table = DeltaTable::new(Arc::clone(&log));
        match self.at {
            At::Newest => table.load().await.map_err(|e| explain(&e))?,
            At::Version(version) => table.load_version(version).await.map_err(|e| match e {
                DeltaTableError::InvalidVersion(_) => none(version),
                e => explain(&e),
            })?,
            At::Time(time) => {
                table.load_with_datetime(time).await.map_err(|e| explain(&e))?;
                // Before the first version delta-rs gives the first one. What the commit says of its time may be right,
                // or else that of its file.
                let commit = table.history(Some(1)).next().await.transpose().map_err(|e| explain(&e))?;
                let said = commit.and_then(|commit| commit.timestamp);
                let file = format!("{:020}.json", table.version().unwrap_or_default());
                let file = self.place.store.head(&folder.clone().join("_delta_log").join(file)).await;
                let younger = |made: i64| made > time.timestamp_millis();
                if said.is_some_and(younger)
                    && file.is_ok_and(|f| younger(f.last_modified.timestamp_millis()))
                {
                    return Err(Error::new(format!("its first version is younger than {time}"))
                        .hint("choose a later timestamp"));
                }
            }
        }
        let version = table.version().unwrap_or_default();
        let snapshot = table.snapshot().map_err(|e| explain(&e))?.snapshot().clone();
        let config = DeltaScanConfig::new().with_wrap_partition_values(false);
        let scan = DeltaScanNext::new(snapshot, config).map_err(|e| explain(&e))?;
        let (store, url) = (Arc::clone(&self.place.store), log.root_url().clone());
        let state = table.snapshot().map_err(|e| explain(&e))?;
        let files = PlainFiles::of(state, &scan.schema(), folder, &self.footers);
        let provider = Arc::new(DeltaTableProvider { object: self.object(name), scan, files, store, url });
        Ok(Known { version, table, provider })
    }
}

#[async_trait]
impl Source for DeltaSource {
    async fn tables(&self) -> Result<Vec<String>> {
        Ok(self.folders().await?.into_keys().collect())
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(folder) = self.folder(name).await? else { return Ok(None) };
        let known = self.current(name, &folder).await?;
        Ok(Some(known.provider))
    }

    async fn version(&self, table: &str) -> Result<Option<String>> {
        let Some(folder) = self.folder(table).await? else {
            let folders = self.folders().await?;
            return Err(no_table(&self.name, table, folders.keys().map(String::as_str)));
        };
        let known = self.current(table, &folder).await?;
        Ok(Some(format!("version {} of {}", known.version, known.id()?)))
    }

    async fn changes(&self, table: &str, since: Option<&str>) -> Result<Option<Changes>> {
        let Some(folder) = self.folder(table).await? else { return Ok(None) };
        let known = self.current(table, &folder).await?;
        feed::changes(&self.key, &known, since).map_err(|e| e.on(self.object(table)))
    }

    async fn describe(&self, table: &str) -> Result<TableDescription> {
        let Some(folder) = self.folder(table).await? else { return Ok(TableDescription::default()) };
        let known = self.current(table, &folder).await?;
        let state = known.table.snapshot().map_err(|e| explain(&e))?;
        let comment = |field: &deltalake_core::kernel::StructField| {
            let text = field.metadata().get("comment")?;
            match text {
                deltalake_core::kernel::MetadataValue::String(text) => {
                    Some((field.name().clone(), text.clone()))
                }
                _ => None,
            }
        };
        Ok(TableDescription {
            comment: state.metadata().description().map(str::to_owned),
            columns: state.schema().fields().filter_map(comment).collect(),
            ..TableDescription::default()
        })
    }
}

/// An error of delta-rs, with what caused it.
pub(super) fn explain(error: &(dyn std::error::Error + 'static)) -> Error {
    let said = store::sources(error);
    // Its kernel appends where in its code it noticed.
    let said = said.lines().next().unwrap_or_default();
    let said = said.split_once(" ParsedLogPath {").map_or(said, |(said, _)| said);
    if said.to_lowercase().contains("unsupported") && said.to_lowercase().contains("feature") {
        return Error::new(format!("the table uses a feature of Delta that is not read here: {said}"))
            .hint("write it without that feature, or read a copy");
    }
    Error::new(format!("the table cannot be read: {said}"))
        .hint("check that its folder is complete and that the credentials may read it")
}
