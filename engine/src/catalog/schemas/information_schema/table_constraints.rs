//! `information_schema.table_constraints`: primary and foreign keys.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::keys;
use crate::catalog::provider::{CATALOG, SessionCatalog};
use crate::catalog::system::{SystemTable, schema_of, texts};

#[derive(Debug)]
pub(super) struct TableConstraints;

impl SystemTable for TableConstraints {
    fn name(&self) -> &'static str {
        "table_constraints"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("constraint_catalog", DataType::Utf8),
            ("constraint_schema", DataType::Utf8),
            ("constraint_name", DataType::Utf8),
            ("table_catalog", DataType::Utf8),
            ("table_schema", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("constraint_type", DataType::Utf8),
            ("is_deferrable", DataType::Utf8),
            ("initially_deferred", DataType::Utf8),
            ("enforced", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let keys = keys::all(catalog).await?;
            let same = |text: &'static str| texts(keys.iter().map(|_| Some(text)));
            let r#type =
                |key: &keys::Key| if key.references.is_some() { "FOREIGN KEY" } else { "PRIMARY KEY" };
            Ok(vec![
                same(CATALOG),
                texts(keys.iter().map(|k| Some(&k.schema))),
                texts(keys.iter().map(|k| Some(k.name()))),
                same(CATALOG),
                texts(keys.iter().map(|k| Some(&k.schema))),
                texts(keys.iter().map(|k| Some(&k.relation))),
                texts(keys.iter().map(|k| Some(r#type(k)))),
                same("NO"),
                same("NO"),
                texts(keys.iter().map(|k| Some(if k.enforced { "YES" } else { "NO" }))),
            ])
        })
    }
}
