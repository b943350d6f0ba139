//! `information_schema.key_column_usage`: the columns of keys.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::keys::{self, Key};
use crate::catalog::provider::{CATALOG, SessionCatalog};
use crate::catalog::system::{SystemTable, numbers, schema_of, texts};

#[derive(Debug)]
pub(super) struct KeyColumnUsage;

impl SystemTable for KeyColumnUsage {
    fn name(&self) -> &'static str {
        "key_column_usage"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("constraint_catalog", DataType::Utf8),
            ("constraint_schema", DataType::Utf8),
            ("constraint_name", DataType::Utf8),
            ("table_catalog", DataType::Utf8),
            ("table_schema", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("column_name", DataType::Utf8),
            ("ordinal_position", DataType::Int64),
            ("position_in_unique_constraint", DataType::Int64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let keys = keys::all(catalog).await?;
            let rows: Vec<(&Key, u64, &String)> =
                keys.iter().flat_map(|key| (1..).zip(&key.columns).map(move |(n, c)| (key, n, c))).collect();
            let same = |text: &'static str| texts(rows.iter().map(|_| Some(text)));
            Ok(vec![
                same(CATALOG),
                texts(rows.iter().map(|(k, ..)| Some(&k.schema))),
                texts(rows.iter().map(|(k, ..)| Some(k.name()))),
                same(CATALOG),
                texts(rows.iter().map(|(k, ..)| Some(&k.schema))),
                texts(rows.iter().map(|(k, ..)| Some(&k.relation))),
                texts(rows.iter().map(|(_, _, column)| Some(column))),
                numbers(rows.iter().map(|(_, place, _)| Some(*place))),
                numbers(rows.iter().map(|(k, place, _)| k.references.as_ref().map(|_| *place))),
            ])
        })
    }
}
