//! A relation of the catalog: its columns, and how its rows come from the directory.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use futures::future::BoxFuture;

use super::columns::{Of, Row};
use super::directory::{self, Directory};
use crate::Result;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::system::SystemTable;

/// A relation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Of)],
    pub(super) rows: fn(&Directory) -> Vec<Row>,
}

impl Listed {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn table_name(&self) -> &'static str {
        self.name
    }
}

impl SystemTable for Listed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self.columns.iter().map(|(name, of)| of.field(name)).collect();
        Arc::new(Schema::new(fields))
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let directory = directory::of(catalog).await?;
            let rows = (self.rows)(&directory);
            self.columns.iter().map(|(name, of)| of.array(name, &rows)).collect()
        })
    }
}
