//! `information_schema`: DataFusion's over our catalog, with comments, and the tables of the standard that tell of
//! keys.

mod annotated;
mod character_sets;
mod constraint_column_usage;
mod key_column_usage;
mod referential_constraints;
mod table_constraints;

use std::sync::Arc;

use datafusion::catalog::information_schema::{INFORMATION_SCHEMA_TABLES, InformationSchemaProvider};
use datafusion::catalog::{CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider};

use crate::Result;
use crate::catalog::provider::{CATALOG, Names, SessionCatalog, SessionCatalogHandle};
use crate::catalog::system::{SystemTable, made_on_scan};

fn own() -> Vec<Arc<dyn SystemTable>> {
    vec![
        Arc::new(character_sets::CharacterSets),
        Arc::new(constraint_column_usage::ConstraintColumnUsage),
        Arc::new(key_column_usage::KeyColumnUsage),
        Arc::new(referential_constraints::ReferentialConstraints),
        Arc::new(table_constraints::TableConstraints),
    ]
}

pub(super) fn names() -> Vec<String> {
    let own = own().into_iter().map(|table| table.name().to_owned());
    INFORMATION_SCHEMA_TABLES.iter().map(ToString::to_string).chain(own).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    if let Some(table) = own().into_iter().find(|table| table.name() == name) {
        return made_on_scan(table, catalog).map(Some);
    }
    let state = catalog.state()?;
    catalog.engine().sources().load_tables(&catalog.snapshot()).await;
    let catalogs = MemoryCatalogProviderList::new();
    let listed = SessionCatalogHandle::new(catalog.shared()?, Names::Listed);
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(listed));
    let provider = InformationSchemaProvider::new(Arc::new(catalogs))
        .with_table_functions(state.table_functions().clone());
    match provider.table(name).await? {
        Some(table) => annotated::annotate(catalog, name, table).map(Some),
        None => Ok(None),
    }
}
