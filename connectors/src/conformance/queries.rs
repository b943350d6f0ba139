//! Checks of what a table yields, compared with a local copy.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use super::{Suite, equal, failed, failure, people};
use crate::{Result, Source};

/// The columns of a row as text.
pub(super) type Row = Vec<Option<String>>;

pub(super) async fn types(source: &dyn Source) -> Result<()> {
    let check = "types";
    for table in ["people", "nobody"] {
        let schema = provider(check, source, table).await?.schema();
        let shown = |schema: &Schema| {
            let fields = schema.fields().iter();
            fields.map(|field| format!("{} {}", field.name(), kind(field.data_type()))).collect::<Vec<_>>()
        };
        equal(check, &format!("the columns of {table}"), &shown(&schema), &shown(&people()?.schema()))?;
    }
    Ok(())
}

pub(super) async fn values(suite: Suite<'_>) -> Result<()> {
    compare("values", suite, "all rows", Ok).await
}

pub(super) async fn projection(suite: Suite<'_>) -> Result<()> {
    for columns in [&["name"][..], &["seen", "id"], &["active", "score", "born", "active"][..3]] {
        let what = format!("the columns {columns:?}");
        compare("projection", suite, &what, |frame| frame.select_columns(columns)).await?;
    }
    let computed = |frame: DataFrame| frame.select([(col("id") + lit(1)).alias("next"), col("name")]);
    compare("projection", suite, "a computed column", computed).await
}

pub(super) async fn count(suite: Suite<'_>) -> Result<()> {
    let Suite { source, .. } = suite;
    let check = "count";
    let context = SessionContext::new();
    let table = provider(check, source, "people").await?;
    let frame = context.read_table(Arc::clone(&table)).map_err(failed(check))?;
    let rows = people()?.num_rows();
    equal(check, "count(*)", &frame.count().await.map_err(failed(check))?, &rows)?;
    let plan = table.scan(&context.state(), Some(&vec![]), &[], None).await.map_err(failed(check))?;
    let batches = collect(plan, context.task_ctx()).await.map_err(failed(check))?;
    let counted: usize = batches.iter().map(RecordBatch::num_rows).sum();
    equal(check, "the rows of a scan without columns", &counted, &rows)?;
    let nulls = |frame: DataFrame| {
        frame.aggregate(vec![], vec![datafusion::functions_aggregate::expr_fn::count(col("name"))])
    };
    compare(check, suite, "count(name)", nulls).await
}

pub(super) async fn filters(suite: Suite<'_>) -> Result<()> {
    let born = |days| lit(ScalarValue::Date32(Some(days)));
    let seen = |micros| lit(ScalarValue::TimestampMicrosecond(Some(micros), None));
    let filters: Vec<Expr> = vec![
        col("id").eq(lit(2i64)),
        col("id").not_eq(lit(2i64)),
        col("id").gt(lit(2i64)).and(col("id").lt_eq(lit(5i64))),
        col("id").between(lit(2i64), lit(3i64)),
        col("id").in_list(vec![lit(1i64), lit(6i64), lit(99i64)], false),
        col("id").in_list(vec![lit(1i64), lit(6i64)], true),
        col("id").eq(lit(-1i64)),
        col("name").eq(lit("Ada Lovelace")),
        col("name").not_eq(lit("Ada Lovelace")),
        col("name").eq(lit("Zoë 张伟 O'Brien")),
        col("name").gt(lit("Z")),
        col("name").like(lit("%a%")),
        col("name").like(lit("%50\\% off\\_x")),
        col("name").is_null(),
        col("name").is_not_null(),
        col("score").lt(lit(1.0)),
        col("score").eq(lit(1e10)),
        col("active"),
        !col("active"),
        col("active").is_null(),
        col("born").lt(born(0)),
        col("born").eq(born(19_782)),
        col("seen").gt_eq(seen(0)),
        col("seen").eq(seen(1_706_695_200_250_000)),
        col("id").eq(lit(1i64)).or(col("name").is_null()),
        (col("id") % lit(2i64)).eq(lit(0i64)),
    ];
    for filter in filters {
        let what = format!("the rows where {filter}");
        compare("filters", suite, &what, |frame| frame.filter(filter.clone())).await?;
        let what = format!("count(*) where {filter}");
        let counted = |frame: DataFrame| frame.filter(filter.clone())?.select([col("active")]);
        compare("filters", suite, &what, counted).await?;
    }
    Ok(())
}

pub(super) async fn limit(suite: Suite<'_>) -> Result<()> {
    let Suite { source, .. } = suite;
    let check = "limit";
    let all = rows_of(check, source, "people").await?;
    for (limit, expected) in [(0, 0), (1, 1), (2, 2), (all.len(), all.len()), (all.len() + 1, all.len())] {
        let limited = frame(check, source, "people").await?.limit(0, Some(limit)).map_err(failed(check))?;
        let found = rows(check, limited).await?;
        equal(check, &format!("the number of rows with LIMIT {limit}"), &found.len(), &expected)?;
        if let Some(stray) = found.iter().find(|row| !all.contains(row)) {
            return Err(failure(check, format!("LIMIT {limit} yields a row of no person: {stray:?}")));
        }
    }
    let both = |frame: DataFrame| frame.filter(col("id").eq(lit(6i64)))?.limit(0, Some(1));
    compare(check, suite, "a filter and a limit", both).await
}

pub(super) async fn empty(source: &dyn Source) -> Result<()> {
    let check = "empty";
    let counted = frame(check, source, "nobody").await?.count().await.map_err(failed(check))?;
    equal(check, "count(*) of an empty table", &counted, &0)?;
    let found = rows_of(check, source, "nobody").await?;
    equal(check, "the rows of an empty table", &found, &vec![])
}

/// Scans the table twice at once.
pub(super) async fn side_by_side(source: &dyn Source) -> Result<()> {
    let check = "side_by_side";
    let twice = async || rows_of(check, source, "people").await;
    let (one, other) = futures::join!(twice(), twice());
    equal(check, "two scans at once", &one?, &other?)
}

/// Compares what a query yields over the source's table with what it yields over a local copy.
async fn compare(
    check: &str,
    suite: Suite<'_>,
    what: &str,
    query: impl Fn(DataFrame) -> datafusion::error::Result<DataFrame>,
) -> Result<()> {
    let people = suite.people()?;
    let copy = MemTable::try_new(people.schema(), vec![vec![people]]).map_err(failed(check))?;
    let local = session().read_table(Arc::new(copy)).map_err(failed(check))?;
    let expected = rows(check, query(local).map_err(failed(check))?).await?;
    let table = frame(check, suite.source, "people").await?;
    let found = rows(check, query(table).map_err(failed(check))?).await?;
    equal(check, what, &found, &expected)
}

pub(super) async fn rows_of(check: &str, source: &dyn Source, table: &str) -> Result<Vec<Row>> {
    rows(check, frame(check, source, table).await?).await
}

async fn provider(check: &str, source: &dyn Source, table: &str) -> Result<Arc<dyn TableProvider>> {
    let found = source.table(table).await.map_err(failed(check))?;
    found.ok_or_else(|| failure(check, format!("there is no table {table}")))
}

async fn frame(check: &str, source: &dyn Source, table: &str) -> Result<DataFrame> {
    session().read_table(provider(check, source, table).await?).map_err(failed(check))
}

/// Several partitions, small batches: what is wrong at their borders shows.
fn session() -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(3).with_batch_size(2))
}

/// The rows of a query in a fixed order, each value in the text of its SQL type.
async fn rows(check: &str, frame: DataFrame) -> Result<Vec<Row>> {
    let batches = frame.collect().await.map_err(failed(check))?;
    let mut rows = vec![];
    for batch in batches {
        let mut columns = vec![];
        for column in batch.columns() {
            let plain = match column.data_type() {
                DataType::Timestamp(_, zone) if is_utc(zone) => people()?.column(5).data_type().clone(),
                other => other.clone(),
            };
            let text = cast(column, &plain).and_then(|column| cast(&column, &DataType::Utf8));
            columns.push(text.map_err(failed(check))?);
        }
        for row in 0..batch.num_rows() {
            let value = |column: &Arc<dyn Array>| {
                let texts = column.as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            };
            rows.push(columns.iter().map(value).collect());
        }
    }
    rows.sort();
    Ok(rows)
}

/// Some sources have points in time only, in UTC.
fn is_utc(zone: &Option<Arc<str>>) -> bool {
    zone.as_deref().is_none_or(|zone| zone == "UTC")
}

/// The SQL type, whatever the layout in memory.
fn kind(r#type: &DataType) -> String {
    match r#type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Timestamp(_, zone) if is_utc(zone) => "timestamp".to_owned(),
        other => other.to_string(),
    }
}
