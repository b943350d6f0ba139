//! `DESCRIBE kind name`: the columns of its relation; of a source, its tables.

use super::text_rows;
use crate::catalog::object::folded;
use crate::session::{Response, Session};
use crate::sql::{Describe, ObjectKind};
use crate::{Error, Result};

pub(super) async fn execute(session: &Session, describe: &Describe) -> Result<Response> {
    let snapshot = session.snapshot();
    let name = folded(&describe.name);
    let definition = snapshot.require(describe.kind, &name)?;
    if describe.kind == ObjectKind::Source {
        let open = session.engine().sources().open(definition).await?;
        let mut rows = Vec::new();
        for table in open.tables().await? {
            if let Some(relation) = session.catalog().relation(&name, &table).await? {
                for field in relation.schema().fields() {
                    rows.push([
                        Some(table.clone()),
                        Some(field.name().clone()),
                        Some(field.data_type().to_string()),
                        Some(if field.is_nullable() { "YES" } else { "NO" }.to_owned()),
                    ]);
                }
            }
        }
        return text_rows(["table_name", "column_name", "data_type", "is_nullable"], rows);
    }
    let schema = describe.kind.schema().unwrap_or("public");
    let relation = session.catalog().relation(schema, &name).await?;
    let relation =
        relation.ok_or_else(|| Error::internal("has no relation").on(definition.object.to_string()))?;
    let columns = relation.schema();
    let rows = columns.fields().iter().map(|field| {
        let nullable = if field.is_nullable() { "YES" } else { "NO" };
        [Some(field.name().clone()), Some(field.data_type().to_string()), Some(nullable.to_owned())]
    });
    text_rows(["column_name", "data_type", "is_nullable"], rows.collect())
}
