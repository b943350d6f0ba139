//! `activities`: each activity by name, `timeline` with all of them, and `unlinked` with the records that belong
//! to nobody.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::snapshot::Snapshot;
use crate::insight::{activity, timeline};
use crate::sql::{ObjectKind, Statement};

pub(super) fn names(snapshot: &Snapshot) -> Vec<String> {
    let own = snapshot.of_kind(ObjectKind::Activity).map(|d| d.object.name.clone());
    own.chain([timeline::TIMELINE.to_owned(), timeline::UNLINKED.to_owned()]).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    match name {
        timeline::TIMELINE => return timeline::relation(catalog, true).await.map(Some),
        timeline::UNLINKED => return timeline::relation(catalog, false).await.map(Some),
        _ => {}
    }
    let Some(definition) = snapshot.get(ObjectKind::Activity, name) else { return Ok(None) };
    let Statement::CreateActivity(create) = &definition.statement else { return Ok(None) };
    activity::relation(catalog, &definition.object, create).await.map(Some)
}
