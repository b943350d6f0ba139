//! `information_schema.constraint_column_usage`: the columns that a primary key has or a foreign key leads to.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::keys;
use crate::catalog::provider::{CATALOG, SessionCatalog};
use crate::catalog::system::{SystemTable, schema_of, texts};

#[derive(Debug)]
pub(super) struct ConstraintColumnUsage;

impl SystemTable for ConstraintColumnUsage {
    fn name(&self) -> &'static str {
        "constraint_column_usage"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("table_catalog", DataType::Utf8),
            ("table_schema", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("column_name", DataType::Utf8),
            ("constraint_catalog", DataType::Utf8),
            ("constraint_schema", DataType::Utf8),
            ("constraint_name", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let mut rows: Vec<[String; 5]> = Vec::new();
            for key in keys::all(catalog).await? {
                let of = key.referenced().unwrap_or_else(|| key.clone());
                for column in of.columns {
                    rows.push([
                        of.schema.clone(),
                        of.relation.clone(),
                        column,
                        key.schema.clone(),
                        key.name(),
                    ]);
                }
            }
            let column = |n: usize| texts(rows.iter().map(|row| Some(&row[n])));
            let catalog = || texts(rows.iter().map(|_| Some(CATALOG)));
            Ok(vec![catalog(), column(0), column(1), column(2), catalog(), column(3), column(4)])
        })
    }
}
