//! A plain DataFusion session with the functions, and its results as text.

use std::future::Future;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::{SessionConfig, SessionContext};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};

/// One connection of the test runner.
pub(crate) struct Session {
    context: SessionContext,
}

impl Session {
    pub(crate) fn new() -> Self {
        let config = SessionConfig::new().with_information_schema(true).with_target_partitions(2);
        let mut context = SessionContext::new_with_config(config);
        onefold_udfs::register(&mut context).expect("the functions register");
        Self { context }
    }

    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the functions are tested without Onefold's statements"
        )]
        self.context.sql(sql).await?.collect().await
    }
}

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

#[async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Self::ColumnType>> {
        let batches = self.query(sql).await?;
        let Some(batch) = batches.first() else { return Ok(DBOutput::StatementComplete(0)) };
        let types = vec![DefaultColumnType::Any; batch.num_columns()];
        let mut rows = Vec::new();
        for batch in &batches {
            rows.extend(text_rows(batch)?);
        }
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "DataFusion"
    }
}

/// The cells of a batch as text; a cell of several lines, as in a plan, makes a row of each.
fn text_rows(batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
    let options = FormatOptions::default().with_null("NULL");
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for row in 0..batch.num_rows() {
        let cells: Vec<String> = columns.iter().map(|column| cell(&column.value(row).to_string())).collect();
        if cells.iter().any(|cell| cell.contains('\n')) {
            rows.extend(cells.iter().flat_map(|cell| cell.lines()).map(|line| vec![line.to_owned()]));
        } else {
            rows.push(cells);
        }
    }
    Ok(rows)
}

fn cell(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() }
}
