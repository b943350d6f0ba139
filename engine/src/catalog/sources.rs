//! Open sources.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use onefold_connectors::{OpenRequest, Options, Source, TableDescription};

use super::snapshot::{Definition, Snapshot};
use crate::sql::{CreateSource, ObjectKind, Statement};
use crate::{Error, ErrorKind, Result};

/// Sources by name, opened at their first use and again when their definition changes.
#[derive(Debug)]
pub struct Sources {
    base: PathBuf,
    open: RwLock<HashMap<String, OpenSource>>,
}

#[derive(Debug, Clone)]
struct OpenSource {
    sql: String,
    source: Arc<dyn Source>,
    tables: BTreeMap<String, TableDescription>,
}

impl Sources {
    /// No source is open yet; relative locations start from `base`.
    pub fn new(base: PathBuf) -> Self {
        Self { base, open: RwLock::default() }
    }

    /// The open source of a definition.
    pub async fn open(&self, definition: &Definition) -> Result<Arc<dyn Source>> {
        let name = &definition.object.name;
        let at = |e: Error| e.on(definition.object.to_string());
        if let Some(known) = self.read(name).filter(|s| s.sql == definition.stored.sql) {
            return Ok(known.source);
        }
        let Statement::CreateSource(create) = &definition.statement else {
            return Err(Error::internal("is not a source").on(definition.object.to_string()));
        };
        let (connector, options) = check(create).map_err(at)?;
        let request = OpenRequest { name: name.clone(), options, base: self.base.clone() };
        let source = connector.open(request).await.map_err(|e| at(e.into()))?;
        let entry = OpenSource {
            sql: definition.stored.sql.clone(),
            source: Arc::clone(&source),
            tables: BTreeMap::new(),
        };
        self.open.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), entry);
        Ok(source)
    }

    /// Closes a source, so that the next use opens it anew.
    pub fn close(&self, name: &str) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Asks every source for its tables, so that [`Sources::known_tables`] and [`Sources::known`] can tell them. A
    /// source that cannot be reached keeps those that it had.
    pub async fn load_tables(&self, snapshot: &Snapshot) {
        for definition in snapshot.of_kind(ObjectKind::Source) {
            let name = &definition.object.name;
            let tables = match self.open(definition).await {
                Ok(source) => described(source.as_ref()).await,
                Err(e) => Err(e),
            };
            match tables {
                Ok(tables) => {
                    let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
                    if let Some(entry) = open.get_mut(name) {
                        entry.tables = tables;
                    }
                }
                Err(e) => tracing::warn!("{e}"),
            }
        }
    }

    /// The tables of a source as far as they are known without asking it.
    pub fn known_tables(&self, source: &str) -> Vec<String> {
        self.read(source).map(|s| s.tables.into_keys().collect()).unwrap_or_default()
    }

    /// What a source says of a table, as far as it is known without asking it.
    pub fn known(&self, source: &str, table: &str) -> Option<TableDescription> {
        self.read(source)?.tables.get(table).cloned()
    }

    fn read(&self, name: &str) -> Option<OpenSource> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

async fn described(source: &dyn Source) -> Result<BTreeMap<String, TableDescription>> {
    let mut tables = BTreeMap::new();
    for table in source.tables().await? {
        let description = source.describe(&table).await?;
        tables.insert(table, description);
    }
    Ok(tables)
}

/// Checks a definition's connector and options without opening anything.
pub fn check(create: &CreateSource) -> Result<(Arc<dyn onefold_connectors::Connector>, Options)> {
    // What the text alone says is wrong in itself; a variable that is not set may be set tomorrow.
    let wrong = |e: onefold_connectors::Error| Error { kind: ErrorKind::Invalid, ..Error::from(e) };
    let connector = onefold_connectors::connector(&create.connector.value).map_err(wrong)?;
    let unset = Cell::new(false);
    let resolve = |name: &str| {
        let value = std::env::var(name).ok();
        unset.set(unset.get() || value.is_none());
        value
    };
    let options = Options::check(connector.options(), &create.options, &resolve);
    let options = options.map_err(|e| if unset.get() { Error::from(e) } else { wrong(e) })?;
    Ok((connector, options))
}
