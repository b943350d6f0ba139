//! `segments`: each segment by name, and `membership`: who entered and left which, and when.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::snapshot::Snapshot;
use crate::insight;
use crate::sql::{ObjectKind, Statement};

const MEMBERSHIP: &str = "membership";

pub(super) fn names(snapshot: &Snapshot) -> Vec<String> {
    snapshot
        .of_kind(ObjectKind::Segment)
        .map(|d| d.object.name.clone())
        .chain([MEMBERSHIP.to_owned()])
        .collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    if name == MEMBERSHIP {
        return insight::membership::relation(catalog).await.map(Some);
    }
    let Some(definition) = snapshot.get(ObjectKind::Segment, name) else { return Ok(None) };
    let Statement::CreateSegment(create) = &definition.statement else { return Ok(None) };
    insight::relation(catalog, definition, &create.query, create.materialized).await.map(Some)
}
