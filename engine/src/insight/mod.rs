//! Activities, measures and segments: relations that are stored text, planned at lookup.

pub mod activity;
pub mod customer_360;
pub mod materialized;
pub mod membership;
pub mod timeline;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use sqlparser::ast::{Ident, Query};

use crate::Result;
use crate::catalog::pending::PendingTable;
use crate::catalog::{Definition, SessionCatalog, Snapshot};
use crate::sql::{ObjectKind, sql_text};

/// The relation of a measure, segment or view: its query planned now, or what its last refresh stored.
pub async fn relation(
    catalog: &SessionCatalog,
    definition: &Definition,
    query: &Query,
    materialized: bool,
) -> Result<Arc<dyn TableProvider>> {
    let object = definition.object.to_string();
    if materialized {
        let path = materialized::path(&definition.object);
        if let Some(relation) = catalog.snapshot().state.relations.get(&path) {
            return catalog.engine().warehouse().relation(&path).provider(relation.version).await;
        }
        let schema = catalog.view(query).await.map_err(|e| e.elsewhere().on(object.clone()))?;
        return Ok(Arc::new(PendingTable::new(&object, schema.schema())));
    }
    catalog.view(query).await.map_err(|e| e.elsewhere().on(object))
}

/// The profile whose id column a relation has, if it has just one.
pub fn profile_of(snapshot: &Snapshot, table: &dyn TableProvider) -> Option<String> {
    let schema = table.schema();
    let mut found = snapshot
        .of_kind(ObjectKind::Profile)
        .filter(|d| schema.field_with_name(&format!("{}_id", d.object.name)).is_ok())
        .map(|d| d.object.name.clone());
    match (found.next(), found.next()) {
        (Some(profile), None) => Some(profile),
        _ => None,
    }
}

/// A query whose columns are renamed, as in `CREATE VIEW v (a, b) AS …`.
pub fn renamed(query: &Query, columns: &[Ident]) -> String {
    let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
    format!("SELECT * FROM ({}) AS v ({})", sql_text(query), names.join(", "))
}
