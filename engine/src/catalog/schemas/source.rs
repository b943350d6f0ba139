//! One schema per source: its tables, read in place.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::sql::ObjectKind;

pub(super) async fn table(
    catalog: &SessionCatalog,
    source: &str,
    name: &str,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    let Some(definition) = snapshot.get(ObjectKind::Source, source) else { return Ok(None) };
    let open = catalog.engine().sources().open(definition).await?;
    let at = |e: onefold_connectors::Error| crate::Error::from(e).on(definition.object.to_string());
    let table = open.table(name).await.map_err(at)?;
    if table.is_none() {
        catalog.engine().sources().load_tables(&snapshot).await;
    }
    Ok(table)
}
