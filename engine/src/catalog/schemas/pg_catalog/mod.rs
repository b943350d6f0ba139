//! `pg_catalog`: what PostgreSQL's clients ask of the catalog, for what the session's user may read.
//!
//! The relations, keys and comments are ours (`relations.rs`, `attributes.rs`, `keys.rs`, `people.rs`, `views.rs`), over
//! one directory of numbered objects; types, functions and operators are PostgreSQL's own; the rest is there and empty.

mod attributes;
mod columns;
pub(crate) mod directory;
mod functions;
mod keys;
mod listed;
mod people;
mod postgres;
mod relations;
mod views;

use std::sync::Arc;

use datafusion::catalog::TableProvider;

pub(crate) use functions::register;
pub(crate) use postgres::{FUNCTIONS, function_name, has_static};

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::system::made_on_scan;

use listed::Listed;

fn tables() -> Vec<Listed> {
    [relations::all(), attributes::all(), keys::all(), people::all(), views::all()]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether `pg_catalog` has a relation of this name.
pub(crate) fn has(name: &str) -> bool {
    name.starts_with("pg_") && (tables().iter().any(|t| t.is(name)) || has_static(name))
}

pub(super) fn names() -> Vec<String> {
    tables().iter().map(|table| table.table_name().to_owned()).collect()
}

pub(super) fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    if let Some(table) = tables().into_iter().find(|table| table.is(name)) {
        return made_on_scan(Arc::new(table), catalog).map(Some);
    }
    postgres::table(name)
}
