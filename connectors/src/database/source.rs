//! A database as a source.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;

use super::driver::Driver;
use super::names::Shown;
use super::provider::RemoteProvider;
use super::table::{RemoteTable, full_name};
use super::watermark::Watermark;
use crate::nearest::no_table;
use crate::{Changes, Error, Result, Source, TableDescription, Traffic};

/// For so long the list of tables is taken for true without asking again.
const REMEMBERED: Duration = Duration::from_secs(10);

/// An open database whose tables are those of one source.
#[derive(Debug)]
pub(crate) struct DatabaseSource {
    name: String,
    driver: Arc<dyn Driver>,
    shown: Shown,
    watermark: Option<Watermark>,
    known: tokio::sync::Mutex<Option<Known>>,
    counters: Arc<Counters>,
}

#[derive(Debug, Clone)]
struct Known {
    asked: Instant,
    tables: Arc<BTreeMap<String, Arc<RemoteTable>>>,
}

impl DatabaseSource {
    /// A source of a name. `watermark` tells which rows of a table are new.
    pub(crate) fn new(
        name: String,
        driver: Arc<dyn Driver>,
        shown: Shown,
        watermark: Option<Watermark>,
    ) -> Self {
        Self {
            name,
            driver,
            shown,
            watermark,
            known: tokio::sync::Mutex::default(),
            counters: Arc::default(),
        }
    }

    fn object(&self, table: &str) -> String {
        format!("{}.{table}", self.name)
    }

    /// The tables by name, as they were a short time ago.
    async fn known(&self) -> Result<Arc<BTreeMap<String, Arc<RemoteTable>>>> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|k| k.asked.elapsed() < REMEMBERED) {
            return Ok(Arc::clone(&known.tables));
        }
        let tables = self.ask().await.map_err(|e| {
            let error = e.on(format!("source {}", self.name));
            self.counters.failed(&error.to_string());
            error
        })?;
        *known = Some(Known { asked: Instant::now(), tables: Arc::clone(&tables) });
        Ok(tables)
    }

    async fn ask(&self) -> Result<Arc<BTreeMap<String, Arc<RemoteTable>>>> {
        let catalog = self.driver.catalog().await?;
        let mut tables = BTreeMap::new();
        let (names, others) = self.shown.names(&catalog)?;
        for (name, mut table) in names {
            for key in &mut table.description.foreign_keys {
                key.table = others.get(&key.table).cloned().unwrap_or_default();
            }
            table.description.foreign_keys.retain(|key| !key.table.is_empty());
            if let Some(other) = tables.insert(name.clone(), Arc::new(table)) {
                let other: &Arc<RemoteTable> = &other;
                return Err(Error::new(format!("two tables would be called {name}")).hint(format!(
                    "leave {} out by the option tables",
                    full_name(&other.schema, &other.name)
                )));
            }
        }
        Ok(Arc::new(tables))
    }

    /// The table. One that is not known is looked for anew, for it may be new.
    async fn find(&self, name: &str) -> Result<Option<Arc<RemoteTable>>> {
        if let Some(table) = self.known().await?.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        Ok(None)
    }

    /// A table, or what is read in its place, under the name of the table.
    fn provider(&self, name: &str, table: Arc<RemoteTable>) -> Arc<dyn TableProvider> {
        let (driver, counters) = (Arc::clone(&self.driver), Arc::clone(&self.counters));
        Arc::new(RemoteProvider::new(self.object(name), driver, table, counters))
    }

    /// Forgets the list of tables, so that the next use asks for it.
    async fn forget(&self) {
        *self.known.lock().await = None;
    }
}

#[async_trait]
impl Source for DatabaseSource {
    async fn tables(&self) -> Result<Vec<String>> {
        self.forget().await;
        Ok(self.known().await?.keys().cloned().collect())
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.find(name).await?.map(|table| self.provider(name, table)))
    }

    async fn version(&self, name: &str) -> Result<Option<String>> {
        let Some(table) = self.find(name).await? else {
            let known = self.known().await?;
            let names = known.keys().map(String::as_str).collect::<Vec<_>>();
            return Err(no_table(&self.name, name, names));
        };
        if let Some(version) = self.driver.version().await.map_err(|e| e.on(self.object(name)))? {
            return Ok(Some(version));
        }
        let Some(column) = self.watermark.as_ref().and_then(|w| w.column(&table)) else { return Ok(None) };
        let newest = self.driver.newest(&table, column).await.map_err(|e| e.on(self.object(name)))?;
        let [newest, rows] = newest;
        Ok(Some(format!("{rows} rows, {} {newest}", column.name)))
    }

    async fn changes(&self, name: &str, since: Option<&str>) -> Result<Option<Changes>> {
        let Some(table) = self.find(name).await? else { return Ok(None) };
        let own = self.driver.changes(&table, since).await.map_err(|e| e.on(self.object(name)))?;
        match &self.watermark {
            Some(watermark) if own.is_none() => {
                watermark.changes(self.driver.dialect(), &table, since, |table| self.provider(name, table))
            }
            _ => Ok(own),
        }
    }

    async fn describe(&self, name: &str) -> Result<TableDescription> {
        Ok(self.find(name).await?.map(|table| table.description.clone()).unwrap_or_default())
    }

    fn traffic(&self) -> Traffic {
        self.counters.traffic()
    }
}

/// What has been read.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    rows: AtomicU64,
    bytes: AtomicU64,
    error: Mutex<Option<String>>,
}

impl Counters {
    /// Rows have been read.
    pub(crate) fn read(&self, batch: &RecordBatch) {
        self.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(batch.get_array_memory_size() as u64, Ordering::Relaxed);
    }

    /// A read has failed.
    pub(crate) fn failed(&self, error: &str) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_owned());
    }

    /// A read came to its end.
    pub(crate) fn finished(&self) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// All of it.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            rows: self.rows.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            last_error: self.error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
