//! Rows of Parquet as clients want them, where a plan does no more than hand them on. DataFusion reads texts as views,
//! which filters and joins are fast on; they are read as the plain texts that are sent. And what is sent a few thousand
//! short rows at a time keeps both sides busy with beginning and ending, so there are more of them in a batch.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::common::Statistics;
use datafusion::datasource::physical_plan::{
    FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DFResult;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

/// A batch becomes no larger than this by having more rows, as far as is known.
const BATCH_BYTES: usize = 2 << 20;

/// It has at most so many times as many rows as others.
const MOST: usize = 4;

/// The plan, with plain texts in its columns where they come so from a file. `batch_rows` is how many rows batches
/// usually have.
pub(super) fn read(plan: Arc<dyn ExecutionPlan>, batch_rows: usize) -> DFResult<Arc<dyn ExecutionPlan>> {
    let wanted = vec![true; plan.schema().fields().len()];
    Ok(handed_on(&plan, &wanted, batch_rows)?.unwrap_or(plan))
}

/// The columns of an answer with the types that a plan gives them.
pub(super) fn columns(answer: &Schema, plan: &dyn ExecutionPlan) -> SchemaRef {
    let given = plan.schema();
    let fields = answer.fields().iter().zip(given.fields());
    let fields =
        fields.map(|(field, given)| field.as_ref().clone().with_data_type(given.data_type().clone()));
    Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), answer.metadata().clone()))
}

/// The plan with plain texts in those of the wanted columns that it only hands on; `None` if it does more with its rows
/// than that.
fn handed_on(
    plan: &Arc<dyn ExecutionPlan>,
    wanted: &[bool],
    batch_rows: usize,
) -> DFResult<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return scanned(scan, wanted, batch_rows);
    }
    let [input] = plan.children()[..] else { return Ok(None) };
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let of_input = projected(projection.projection_expr(), wanted, input.schema().fields().len());
        let Some(input) = handed_on(input, &of_input, batch_rows)? else { return Ok(None) };
        // With another input, a projection keeps the types of its columns.
        return Ok(Some(Arc::new(ProjectionExec::try_new(projection.expr().to_vec(), input)?)));
    }
    let hands_on = plan.is::<CoalescePartitionsExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<LocalLimitExec>();
    let Some(input) = hands_on.then(|| handed_on(input, wanted, batch_rows)).transpose()?.flatten() else {
        return Ok(None);
    };
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Arc::clone(plan).replace_children(vec![input], options).map(Some)
}

/// Of the columns below a projection those that are used only as wanted columns.
fn projected(exprs: &ProjectionExprs, wanted: &[bool], below: usize) -> Vec<bool> {
    let mut of_input = vec![true; below];
    for (expr, wanted) in exprs.iter().zip(wanted) {
        let is_column = expr.expr.is::<Column>();
        for column in collect_columns(&expr.expr) {
            of_input[column.index()] &= is_column && *wanted;
        }
    }
    of_input
}

fn scanned(
    scan: &DataSourceExec,
    wanted: &[bool],
    batch_rows: usize,
) -> DFResult<Option<Arc<dyn ExecutionPlan>>> {
    let Some(config) = scan.data_source().downcast_ref::<FileScanConfig>() else { return Ok(None) };
    let Some(source) = config.file_source().downcast_ref::<ParquetSource>() else { return Ok(None) };
    let (Some(projection), None) = (source.projection(), source.filter()) else { return Ok(None) };
    let schema = source.table_schema();
    if !schema.virtual_columns().is_empty() || !config.output_ordering.is_empty() {
        return Ok(None);
    }
    let wanted = projected(projection, wanted, schema.table_schema().fields().len());
    let in_files = schema.file_schema();
    let fields = in_files.fields().iter().zip(wanted);
    let fields: Fields =
        fields.map(|(field, wanted)| if wanted { plain(field) } else { Arc::clone(field) }).collect();
    let in_files = Arc::new(Schema::new_with_metadata(fields, in_files.metadata().clone()));
    let in_folders = schema.table_partition_cols().clone();
    let schema = TableSchema::builder(in_files).with_table_partition_cols(in_folders).build();
    let mut plain =
        ParquetSource::new(schema).with_table_parquet_options(source.table_parquet_options().clone());
    if let Some(readers) = source.parquet_file_reader_factory() {
        plain = plain.with_parquet_file_reader_factory(Arc::clone(readers));
    }
    let Some(plain) = plain.try_pushdown_projection(projection)? else { return Ok(None) };
    let rows = rows_in_batch(&config.statistics(), batch_rows);
    let config = FileScanConfigBuilder::from(config.clone()).with_source(plain).with_batch_size(Some(rows));
    Ok(Some(DataSourceExec::from_data_source(config.build())))
}

/// More rows than usual if they are known to be short.
fn rows_in_batch(statistics: &Statistics, usual: usize) -> usize {
    match (statistics.num_rows.get_value(), statistics.total_byte_size.get_value()) {
        (Some(rows), Some(bytes)) if *rows > 0 => {
            (BATCH_BYTES / (bytes / rows).max(1)).clamp(usual, MOST * usual)
        }
        _ => usual,
    }
}

fn plain(field: &Arc<Field>) -> Arc<Field> {
    match field.data_type() {
        DataType::Utf8View => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => Arc::clone(field),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow::compute::{cast, concat_batches};
    use datafusion::common::config::Dialect;
    use datafusion::common::stats::Precision;
    use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
    use parquet::arrow::ArrowWriter;

    use super::*;

    /// The types of the answer to a query when it is planned and when its texts are plain; its rows must be the same.
    async fn types(context: &SessionContext, query: &str) -> (Vec<DataType>, Vec<DataType>) {
        let mut all = Vec::new();
        for change in [|plan, _| Ok(plan), read] {
            let state = context.state();
            let statement = state.sql_to_statement(query, &Dialect::PostgreSQL).unwrap();
            let plan = state.statement_to_plan(statement).await.unwrap();
            let frame = context.execute_logical_plan(plan).await.unwrap();
            let task = Arc::new(frame.task_ctx());
            let plan = change(frame.create_physical_plan().await.unwrap(), 2).unwrap();
            let schema = plan.schema();
            let rows = datafusion::physical_plan::collect(plan, task).await.unwrap();
            all.push(concat_batches(&schema, &rows).unwrap());
        }
        let types =
            |rows: &RecordBatch| rows.schema().fields().iter().map(|f| f.data_type().clone()).collect();
        for (before, after) in all[0].columns().iter().zip(all[1].columns()) {
            assert_eq!(&cast(before, after.data_type()).unwrap(), after, "{query}");
        }
        (types(&all[0]), types(&all[1]))
    }

    #[test]
    fn batches_have_more_rows_if_those_are_short() {
        let known = |rows, bytes| Statistics {
            num_rows: Precision::Exact(rows),
            total_byte_size: Precision::Inexact(bytes),
            column_statistics: Vec::new(),
        };
        assert_eq!(rows_in_batch(&known(1000, 50_000), 8192), 32_768);
        assert_eq!(rows_in_batch(&known(1000, 100_000), 8192), 20_971);
        assert_eq!(rows_in_batch(&known(1000, 5_000_000), 8192), 8192);
        assert_eq!(rows_in_batch(&known(0, 0), 8192), 8192);
        assert_eq!(rows_in_batch(&Statistics::new_unknown(&Schema::empty()), 8192), 8192);
    }

    #[tokio::test]
    async fn texts_are_plain_where_they_are_only_handed_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.parquet");
        let names = [Some("Ada"), None, Some("Grace"), Some("Ada")];
        let columns = [
            ("id", Arc::new(Int64Array::from_iter_values(0..4)) as ArrayRef),
            ("name", Arc::new(StringArray::from_iter(names))),
            ("city", Arc::new(StringArray::from_iter([Some("Paris"); 4]))),
        ];
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        let mut file =
            ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), rows.schema(), None).unwrap();
        file.write(&rows).unwrap();
        file.close().unwrap();
        // One partition, so that the order of rows is that of the file.
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let path = path.display().to_string();
        context.register_parquet("people", &path, ParquetReadOptions::default()).await.unwrap();

        let (view, plain) = (DataType::Utf8View, DataType::Utf8);
        for (query, expected) in [
            ("SELECT name, city FROM people", [&plain, &plain]),
            ("SELECT city AS a, name AS b FROM people LIMIT 3", [&plain, &plain]),
            ("SELECT name AS a, name AS b FROM people LIMIT 3", [&plain, &plain]),
            ("SELECT a, a AS b FROM (SELECT name AS a FROM people LIMIT 3) AS few", [&plain, &plain]),
            ("SELECT city, upper(name) FROM people", [&plain, &view]),
            ("SELECT name, name || city FROM people", [&view, &view]),
            ("SELECT name, city FROM people WHERE name = 'Ada'", [&view, &view]),
            ("SELECT name, max(city) FROM people GROUP BY name", [&view, &view]),
            ("SELECT name, city FROM people ORDER BY name", [&view, &view]),
        ] {
            let (before, after) = types(&context, query).await;
            assert_eq!(before, [view.clone(), view.clone()], "{query}");
            assert_eq!(after.iter().collect::<Vec<_>>(), expected, "{query}");
        }
    }
}
