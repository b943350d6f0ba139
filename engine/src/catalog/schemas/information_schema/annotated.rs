//! `tables`, `columns` and `schemata` with a column more: the comment. MySQL and DuckDB call it so, too.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::error::Result as DFResult;
use datafusion::physical_plan::{ExecutionPlan, collect};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::boxed::{self, Asked, Relation};
use crate::catalog::comments;
use crate::catalog::provider::{CATALOG, SessionCatalog};

/// DataFusion's table of that name, with comments if it is one that has them.
pub(super) fn annotate(
    catalog: &SessionCatalog,
    name: &str,
    table: Arc<dyn TableProvider>,
) -> Result<Arc<dyn TableProvider>> {
    let (comment, about): (&str, &'static [&'static str]) = match name {
        "tables" => ("table_comment", &["table_schema", "table_name"]),
        "columns" => ("column_comment", &["table_schema", "table_name", "column_name"]),
        "schemata" => ("schema_comment", &["schema_name"]),
        _ => return Ok(table),
    };
    let mut fields = table.schema().fields().to_vec();
    fields.push(Arc::new(Field::new(comment, DataType::Utf8, true)));
    let schema = Arc::new(Schema::new(fields));
    let lists_relations = name == "tables";
    Ok(boxed::relation(Annotated { catalog: catalog.shared()?, table, about, lists_relations, schema }))
}

#[derive(Debug)]
struct Annotated {
    catalog: Arc<SessionCatalog>,
    table: Arc<dyn TableProvider>,
    about: &'static [&'static str],
    lists_relations: bool,
    schema: SchemaRef,
}

impl Annotated {
    fn comments(&self, rows: &RecordBatch) -> ArrayRef {
        let snapshot = self.catalog.snapshot();
        let names: Vec<Option<&StringArray>> = self
            .about
            .iter()
            .map(|name| rows.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()))
            .collect();
        let sources = self.catalog.engine().sources();
        let of = |row: usize| {
            let part = |n: usize| names[n].map_or("", |column| column.value(row));
            match names.len() {
                1 => comments::of_schema(&snapshot, part(0)),
                2 => comments::of_relation(&snapshot, part(0), part(1))
                    .or_else(|| sources.known(part(0), part(1))?.comment),
                _ => comments::of_column(&snapshot, part(0), part(1), part(2))
                    .or_else(|| sources.known(part(0), part(1))?.columns.remove(part(2))),
            }
        };
        Arc::new((0..rows.num_rows()).map(of).collect::<StringArray>())
    }
}

/// The tables of `information_schema` that DataFusion does not know.
fn own_tables(schema: &SchemaRef) -> Result<RecordBatch> {
    let names: Vec<String> = super::own().iter().map(|table| table.name().to_owned()).collect();
    let same = |text: &str| Arc::new(StringArray::from(vec![text; names.len()])) as ArrayRef;
    let columns = [
        same(CATALOG),
        same("information_schema"),
        Arc::new(StringArray::from_iter_values(&names)),
        same("VIEW"),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.to_vec())?)
}

impl Relation for Annotated {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let schema = self.table.schema();
            let mut rows =
                collect(self.table.scan(asked.state, None, &[], None).await?, asked.state.task_ctx()).await?;
            if self.lists_relations {
                rows.push(own_tables(&schema)?);
            }
            let rows = concat_batches(&schema, &rows)?;
            let mut columns = rows.columns().to_vec();
            columns.push(self.comments(&rows));
            let rows = RecordBatch::try_new(self.schema(), columns)?;
            asked.of(&MemTable::try_new(self.schema(), vec![vec![rows]])?).await
        })
    }
}
