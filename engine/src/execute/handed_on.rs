//! Rows of Parquet as clients want them, where a plan does no more than hand them on. DataFusion reads texts as views,
//! which filters and joins are fast on; they are read as the plain texts that are sent. And what is sent a few thousand
//! short rows at a time keeps both sides busy with beginning and ending, so there are more of them in a batch.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::datasource::physical_plan::{
    FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DFResult;
use datafusion::execution::TaskContext;
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

/// The plan, with plain texts in its columns where they come so from a file, and what it is run with.
pub(super) fn read(
    plan: Arc<dyn ExecutionPlan>,
    context: TaskContext,
) -> DFResult<(Arc<dyn ExecutionPlan>, Arc<TaskContext>)> {
    let wanted = vec![true; plan.schema().fields().len()];
    let Some((plan, row_length)) = handed_on(&plan, &wanted)? else { return Ok((plan, Arc::new(context))) };
    let config = context.session_config().clone();
    let rows = rows_in_batch(row_length, config.batch_size());
    Ok((plan, Arc::new(context.with_session_config(config.with_batch_size(rows)))))
}

/// The columns of an answer with the types that a plan gives them.
pub(super) fn columns(answer: &Schema, plan: &dyn ExecutionPlan) -> SchemaRef {
    let given = plan.schema();
    let fields = answer.fields().iter().zip(given.fields());
    let fields =
        fields.map(|(field, given)| field.as_ref().clone().with_data_type(given.data_type().clone()));
    Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), answer.metadata().clone()))
}

/// A plan, and the bytes of a row, if they are known.
type HandedOn = (Arc<dyn ExecutionPlan>, Option<usize>);

/// The plan with plain texts in those of the wanted columns that it only hands on; `None` if it does more with its rows
/// than that.
fn handed_on(plan: &Arc<dyn ExecutionPlan>, wanted: &[bool]) -> DFResult<Option<HandedOn>> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return scanned(scan, wanted);
    }
    let [input] = plan.children()[..] else { return Ok(None) };
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let of_input = projected(projection.projection_expr(), wanted, input.schema().fields().len());
        let Some((input, length)) = handed_on(input, &of_input)? else { return Ok(None) };
        // With another input, a projection keeps the types of its columns.
        return Ok(Some((Arc::new(ProjectionExec::try_new(projection.expr().to_vec(), input)?), length)));
    }
    let hands_on = plan.is::<CoalescePartitionsExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<LocalLimitExec>();
    let Some((input, length)) = hands_on.then(|| handed_on(input, wanted)).transpose()?.flatten() else {
        return Ok(None);
    };
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Ok(Some((Arc::clone(plan).replace_children(vec![input], options)?, length)))
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

fn scanned(scan: &DataSourceExec, wanted: &[bool]) -> DFResult<Option<HandedOn>> {
    let Some(config) = scan.data_source().downcast_ref::<FileScanConfig>() else { return Ok(None) };
    let Some(source) = config.file_source().downcast_ref::<ParquetSource>() else { return Ok(None) };
    let (Some(projection), None) = (source.projection(), source.filter()) else { return Ok(None) };
    let schema = source.table_schema();
    if !schema.virtual_columns().is_empty() || !config.output_ordering.is_empty() {
        return Ok(None);
    }
    let read: BTreeSet<usize> =
        projection.iter().flat_map(|expr| collect_columns(&expr.expr)).map(|column| column.index()).collect();
    let length = row_length(&config.statistics(), schema.table_schema(), &read);
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
    let config = FileScanConfigBuilder::from(config.clone()).with_source(plain);
    Ok(Some((DataSourceExec::from_data_source(config.build()), length)))
}

/// The bytes of a row of these columns, if enough is known of them.
fn row_length(statistics: &Statistics, schema: &Schema, columns: &BTreeSet<usize>) -> Option<usize> {
    let rows = *statistics.num_rows.get_value()?;
    let lengths = columns.iter().map(|column| {
        let (field, known) = (schema.fields().get(*column)?, statistics.column_statistics.get(*column)?);
        match field.data_type() {
            DataType::Utf8View | DataType::Utf8 => {
                let length = |bound: &Precision<ScalarValue>| {
                    Some(bound.get_value()?.try_as_str()?.map_or(0, str::len))
                };
                // In a file, a text that comes again is only a number.
                let in_file = known.byte_size.get_value()?.checked_div(rows)?;
                Some(4 + in_file.max(length(&known.min_value)?).max(length(&known.max_value)?))
            }
            DataType::Boolean => Some(1),
            other => other.primitive_width(),
        }
    });
    lengths.sum()
}

/// More rows than usual if they are known to be short.
fn rows_in_batch(row_length: Option<usize>, usual: usize) -> usize {
    row_length.map_or(usual, |length| (BATCH_BYTES / length.max(1)).clamp(usual, MOST * usual))
}

fn plain(field: &Arc<Field>) -> Arc<Field> {
    match field.data_type() {
        DataType::Utf8View => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => Arc::clone(field),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow::compute::{cast, concat_batches};
    use datafusion::common::config::Dialect;
    use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
    use parquet::arrow::ArrowWriter;

    use super::*;

    /// The batches of the answer to a query.
    async fn answer(context: &SessionContext, query: &str, as_planned: bool) -> Vec<RecordBatch> {
        let state = context.state();
        let statement = state.sql_to_statement(query, &Dialect::PostgreSQL).unwrap();
        let plan = state.statement_to_plan(statement).await.unwrap();
        let frame = context.execute_logical_plan(plan).await.unwrap();
        let task = frame.task_ctx();
        let plan = frame.create_physical_plan().await.unwrap();
        let (plan, task) = if as_planned { (plan, Arc::new(task)) } else { read(plan, task).unwrap() };
        let schema = plan.schema();
        let batches = datafusion::physical_plan::collect(plan, task).await.unwrap();
        assert!(batches.iter().all(|batch| batch.schema() == schema));
        batches
    }

    /// The types of the answer to a query when it is planned and when its texts are plain; its rows must be the same.
    async fn types(context: &SessionContext, query: &str) -> (Vec<DataType>, Vec<DataType>) {
        let [before, after] = [answer(context, query, true).await, answer(context, query, false).await]
            .map(|batches| concat_batches(&batches[0].schema(), &batches).unwrap());
        for (before, after) in before.columns().iter().zip(after.columns()) {
            assert_eq!(&cast(before, after.data_type()).unwrap(), after, "{query}");
        }
        let types =
            |rows: &RecordBatch| rows.schema().fields().iter().map(|f| f.data_type().clone()).collect();
        (types(&before), types(&after))
    }

    /// A table `people` of these columns, read from one file in one partition, so that its rows keep their order.
    async fn people(folder: &Path, columns: Vec<(&str, ArrayRef)>) -> SessionContext {
        let path = folder.join("people.parquet");
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        let mut file =
            ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), rows.schema(), None).unwrap();
        file.write(&rows).unwrap();
        file.close().unwrap();
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let path = path.display().to_string();
        context.register_parquet("people", &path, ParquetReadOptions::default()).await.unwrap();
        context
    }

    #[test]
    fn batches_have_more_rows_if_those_are_short() {
        assert_eq!(rows_in_batch(Some(50), 8192), 32_768);
        assert_eq!(rows_in_batch(Some(100), 8192), 20_971);
        assert_eq!(rows_in_batch(Some(5000), 8192), 8192);
        assert_eq!(rows_in_batch(Some(0), 8192), 32_768);
        assert_eq!(rows_in_batch(None, 8192), 8192);
    }

    #[test]
    fn a_row_is_as_long_as_its_columns() {
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, false),
            Field::new("name", DataType::Utf8View, true),
            Field::new("tags", DataType::new_list(DataType::Utf8View, true), true),
        ]);
        let mut statistics = Statistics::new_unknown(&schema);
        statistics.num_rows = Precision::Exact(10);
        assert_eq!(row_length(&statistics, &schema, &BTreeSet::from([0])), Some(8));
        assert_eq!(row_length(&statistics, &schema, &BTreeSet::from([0, 1])), None);
        let text = |text: &str| Precision::Exact(ScalarValue::from(text));
        let name = &mut statistics.column_statistics[1];
        (name.min_value, name.max_value) = (text("Ada"), text("Wilhelmina"));
        name.byte_size = Precision::Inexact(200);
        assert_eq!(row_length(&statistics, &schema, &BTreeSet::from([0, 1])), Some(32));
        statistics.column_statistics[1].byte_size = Precision::Inexact(20);
        assert_eq!(row_length(&statistics, &schema, &BTreeSet::from([0, 1])), Some(22));
        assert_eq!(row_length(&statistics, &schema, &BTreeSet::from([0, 1, 2])), None);
    }

    #[tokio::test]
    async fn short_rows_come_in_larger_batches() {
        let folder = tempfile::tempdir().unwrap();
        let name = |n: i64| (n % 7 != 0).then(|| format!("Ada {}", n % 50));
        let columns = vec![
            ("id", Arc::new(Int64Array::from_iter_values(0..20_000)) as ArrayRef),
            ("name", Arc::new((0..20_000).map(name).collect::<StringArray>())),
        ];
        let context = people(folder.path(), columns).await;
        for (query, batches) in [
            ("SELECT id, name FROM people", 1),
            ("SELECT name AS a FROM people LIMIT 19000", 1),
            ("SELECT id FROM people WHERE id > -1", 3),
        ] {
            assert_eq!(answer(&context, query, false).await.len(), batches, "{query}");
        }
    }

    #[tokio::test]
    async fn texts_are_plain_where_they_are_only_handed_on() {
        let folder = tempfile::tempdir().unwrap();
        let names = [Some("Ada"), None, Some("Grace"), Some("Ada")];
        let columns = vec![
            ("id", Arc::new(Int64Array::from_iter_values(0..4)) as ArrayRef),
            ("name", Arc::new(StringArray::from_iter(names))),
            ("city", Arc::new(StringArray::from_iter([Some("Paris"); 4]))),
        ];
        let context = people(folder.path(), columns).await;
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
