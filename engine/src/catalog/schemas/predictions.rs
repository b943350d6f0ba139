//! `predictions`: the scores of each prediction by name, and its reasons as `name_factors`.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::Result;
use crate::catalog::dependencies::prediction_relation;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::snapshot::Snapshot;
use crate::prediction;
use crate::sql::{ObjectKind, Statement};

pub(super) fn names(snapshot: &Snapshot) -> Vec<String> {
    let of = |name: &str| [name.to_owned(), format!("{name}_factors")];
    snapshot.of_kind(ObjectKind::Prediction).flat_map(|d| of(&d.object.name)).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    let Some((prediction, relation)) = prediction_relation(&snapshot, name) else { return Ok(None) };
    let Some(definition) = snapshot.get(ObjectKind::Prediction, prediction) else { return Ok(None) };
    let Statement::CreatePrediction(create) = &definition.statement else { return Ok(None) };
    prediction::relation::relation(catalog, definition, create, relation == "factors").await.map(Some)
}
