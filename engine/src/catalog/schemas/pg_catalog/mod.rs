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
mod settings;
mod views;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion::catalog::TableProvider;

pub(crate) use functions::register;
pub(crate) use postgres::{FUNCTIONS, function_name, has_static};

use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::system::{SystemTable, made_on_scan};
use crate::serve::Settings;

use directory::Directory;
use listed::Listed;
use settings::PgSettings;

/// What is kept with a session.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    directory: Mutex<Option<Arc<Directory>>>,
    settings: OnceLock<Arc<Settings>>,
}

impl Kept {
    /// The numbered objects that were listed last.
    fn directory(&self) -> Option<Arc<Directory>> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_directory(&self, directory: Arc<Directory>) {
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some(directory);
    }

    /// The settings of the connection, if it is one of PostgreSQL's protocol.
    fn settings(&self) -> Option<&Arc<Settings>> {
        self.settings.get()
    }

    fn keep_settings(&self, settings: &Arc<Settings>) {
        self.settings.get_or_init(|| Arc::clone(settings));
    }
}

fn tables() -> Vec<Listed> {
    [relations::all(), attributes::all(), keys::all(), people::all(), views::all()]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether `pg_catalog` has a relation of this name.
pub(crate) fn has(name: &str) -> bool {
    name.starts_with("pg_") && (names().iter().any(|known| known == name) || has_static(name))
}

pub(super) fn names() -> Vec<String> {
    let made = tables().into_iter().map(|table| table.table_name().to_owned());
    made.chain([PgSettings.name().to_owned()]).collect()
}

pub(super) fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    if let Some(table) = tables().into_iter().find(|table| table.is(name)) {
        return made_on_scan(Arc::new(table), catalog).map(Some);
    }
    if name == PgSettings.name() {
        return made_on_scan(Arc::new(PgSettings), catalog).map(Some);
    }
    postgres::table(name)
}
