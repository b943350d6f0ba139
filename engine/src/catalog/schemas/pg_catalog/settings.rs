//! `pg_settings`: the settings of the connection.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use futures::future::BoxFuture;

use super::columns::{Of, Row};
use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::system::SystemTable;

const COLUMNS: [&str; 10] = [
    "name",
    "setting",
    "unit",
    "category",
    "short_desc",
    "context",
    "vartype",
    "source",
    "boot_val",
    "reset_val",
];

/// The relation.
#[derive(Debug)]
pub(super) struct PgSettings;

impl SystemTable for PgSettings {
    fn name(&self) -> &'static str {
        "pg_settings"
    }

    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(COLUMNS.map(|name| Of::Text.field(name)).to_vec() as Vec<Field>))
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let settings = catalog.pg_catalog().settings().map_or_else(Vec::new, |settings| settings.all());
            let row = |(name, value): &(String, String)| -> Row {
                vec![
                    ("name", name.as_str().into()),
                    ("setting", value.as_str().into()),
                    ("context", "user".into()),
                    ("vartype", "string".into()),
                    ("source", "default".into()),
                    ("reset_val", value.as_str().into()),
                ]
            };
            let rows: Vec<Row> = settings.iter().map(row).collect();
            COLUMNS.iter().map(|name| Of::Text.array(name, &rows)).collect()
        })
    }
}
