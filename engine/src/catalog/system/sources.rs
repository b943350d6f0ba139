//! `system.sources`: the tables of every source, or why it cannot be read.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, schema_of, texts};
use crate::Result;
use crate::catalog::{Definition, SessionCatalog};
use crate::sql::{ObjectKind, Statement};

#[derive(Debug)]
pub(super) struct Sources;

impl SystemTable for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("source", DataType::Utf8),
            ("connector", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("version", DataType::Utf8),
            ("error", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let mut rows: Vec<[Option<String>; 5]> = Vec::new();
            for definition in snapshot.of_kind(ObjectKind::Source) {
                let connector = match &definition.statement {
                    Statement::CreateSource(create) => Some(create.connector.value.to_lowercase()),
                    _ => None,
                };
                let name = Some(definition.object.name.clone());
                match tables(catalog, definition).await {
                    Ok(tables) => rows.extend(
                        tables.into_iter().map(|(t, v)| [name.clone(), connector.clone(), Some(t), v, None]),
                    ),
                    Err(e) => rows.push([name, connector, None, None, Some(e.to_string())]),
                }
            }
            Ok((0..5).map(|n| texts(rows.iter().map(|row| row[n].as_deref()))).collect())
        })
    }
}

async fn tables(catalog: &SessionCatalog, definition: &Definition) -> Result<Vec<(String, Option<String>)>> {
    let open = catalog.engine().sources().open(definition).await?;
    let mut out = Vec::new();
    for table in open.tables().await? {
        let version = open.version(&table).await?;
        out.push((table, version));
    }
    Ok(out)
}
