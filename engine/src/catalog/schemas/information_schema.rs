//! `information_schema`: DataFusion's, over our catalog.

use std::sync::Arc;

use datafusion::catalog::information_schema::{INFORMATION_SCHEMA_TABLES, InformationSchemaProvider};
use datafusion::catalog::{CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider};

use crate::Result;
use crate::catalog::provider::{CATALOG, SessionCatalog, SessionCatalogHandle};

pub(super) fn names() -> Vec<String> {
    INFORMATION_SCHEMA_TABLES.iter().map(ToString::to_string).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let state = catalog.state()?;
    catalog.engine().sources().load_tables(&catalog.snapshot()).await;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs
        .register_catalog(CATALOG.to_owned(), Arc::new(SessionCatalogHandle::tolerant(catalog.shared()?)));
    let provider = InformationSchemaProvider::new(Arc::new(catalogs))
        .with_table_functions(state.table_functions().clone());
    Ok(provider.table(name).await?)
}
