//! `system.sources`: the tables of every source, or why it cannot be read.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use onefold_connectors::Traffic;

use super::{SystemTable, numbers, schema_of, texts};
use crate::catalog::{Definition, SessionCatalog};
use crate::sql::{ObjectKind, Statement};
use crate::{Error, Result};

/// So many sources are asked side by side.
const SIDE_BY_SIDE: usize = 16;

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
            // One that does not answer holds up only itself.
            let asked = snapshot.of_kind(ObjectKind::Source).map(|definition| of_source(catalog, definition));
            let asked: Vec<_> = asked.collect();
            let rows: Vec<Vec<Row>> = stream::iter(asked).buffered(SIDE_BY_SIDE).collect().await;
            let rows: Vec<Row> = rows.into_iter().flatten().collect();
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

/// The tables of a source, or one row that says why they cannot be told.
async fn of_source(catalog: &SessionCatalog, definition: &Definition) -> Vec<Row> {
    let connector = match &definition.statement {
        Statement::CreateSource(create) => Some(create.connector.value.to_lowercase()),
        _ => None,
    };
    let row = |table, version: Result<Option<String>>, traffic: &Traffic| Row {
        source: definition.object.name.clone(),
        connector: connector.clone(),
        table,
        state: if version.is_ok() { "ready" } else { "failed" },
        error: version.as_ref().err().map(ToString::to_string),
        version: version.ok().flatten(),
        traffic: traffic.clone(),
    };
    let open = match catalog.engine().sources().open(definition).await {
        Ok(open) => open,
        Err(e) => return vec![row(None, Err(e), &Traffic::default())],
    };
    let names = match open.tables().await {
        Ok(names) => names,
        Err(e) => return vec![row(None, Err(e.into()), &open.traffic())],
    };
    let mut rows = Vec::with_capacity(names.len());
    for name in names {
        let version = open.version(&name).await;
        rows.push(row(Some(name), version.map_err(Error::from), &open.traffic()));
    }
    rows
}
