//! The schemas of the catalog, one file each: which relations they have and what a relation is.

mod activities;
mod information_schema;
mod measures;
pub(crate) mod pg_catalog;
mod predictions;
mod profiles;
mod public;
mod segments;
mod source;

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::pending::PendingTable;
use super::provider::SessionCatalog;
use super::snapshot::Snapshot;
use super::system;
use crate::Result;

pub use profiles::{RELATIONS as PROFILE_RELATIONS, merged_schema};

/// The schema of the user's own views.
pub const PUBLIC: &str = "public";

/// What PostgreSQL's clients ask of the catalog. It is not listed among the schemas.
pub const PG_CATALOG: &str = "pg_catalog";

const FIXED: [&str; 8] =
    ["activities", "information_schema", "measures", "predictions", "profiles", PUBLIC, "segments", "system"];

/// Names that a source cannot take.
pub fn reserved(name: &str) -> bool {
    FIXED.contains(&name) || matches!(name, "scratch" | PG_CATALOG)
}

/// The schemas: the stages of the pipeline and one per source.
pub fn names(snapshot: &Snapshot) -> Vec<String> {
    let mut names: Vec<String> = FIXED.iter().map(ToString::to_string).collect();
    names.extend(snapshot.source_names().into_iter().map(str::to_owned));
    names.sort();
    names
}

/// The relations of a schema, sorted.
pub fn table_names(catalog: &SessionCatalog, schema: &str) -> Vec<String> {
    let snapshot = catalog.snapshot();
    let mut names = match schema {
        "activities" => activities::names(&snapshot),
        "information_schema" => information_schema::names(),
        "measures" => measures::names(&snapshot),
        "predictions" => predictions::names(&snapshot),
        "profiles" => profiles::names(&snapshot),
        PG_CATALOG => pg_catalog::names(),
        PUBLIC => public::names(catalog, &snapshot),
        "segments" => segments::names(&snapshot),
        "system" => system::names(),
        source => catalog.engine().sources().known_tables(source),
    };
    names.sort();
    names
}

/// A relation by schema and name, or `None`.
pub async fn table(
    catalog: &SessionCatalog,
    schema: &str,
    name: &str,
) -> Result<Option<Arc<dyn TableProvider>>> {
    match schema {
        "activities" => activities::table(catalog, name).await,
        "information_schema" => information_schema::table(catalog, name).await,
        "measures" => measures::table(catalog, name).await,
        "predictions" => predictions::table(catalog, name).await,
        "profiles" => profiles::table(catalog, name).await,
        PG_CATALOG => pg_catalog::table(catalog, name),
        PUBLIC => public::table(catalog, name).await,
        "segments" => segments::table(catalog, name).await,
        "system" => Ok(system::table(catalog, name)),
        source => source::table(catalog, source, name).await,
    }
}

/// The stored relation at a path, or one that says that it has to be refreshed first.
async fn stored(
    catalog: &SessionCatalog,
    path: &str,
    object: &str,
    schema: arrow::datatypes::SchemaRef,
) -> Result<Arc<dyn TableProvider>> {
    match catalog.snapshot().state.relations.get(path) {
        Some(relation) => catalog.engine().warehouse().relation(path).provider(relation.version).await,
        None => Ok(Arc::new(PendingTable::new(object, schema))),
    }
}
