//! Catalogs, schemas, tables and their columns: those that the client's user may read.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTables};
use datafusion::datasource::TableType;

use super::fields;
use super::tokens::Client;
use crate::Result;
use crate::catalog::{CATALOG, comments, schemas};

/// The types of tables.
pub(super) const TYPES: [&str; 2] = ["TABLE", "VIEW"];

/// The schemas that have a relation that may be read, with these relations.
async fn readable(client: &Client) -> Result<Vec<(String, Vec<String>)>> {
    let snapshot = client.session.begin().await?;
    let catalog = client.session.catalog();
    catalog.engine().sources().load_tables(&snapshot).await;
    let rights = catalog.rights();
    let names = schemas::names(&snapshot).into_iter().filter(|schema| rights.may_see(schema));
    Ok(names.map(|schema| (schema.clone(), catalog.readable(&schema))).collect())
}

pub(super) async fn schemas(client: &Client, command: CommandGetDbSchemas) -> Result<RecordBatch> {
    let mut builder = command.into_builder();
    for (schema, _) in readable(client).await? {
        builder.append(CATALOG, schema);
    }
    Ok(builder.build()?)
}

pub(super) async fn tables(client: &Client, command: CommandGetTables) -> Result<RecordBatch> {
    let mut builder = command.into_builder();
    let catalog = client.session.catalog();
    for (schema, relations) in readable(client).await? {
        for relation in relations {
            // A relation that cannot be planned now is left out, as in information_schema.
            let table = match catalog.relation(&schema, &relation).await {
                Ok(Some(table)) => table,
                Ok(None) => continue,
                Err(e) => {
                    tracing::warn!("{schema}.{relation} is left out of the list: {e}");
                    continue;
                }
            };
            let kind = if table.table_type() == TableType::View { TYPES[1] } else { TYPES[0] };
            let columns = if builder.include_schema() {
                let snapshot = client.session.snapshot();
                let comment = |column: &str| comments::of_column(&snapshot, &schema, &relation, column);
                fields::of_relation(&table.schema(), (&schema, &relation), comment)
            } else {
                Schema::empty().into()
            };
            builder.append(CATALOG, &schema, &relation, kind, &columns)?;
        }
    }
    Ok(builder.build()?)
}
