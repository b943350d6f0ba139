//! What each statement does, one file each.

pub mod apply;
mod comment;
mod create;
mod datafusion;
mod describe;
mod drop;
mod explain_match;
mod explain_refresh;
mod refresh;
mod show;
mod show_create;
pub mod validate;

pub use refresh::failure;
pub use show_create::redacted;

use std::sync::Arc;

use ::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use arrow::array::{ArrayRef, RecordBatch, StringArray};

use crate::Result;
use crate::session::{Response, Session};
use crate::sql::Statement;

/// Runs a statement in a session that has begun.
pub(crate) async fn statement(session: &Session, statement: &Statement) -> Result<Response> {
    match statement {
        Statement::DataFusion(inner) => datafusion::execute(session, inner).await,
        Statement::Comment(comment) => comment::execute(session, comment).await,
        Statement::Drop(drop) => drop::execute(session, drop).await,
        Statement::Show(show) => show::execute(session, show).await,
        Statement::ShowCreate(show) => show_create::execute(session, show),
        Statement::Describe(describe) => describe::execute(session, describe).await,
        Statement::Refresh(refresh) => refresh::execute(session, refresh).await,
        Statement::ExplainMatch(explain) => explain_match::execute(session, explain).await,
        Statement::ExplainRefresh(explain) => explain_refresh::execute(session, explain).await,
        Statement::CreateSource(_)
        | Statement::CreateProfile(_)
        | Statement::CreateActivity(_)
        | Statement::CreateMeasure(_)
        | Statement::CreateSegment(_)
        | Statement::CreateView(_) => create::execute(session, statement).await,
    }
}

/// Rows of text columns.
fn text_rows<const N: usize>(names: [&str; N], rows: Vec<[Option<String>; N]>) -> Result<Response> {
    let columns = names.iter().enumerate().map(|(n, name)| {
        let values: StringArray = rows.iter().map(|row| row[n].as_deref()).collect();
        (*name, Arc::new(values) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
    let schema = batch.schema();
    let stream = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
    Ok(Response::Rows { schema, stream: Box::pin(stream) })
}
