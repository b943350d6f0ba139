//! `public`: the user's views and the session's own tables.

use std::sync::Arc;

use datafusion::catalog::{SchemaProvider, TableProvider};

use crate::Result;
use crate::catalog::provider::{SessionCatalog, parse_query};
use crate::catalog::snapshot::Snapshot;
use crate::insight;
use crate::sql::{ObjectKind, Statement};

pub(super) fn names(catalog: &SessionCatalog, snapshot: &Snapshot) -> Vec<String> {
    let views = snapshot.of_kind(ObjectKind::View).map(|d| d.object.name.clone());
    views.chain(catalog.session_tables().table_names()).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    if let Some(table) = catalog.session_tables().table(name).await? {
        return Ok(Some(table));
    }
    let snapshot = catalog.snapshot();
    let Some(definition) = snapshot.get(ObjectKind::View, name) else { return Ok(None) };
    let Statement::CreateView(create) = &definition.statement else { return Ok(None) };
    let query = match create.columns.as_slice() {
        [] => create.query.as_ref().clone(),
        columns => parse_query(&insight::renamed(&create.query, columns))?,
    };
    insight::relation(catalog, definition, &query, create.materialized).await.map(Some)
}
