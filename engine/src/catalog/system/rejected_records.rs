//! `system.rejected_records`: records that no relation holds, with the reason: those that do not fit the declared
//! columns of a source, and those whose key a profile cannot use.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;

use super::{SystemTable, numbers, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::identity::profile::Profile;
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

#[async_trait]
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

    async fn rows(&self, catalog: &SessionCatalog) -> Result<Vec<ArrayRef>> {
        let mut rows = Rows::default();
        let snapshot = catalog.snapshot();
        for definition in snapshot.of_kind(ObjectKind::Source) {
            let name = &definition.object.name;
            if let Err(e) = of_source(catalog, definition, &mut rows).await {
                tracing::warn!("rejected records of {name} are left out: {e}");
            }
        }
        for definition in snapshot.of_kind(ObjectKind::Profile) {
            of_profile(catalog, &definition.object.name, &mut rows).await?;
        }
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
    }
}

async fn of_source(
    catalog: &SessionCatalog,
    definition: &crate::catalog::Definition,
    rows: &mut Rows,
) -> Result<()> {
    let open = catalog.engine().sources().open(definition).await?;
    for table in open.tables().await? {
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
async fn of_profile(catalog: &SessionCatalog, profile: &str, rows: &mut Rows) -> Result<()> {
    let path = Profile::path(profile, "rejected");
    let Some(relation) = catalog.snapshot().state.relations.get(&path).cloned() else { return Ok(()) };
    let provider = catalog.engine().warehouse().relation(&path).provider(relation.version).await?;
    let ctx = datafusion::prelude::SessionContext::new_with_state(catalog.state()?);
    for batch in ctx.read_table(provider)?.collect().await? {
        let text = |n: usize| -> Result<ArrayRef> { Ok(cast(batch.column(n), &DataType::Utf8)?) };
        let (source, column, value, reason) = (text(0)?, text(2)?, text(3)?, text(4)?);
        let at = |array: &ArrayRef, row: usize| {
            array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            let own = [
                Some(format!("profile {profile}")),
                at(&source, row),
                None,
                at(&column, row),
                at(&value, row),
                at(&reason, row),
            ];
            rows.push(own, None);
        }
    }
    Ok(())
}
