//! `information_schema.referential_constraints`: which primary key a foreign key leads to.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::keys::{self, Key};
use crate::catalog::provider::{CATALOG, SessionCatalog};
use crate::catalog::system::{SystemTable, schema_of, texts};

#[derive(Debug)]
pub(super) struct ReferentialConstraints;

impl SystemTable for ReferentialConstraints {
    fn name(&self) -> &'static str {
        "referential_constraints"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("constraint_catalog", DataType::Utf8),
            ("constraint_schema", DataType::Utf8),
            ("constraint_name", DataType::Utf8),
            ("unique_constraint_catalog", DataType::Utf8),
            ("unique_constraint_schema", DataType::Utf8),
            ("unique_constraint_name", DataType::Utf8),
            ("match_option", DataType::Utf8),
            ("update_rule", DataType::Utf8),
            ("delete_rule", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let keys: Vec<(Key, Key)> = keys::all(catalog)
                .await?
                .into_iter()
                .filter_map(|key| key.referenced().map(|primary| (key, primary)))
                .collect();
            let same = |text: &'static str| texts(keys.iter().map(|_| Some(text)));
            Ok(vec![
                same(CATALOG),
                texts(keys.iter().map(|(k, _)| Some(&k.schema))),
                texts(keys.iter().map(|(k, _)| Some(k.name()))),
                same(CATALOG),
                texts(keys.iter().map(|(_, p)| Some(&p.schema))),
                texts(keys.iter().map(|(_, p)| Some(p.name()))),
                same("NONE"),
                same("NO ACTION"),
                same("NO ACTION"),
            ])
        })
    }
}
