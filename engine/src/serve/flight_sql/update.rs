//! What changes something: it runs once, and tells how many rows it changed.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
use datafusion::common::ScalarValue;
use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::Statement as SqlStatement;
use uuid::Uuid;

use super::tokens::Client;
use crate::Result;
use crate::serve::metrics::Protocol;
use crate::serve::server::Shared;
use crate::session::Response;
use crate::sql::{Parsed, Statement};

/// Whether a statement changes something.
pub(super) fn changes(parsed: &Parsed) -> bool {
    match &parsed.statement {
        Statement::DataFusion(inner) => match inner.as_ref() {
            DFStatement::Explain(_) => false,
            DFStatement::Statement(inner) => !matches!(
                inner.as_ref(),
                SqlStatement::Query(_)
                    | SqlStatement::Explain { .. }
                    | SqlStatement::ExplainTable { .. }
                    | SqlStatement::ShowColumns { .. }
                    | SqlStatement::ShowTables { .. }
                    | SqlStatement::ShowVariable { .. }
                    | SqlStatement::ShowFunctions { .. }
            ),
            _ => true,
        },
        Statement::Show(_)
        | Statement::ShowCreate(_)
        | Statement::Describe(_)
        | Statement::DescribeConnector(_)
        | Statement::AnalyzeSource(_)
        | Statement::ExplainMatch(_)
        | Statement::ExplainRefresh(_) => false,
        _ => true,
    }
}

/// Runs a statement to its end; the rows that it changed, -1 if that is not known.
pub(super) async fn run(
    shared: &Arc<Shared>,
    client: &Client,
    parsed: &Parsed,
    values: Vec<ScalarValue>,
) -> Result<i64> {
    let id = Uuid::new_v4().to_string();
    let timeout = client.options().statement_timeout();
    let answer =
        shared.statements.run(&id, Protocol::FlightSql, &client.session, parsed, values, timeout).await?;
    match answer {
        Response::Done { .. } => Ok(0),
        rows @ Response::Rows { .. } => {
            let batches = rows.collect().await?;
            Ok(if changes(parsed) { counted(&batches) } else { -1 })
        }
    }
}

/// The sum of the one column `count` of a statement that writes.
fn counted(batches: &[RecordBatch]) -> i64 {
    let counts =
        batches.iter().filter_map(|batch| batch.column_by_name("count")?.as_primitive_opt::<UInt64Type>());
    let sum: u64 = counts.filter_map(arrow::compute::sum).sum();
    i64::try_from(sum).unwrap_or(i64::MAX)
}
