//! What the catalog knows of a copy: it is kept with the freshness of its source, table by table.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::{CatalogState, ObjectRef, StoredRelation};
use crate::sql::ObjectKind;

/// A copy of a source's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// A digest of the source's definition.
    pub definition: String,
    /// A digest of the table's columns.
    pub columns: String,
    /// The columns that tell rows apart.
    pub key: Vec<String>,
    /// The version of the table that was read, if the source tells versions.
    pub version: Option<String>,
    /// Where the next changes begin; `None` if everything is read again.
    pub position: Option<String>,
    /// When the source was asked last.
    pub read_at: DateTime<Utc>,
    /// When rows of the copy changed last.
    pub changed_at: DateTime<Utc>,
    /// When all rows were read last.
    pub full_at: DateTime<Utc>,
    /// How many rows were read when it changed last.
    pub rows_read: u64,
}

impl CopyRecord {
    /// What stands for the copy's rows among the inputs of what reads them.
    pub fn as_input(&self) -> String {
        format!("as copied at {}", self.changed_at.to_rfc3339())
    }
}

/// Where a copy is in the warehouse.
pub fn path(source: &str, table: &str) -> String {
    format!("sources/{source}/{table}")
}

/// The copies of a source's tables, by table.
pub fn of_source<'a>(
    state: &'a CatalogState,
    source: &'a str,
) -> impl Iterator<Item = (&'a str, CopyRecord, &'a StoredRelation)> + 'a {
    let freshness = state.freshness.get(&ObjectRef::new(ObjectKind::Source, source).to_string());
    freshness.into_iter().flat_map(|f| &f.inputs).filter_map(move |(table, text)| {
        let stored = state.relations.get(&path(source, table))?;
        Some((table.as_str(), serde_json::from_str(text).ok()?, stored))
    })
}

/// The copy of one table.
pub fn of(state: &CatalogState, source: &str, table: &str) -> Option<(CopyRecord, StoredRelation)> {
    of_source(state, source)
        .find(|(name, ..)| *name == table)
        .map(|(_, record, stored)| (record, stored.clone()))
}
