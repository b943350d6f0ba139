//! `predictions.x` and `predictions.x_factors`.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::method;
use super::task::{factors_schema, scores_schema};
use super::{factors_path, path};
use crate::Result;
use crate::catalog::object::folded;
use crate::catalog::pending::PendingTable;
use crate::catalog::{Definition, SessionCatalog};
use crate::sql::CreatePrediction;

/// The stored scores, or with `factors` their reasons.
pub async fn relation(
    catalog: &SessionCatalog,
    definition: &Definition,
    create: &CreatePrediction,
    factors: bool,
) -> Result<Arc<dyn TableProvider>> {
    let name = &definition.object.name;
    let path = if factors { factors_path(name) } else { path(name) };
    if let Some(stored) = catalog.snapshot().state.relations.get(&path) {
        return catalog.engine().warehouse().relation(&path).provider(stored.version).await;
    }
    let id = format!("{}_id", folded(&create.profile));
    let object = definition.object.to_string();
    let schema = if factors {
        factors_schema(&id)
    } else {
        scores_schema(method::find(&folded(&create.method)).map_err(|e| e.on(object.clone()))?, &id)
    };
    Ok(Arc::new(PendingTable::new(&object, schema)))
}
