//! `measures`: each measure by name.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::snapshot::Snapshot;
use crate::insight;
use crate::sql::{ObjectKind, Statement};

pub(super) fn names(snapshot: &Snapshot) -> Vec<String> {
    snapshot.of_kind(ObjectKind::Measure).map(|d| d.object.name.clone()).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    let Some(definition) = snapshot.get(ObjectKind::Measure, name) else { return Ok(None) };
    let Statement::CreateMeasure(create) = &definition.statement else { return Ok(None) };
    insight::relation(catalog, definition, &create.query, create.materialized).await.map(Some)
}
