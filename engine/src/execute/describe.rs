//! `DESCRIBE kind name`: the columns of its relation; of a source, its tables. `DESCRIBE relation`: its columns.

use std::collections::BTreeMap;

use arrow::datatypes::Field;

use super::text_rows;
use crate::Result;
use crate::catalog::comments;
use crate::catalog::object::folded;
use crate::session::{Response, Session};
use crate::sql::{Describe, ObjectKind};

pub(super) async fn execute(session: &Session, describe: &Describe) -> Result<Response> {
    let snapshot = session.snapshot();
    let name = folded(&describe.name);
    let definition = snapshot.require(describe.kind, &name)?;
    if describe.kind == ObjectKind::Source {
        let open = session.engine().sources().open(definition).await?;
        let mut rows = Vec::new();
        for table in open.tables().await? {
            if let Some(relation) = session.catalog().relation(&name, &table).await? {
                let mut said = open.describe(&table).await?.columns;
                for field in relation.schema().fields() {
                    rows.push([
                        Some(table.clone()),
                        Some(field.name().clone()),
                        Some(field.data_type().to_string()),
                        Some(nullable(field).to_owned()),
                        comments::of_column(&snapshot, &name, &table, field.name())
                            .or_else(|| said.remove(field.name())),
                    ]);
                }
            }
        }
        return text_rows(["table_name", "column_name", "data_type", "is_nullable", "comment"], rows);
    }
    let schema = describe.kind.schema().unwrap_or("public");
    columns(session, schema, &name).await
}

/// The columns of a relation, with what they are.
pub(super) async fn columns(session: &Session, schema: &str, name: &str) -> Result<Response> {
    let relation = session.catalog().require(schema, name).await?;
    let (snapshot, columns) = (session.snapshot(), relation.schema());
    let mut said = match snapshot.get(ObjectKind::Source, schema) {
        Some(definition) => {
            let open = session.engine().sources().open(definition).await?;
            open.describe(name).await?.columns
        }
        None => BTreeMap::new(),
    };
    let rows = columns.fields().iter().map(|field| {
        [
            Some(field.name().clone()),
            Some(field.data_type().to_string()),
            Some(nullable(field).to_owned()),
            comments::of_column(&snapshot, schema, name, field.name()).or_else(|| said.remove(field.name())),
        ]
    });
    text_rows(["column_name", "data_type", "is_nullable", "comment"], rows.collect())
}

fn nullable(field: &Field) -> &'static str {
    if field.is_nullable() { "YES" } else { "NO" }
}
