//! `system.rejected_records`: records that no relation holds, with the reason: those that do not fit the declared
//! columns of a source, and those whose key a profile cannot use.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, numbers, of_profiles, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::sql::ObjectKind;

#[derive(Debug)]
pub(super) struct RejectedRecords;

#[derive(Debug, Default)]
struct Rows {
    text: [Vec<Option<String>>; 6],
    line: Vec<Option<u64>>,
}

impl Rows {
    fn push(&mut self, text: [Option<String>; 6], line: Option<u64>) {
        for (column, value) in self.text.iter_mut().zip(text) {
            column.push(value);
        }
        self.line.push(line);
    }
}

impl SystemTable for RejectedRecords {
    fn name(&self) -> &'static str {
        "rejected_records"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("source", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("location", DataType::Utf8),
            ("line", DataType::Int64),
            ("column_name", DataType::Utf8),
            ("value", DataType::Utf8),
            ("reason", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let mut rows = Rows::default();
            let snapshot = catalog.snapshot();
            for definition in snapshot.of_kind(ObjectKind::Source) {
                let name = &definition.object.name;
                if let Err(e) = of_source(catalog, definition, &mut rows).await {
                    tracing::warn!("rejected records of {name} are left out: {e}");
                }
            }
            of_all_profiles(catalog, &mut rows).await?;
            let [source, table, location, column, value, reason] = rows.text;
            Ok(vec![
                texts(source),
                texts(table),
                texts(location),
                numbers(rows.line),
                texts(column),
                texts(value),
                texts(reason),
            ])
        })
    }
}

async fn of_source(
    catalog: &SessionCatalog,
    definition: &crate::catalog::Definition,
    rows: &mut Rows,
) -> Result<()> {
    let open = catalog.engine().sources().open(definition).await?;
    for table in open.tables().await? {
        // It tells values.
        if catalog.require_whole(&definition.object.name, &table).is_err() {
            continue;
        }
        for record in open.rejected(&table).await? {
            let source = Some(definition.object.name.clone());
            let text = [
                source,
                Some(table.clone()),
                Some(record.location),
                record.column,
                record.value,
                Some(record.reason),
            ];
            rows.push(text, record.line);
        }
    }
    Ok(())
}

/// Records of a profile stand under its name, in the table that its record source is.
async fn of_all_profiles(catalog: &SessionCatalog, rows: &mut Rows) -> Result<()> {
    let names = ["profile", "source", "line", "column_name", "value", "reason"];
    let columns =
        of_profiles::rows(catalog, "rejected", &schema_of(&names.map(|n| (n, DataType::Utf8)))).await?;
    let at = |column: usize, row: usize| {
        let column = columns[column].as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    for row in 0..columns[0].len() {
        let profile = at(0, row).map(|profile| format!("profile {profile}"));
        rows.push([profile, at(1, row), None, at(3, row), at(4, row), at(5, row)], None);
    }
    Ok(())
}
