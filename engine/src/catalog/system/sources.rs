//! `system.sources`: the tables of every source, or why it cannot be read.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;
use onefold_connectors::Traffic;

use super::{SystemTable, numbers, schema_of, texts};
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
            ("state", DataType::Utf8),
            ("rows_read", DataType::Int64),
            ("bytes_read", DataType::Int64),
            ("last_error", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let mut rows: Vec<Row> = Vec::new();
            for definition in snapshot.of_kind(ObjectKind::Source) {
                let connector = match &definition.statement {
                    Statement::CreateSource(create) => Some(create.connector.value.to_lowercase()),
                    _ => None,
                };
                let found = tables(catalog, definition).await;
                let traffic = match catalog.engine().sources().open(definition).await {
                    Ok(open) => open.traffic(),
                    Err(_) => Traffic::default(),
                };
                let row = |table, version, error: Option<String>| Row {
                    source: definition.object.name.clone(),
                    connector: connector.clone(),
                    table,
                    version,
                    state: if error.is_none() { "ready" } else { "failed" },
                    error,
                    traffic: traffic.clone(),
                };
                match found {
                    Ok(tables) => rows.extend(tables.into_iter().map(|(t, v)| row(Some(t), v, None))),
                    Err(e) => rows.push(row(None, None, Some(e.to_string()))),
                }
            }
            Ok(vec![
                texts(rows.iter().map(|row| Some(&row.source))),
                texts(rows.iter().map(|row| row.connector.as_ref())),
                texts(rows.iter().map(|row| row.table.as_ref())),
                texts(rows.iter().map(|row| row.version.as_ref())),
                texts(rows.iter().map(|row| row.error.as_ref())),
                texts(rows.iter().map(|row| Some(row.state))),
                numbers(rows.iter().map(|row| Some(row.traffic.rows))),
                numbers(rows.iter().map(|row| Some(row.traffic.bytes))),
                texts(rows.iter().map(|row| row.traffic.last_error.as_ref())),
            ])
        })
    }
}

struct Row {
    source: String,
    connector: Option<String>,
    table: Option<String>,
    version: Option<String>,
    error: Option<String>,
    state: &'static str,
    traffic: Traffic,
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
