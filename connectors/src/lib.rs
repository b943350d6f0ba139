//! Connectors: customer data where it lives, as tables.
//!
//! A [`Connector`] is a kind of source, a [`Source`] an open one. Options are data ([`OptionSpec`]): parsing,
//! "did you mean", redaction and documentation follow from each connector's table. Every connector runs the
//! suite of [`conformance`].

pub mod changes;
pub mod conformance;
mod connector;
mod database;
pub mod delta;
mod error;
pub mod files;
pub mod http_json;
pub mod mysql;
mod nearest;
pub mod object;
pub mod odata;
mod options;
mod percent;
pub mod postgres;
pub mod sqlite;
mod store;
mod web;

use std::sync::Arc;

pub use changes::Changes;
pub use connector::{Connector, ForeignKey, OpenRequest, RejectedRecord, Source, TableDescription, Traffic};
pub use database::rules::physical_optimizer_rules;
pub use error::{Error, Result};
pub use options::{OptionSpec, OptionType, Options};

/// All connectors, sorted by name.
pub fn connectors() -> Vec<Arc<dyn Connector>> {
    vec![
        Arc::new(delta::Delta),
        Arc::new(files::Files),
        Arc::new(http_json::HttpJson),
        Arc::new(mysql::Mysql),
        Arc::new(odata::Odata),
        Arc::new(postgres::Postgres),
        Arc::new(sqlite::Sqlite),
    ]
}

/// The connector of a name, as in `TYPE files`.
///
/// # Errors
/// There is no connector of that name; the remedy lists those there are.
pub fn connector(name: &str) -> Result<Arc<dyn Connector>> {
    let known = connectors();
    let found = known.iter().find(|connector| connector.name().eq_ignore_ascii_case(name));
    found.cloned().ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|connector| connector.name()).collect();
        Error::new(format!("there is no source type {name}")).hint(nearest::did_you_mean(
            name,
            "the types are",
            names,
        ))
    })
}
