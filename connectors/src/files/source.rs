//! An open source of files.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::table_schema::TableSchemaBuilder;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::sync::OnceCell;

use super::arrow::Layout;
use super::bytes::chunks;
use super::examined::{Examined, Shape};
use super::listing::{Listing, TableFile, TableFiles};
use super::location::Location;
use super::options::{Format, Settings, TextSettings};
use super::parquet::Footers;
use super::partitions::Partitions;
use super::table::{FilesTable, Reader, ScanFile};
use super::text::{TextTable, examine};
use super::text_source::TextFile;
use super::types::Type;
use crate::nearest::no_table;
use crate::store::Fnv;
use crate::{Error, RejectedRecord, Result, Source};

/// So many text files are examined side by side.
const SIDE_BY_SIDE: usize = 8;

/// A source of files. Nothing is read before it is asked for; what was learned of a file is remembered as long
/// as the file stays the same.
#[derive(Debug)]
pub(super) struct FilesSource {
    pub(super) name: String,
    pub(super) location: Location,
    pub(super) settings: Settings,
    pub(super) url: ObjectStoreUrl,
    pub(super) footers: Footers,
    pub(super) tables: Mutex<HashMap<String, (String, Arc<FilesTable>)>>,
    pub(super) examined: Mutex<HashMap<Path, Memory>>,
}

/// What is remembered of a file of one version.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    version: u64,
    cell: Arc<OnceCell<Arc<Examined>>>,
}

#[async_trait]
impl Source for FilesSource {
    async fn tables(&self) -> Result<Vec<String>> {
        Ok(self.list().await?.tables.into_keys().collect())
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let listing = self.list().await?;
        let Some(files) = listing.tables.get(name) else { return Ok(None) };
        let version = self.version_of(files);
        if let Some((remembered, table)) = lock(&self.tables).get(name)
            && *remembered == version
        {
            return Ok(Some(Arc::clone(table) as _));
        }
        let table =
            self.open(name, &listing.store, files).await.map_err(|error| error.on(self.object(name)))?;
        let table = Arc::new(table);
        lock(&self.tables).insert(name.to_owned(), (version, Arc::clone(&table)));
        Ok(Some(table))
    }

    async fn version(&self, table: &str) -> Result<Option<String>> {
        let listing = self.list().await?;
        let files = self.files(&listing, table)?;
        Ok(Some(self.version_of(files)))
    }

    async fn rejected(&self, table: &str) -> Result<Vec<RejectedRecord>> {
        let listing = self.list().await?;
        let files = self.files(&listing, table)?;
        if !files.format.is_text() {
            return Ok(vec![]);
        }
        let examined = self.examine_all(table, &listing.store, files).await;
        let examined = examined.map_err(|error| error.on(self.object(table)))?;
        let lists =
            examined.iter().zip(&files.files).map(|(examined, file)| examined.rejects.list(&file.path));
        Ok(lists.flatten().collect())
    }
}

impl FilesSource {
    async fn list(&self) -> Result<Listing> {
        let on = |error: Error| error.on(format!("source {}", self.name));
        let found = self.location.find().await.map_err(on)?;
        Listing::new(found, &self.settings).map_err(on)
    }

    fn files<'a>(&self, listing: &'a Listing, table: &str) -> Result<&'a TableFiles> {
        listing.tables.get(table).ok_or_else(|| {
            let known = listing.tables.keys().map(String::as_str);
            no_table(&self.name, table, known)
        })
    }

    fn object(&self, table: &str) -> String {
        format!("{}.{table}", self.name)
    }

    /// The number of files, their bytes, and a hash of what tells one version of them from another.
    fn version_of(&self, table: &TableFiles) -> String {
        let mut hash = Fnv::new();
        self.settings.fingerprint.hash(&mut hash);
        let mut bytes = 0;
        for file in &table.files {
            (&file.path, version(file)).hash(&mut hash);
            bytes += file.meta.size;
        }
        format!("{} files, {bytes} bytes, {:016x}", table.files.len(), hash.finish())
    }

    async fn open(&self, name: &str, store: &Arc<dyn ObjectStore>, table: &TableFiles) -> Result<FilesTable> {
        let partitions = Partitions::new(&table.files)?;
        let files = table.files.iter();
        let (schema, files, reader) = match table.format {
            Format::Parquet => {
                let (schema, statistics) = self.footers.examine(store, &table.files).await?;
                let files = files.zip(statistics).map(|(file, statistics)| scan_file(file, statistics, None));
                (schema, files.collect(), Reader::Parquet(self.footers.clone(), self.object(name)))
            }
            Format::Arrow => {
                let (layout, schema) = Layout::examine(store, &table.files).await?;
                let unknown = Arc::new(Statistics::new_unknown(&schema));
                let files = files.map(|file| scan_file(file, Arc::clone(&unknown), None));
                (schema, files.collect(), Reader::Arrow(layout))
            }
            Format::Csv | Format::Ndjson => {
                let examined = self.examine_all(name, store, table).await?;
                let declared = self.settings.declarations.of(name);
                let settings = text_settings(&self.settings, table);
                let text = TextTable::new(self.object(name), table.format, settings, declared, &examined)?;
                let files: Vec<ScanFile> = files
                    .zip(examined)
                    .map(|(file, examined)| {
                        let statistics = Arc::new(statistics(&text, &examined));
                        scan_file(
                            file,
                            statistics,
                            Some(TextFile { examined, compression: file.compression }),
                        )
                    })
                    .collect();
                (Arc::new(text.schema()), files, Reader::Text(Arc::new(text)))
            }
        };
        for column in &partitions.columns {
            if schema.field_with_name(column.name()).is_ok() {
                let message =
                    format!("the column {} is both in the files and in the folders' names", column.name());
                return Err(Error::new(message).hint("rename the folders or the column"));
            }
        }
        let schema =
            TableSchemaBuilder::new(schema).with_table_partition_cols(partitions.columns.clone()).build();
        let (store, url) = (Arc::clone(store), self.url.clone());
        Ok(FilesTable { store, url, schema, files, partitions, reader })
    }

    async fn examine_all(
        &self,
        table: &str,
        store: &Arc<dyn ObjectStore>,
        files: &TableFiles,
    ) -> Result<Vec<Arc<Examined>>> {
        let settings = text_settings(&self.settings, files);
        let mut examined = vec![];
        for file in &files.files {
            let (cell, store, settings) = (self.memory(file), Arc::clone(store), settings.clone());
            examined.push(async move {
                let found =
                    cell.get_or_try_init(|| self.examine(table, store, file, files.format, settings)).await;
                found.cloned()
            });
        }
        stream::iter(examined).buffered(SIDE_BY_SIDE).try_collect().await
    }

    async fn examine(
        &self,
        table: &str,
        store: Arc<dyn ObjectStore>,
        file: &TableFile,
        format: Format,
        settings: TextSettings,
    ) -> Result<Arc<Examined>> {
        let declared = self.settings.declarations.of(table).to_vec();
        let file = file.clone();
        let task = SpawnedTask::spawn(async move {
            let bytes = chunks(&store, &file.meta, file.compression, None, None).await?;
            examine(bytes, &file.path, format, &settings, &declared).await
        });
        let ended =
            task.await.map_err(|error| Error::new(format!("the examination ended early: {error}")))?;
        Ok(Arc::new(ended?))
    }

    fn memory(&self, file: &TableFile) -> Arc<OnceCell<Arc<Examined>>> {
        let mut hash = Fnv::new();
        version(file).hash(&mut hash);
        let version = hash.finish();
        let mut examined = lock(&self.examined);
        let fresh = || Memory { version, cell: Arc::default() };
        let memory = examined.entry(file.meta.location.clone()).or_insert_with(fresh);
        if memory.version != version {
            *memory = fresh();
        }
        Arc::clone(&memory.cell)
    }
}

/// What tells one version of a file from another.
fn version(file: &TableFile) -> (u64, i64, Option<&str>, Option<&str>) {
    let modified = file.meta.last_modified.timestamp_micros();
    (file.meta.size, modified, file.meta.e_tag.as_deref(), file.meta.version.as_deref())
}

fn scan_file(file: &TableFile, statistics: Arc<Statistics>, text: Option<TextFile>) -> ScanFile {
    ScanFile { meta: file.meta.clone(), statistics, text }
}

/// The settings of a table: a `.tsv` file has tabs unless the option tells otherwise.
fn text_settings(settings: &Settings, table: &TableFiles) -> TextSettings {
    let mut text = settings.text.clone();
    let tabs = |file: &TableFile| file.path.to_lowercase().split('.').any(|part| part == "tsv");
    if !text.delimiter_given && table.files.iter().all(tabs) {
        text.dialect.delimiter = b'\t';
    }
    text
}

/// The statistics of a text file, which are exact: all of it was read.
fn statistics(table: &TextTable, examined: &Examined) -> Statistics {
    let count = |number: u64| Precision::Exact(usize::try_from(number).unwrap_or(usize::MAX));
    let columns = table.columns.iter().map(|column| {
        let found = examined.columns.iter().find(|found| found.name == column.name);
        let text = column.shape == Shape::Scalar(Type::Text);
        let nulls = found.map_or(examined.rows, |found| found.nulls + if text { 0 } else { found.blanks });
        ColumnStatistics { null_count: count(nulls), ..ColumnStatistics::new_unknown() }
    });
    let mut statistics = Statistics::new_unknown(&table.schema());
    statistics.num_rows = count(examined.rows);
    statistics.column_statistics = columns.collect();
    statistics
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
