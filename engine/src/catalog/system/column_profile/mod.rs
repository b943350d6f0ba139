//! `system.column_profile`: what the columns of the sources hold. The tables are read when it is asked; a condition
//! on `source`, `table_name` or `column_name` keeps the others from being read.

mod columns;
mod kind;
mod meaning;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::boxed::{Asked, Relation};
use crate::catalog::{Definition, SessionCatalog};
use crate::sql::ObjectKind;

use columns::{Described, batch};

/// The table's name.
pub(super) const NAME: &str = "column_profile";

/// The table.
#[derive(Debug)]
pub(super) struct ColumnProfile {
    catalog: Arc<SessionCatalog>,
}

impl ColumnProfile {
    pub(super) fn new(catalog: &SessionCatalog) -> Result<Self> {
        Ok(Self { catalog: catalog.shared()? })
    }
}

/// Which columns are asked for; `None` is all.
#[derive(Debug, Default)]
struct Wanted {
    source: Option<String>,
    table: Option<String>,
    column: Option<String>,
}

impl Wanted {
    fn new(filters: &[Expr]) -> Self {
        let mut wanted = Self::default();
        for (column, value) in filters.iter().filter_map(equality) {
            match column {
                "source" => wanted.source = Some(value),
                "table_name" => wanted.table = Some(value),
                "column_name" => wanted.column = Some(value),
                _ => {}
            }
        }
        wanted
    }
}

/// A column and the text that it must equal.
fn equality(filter: &Expr) -> Option<(&str, String)> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = filter else { return None };
    let (column, value) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) | (Expr::Literal(value, _), Expr::Column(column)) => {
            (column, value)
        }
        _ => return None,
    };
    match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => Some((column.name(), text.clone())),
        _ => None,
    }
}

/// A value and how often it is there.
fn frequent() -> Fields {
    Fields::from(vec![Field::new("value", DataType::Utf8, true), Field::new("count", DataType::Int64, true)])
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let count = |name: &str| Field::new(name, DataType::Int64, true);
    let item = Field::new_list_field(DataType::Struct(frequent()), true);
    Arc::new(Schema::new(vec![
        text("source"),
        text("table_name"),
        text("column_name"),
        text("data_type"),
        text("kind"),
        text("meaning"),
        Field::new("is_key", DataType::Boolean, true),
        count("rows"),
        count("nulls"),
        count("distinct_values"),
        text("min"),
        text("max"),
        Field::new("quantiles", DataType::new_list(DataType::Float64, true), true),
        Field::new("average_length", DataType::Float64, true),
        Field::new("frequent_values", DataType::List(Arc::new(item)), true),
    ]))
}

impl Relation for ColumnProfile {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let schema = schema();
            let Asked { state, projection, filters, .. } = asked;
            let wanted = Wanted::new(filters);
            let asked =
                |name: &str| projection.is_none_or(|p| p.iter().any(|n| schema.field(*n).name() == name));
            let mut described = Vec::new();
            for definition in self.catalog.snapshot().of_kind(ObjectKind::Source) {
                let source = &definition.object.name;
                if wanted.source.as_ref().is_some_and(|s| s != source) {
                    continue;
                }
                match self.source(definition, &wanted, &asked).await {
                    Ok(columns) => described.extend(columns),
                    Err(e) if wanted.source.is_none() => {
                        tracing::warn!("the columns of {source} are left out: {e}")
                    }
                    Err(e) => return Err(e.into()),
                }
            }
            let rows: RecordBatch = batch(&schema, &described)?;
            MemTable::try_new(schema, vec![vec![rows]])?.scan(state, projection, &[], None).await
        })
    }

    fn filter(&self, _: &Expr) -> TableProviderFilterPushDown {
        // What is left is filtered again: a source that is out of reach must not hide behind a condition.
        TableProviderFilterPushDown::Inexact
    }
}

impl ColumnProfile {
    async fn source(
        &self,
        definition: &Definition,
        wanted: &Wanted,
        asked: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<Described>> {
        let source = &definition.object.name;
        let open = self.catalog.engine().sources().open(definition).await?;
        let mut described = Vec::new();
        for table in open.tables().await? {
            if wanted.table.as_ref().is_some_and(|t| *t != table) {
                continue;
            }
            // It tells values.
            if self.catalog.require_whole(source, &table).is_err() {
                continue;
            }
            let Some(relation) = self.catalog.relation(source, &table).await? else { continue };
            let fields: Vec<_> = relation.schema().fields().iter().cloned().collect();
            let fields =
                fields.into_iter().filter(|f| wanted.column.as_ref().is_none_or(|c| c == f.name())).collect();
            let of = columns::Table { catalog: &self.catalog, source, name: &table, fields };
            described.extend(of.describe(asked).await?);
        }
        Ok(described)
    }
}
