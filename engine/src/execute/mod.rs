//! What each statement does, one file each.

mod analyze_source;
pub mod apply;
mod comment;
mod create;
mod datafusion;
mod describe;
mod describe_connector;
mod drop;
mod explain_match;
mod explain_refresh;
mod grant;
mod handed_on;
mod policy;
mod refresh;
mod show;
mod show_create;
mod users;
pub mod validate;

pub(crate) use datafusion::describes;
pub use refresh::failure;
pub use show_create::redacted;

use std::sync::Arc;

use ::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use futures::future::BoxFuture;

use crate::Result;
use crate::session::{Response, Session};
use crate::sql::Statement;

/// Runs a statement in a session that has begun.
pub(crate) fn statement<'a>(
    session: &'a Session,
    statement: &'a Statement,
) -> BoxFuture<'a, Result<Response>> {
    Box::pin(one(session, statement))
}

async fn one(session: &Session, statement: &Statement) -> Result<Response> {
    match statement {
        Statement::DataFusion(inner) => boxed(datafusion::execute(session, inner)).await,
        Statement::CreateUser(create) => boxed(users::create(session, create)).await,
        Statement::AlterUser(alter) => boxed(users::alter(session, alter)).await,
        Statement::DropUser(drop) => boxed(users::drop(session, drop)).await,
        Statement::Grant(grant) => boxed(grant::execute(session, grant)).await,
        Statement::CreatePolicy(create) => boxed(policy::create(session, create)).await,
        Statement::DropPolicy(drop) => boxed(policy::drop(session, drop)).await,
        Statement::Comment(comment) => boxed(comment::execute(session, comment)).await,
        Statement::Drop(drop) => boxed(drop::execute(session, drop)).await,
        Statement::Show(show) => boxed(show::execute(session, show)).await,
        Statement::ShowCreate(show) => show_create::execute(session, show),
        Statement::Describe(describe) => boxed(describe::execute(session, describe)).await,
        Statement::DescribeConnector(describe) => describe_connector::execute(describe),
        Statement::AnalyzeSource(analyze) => boxed(analyze_source::execute(session, analyze)).await,
        Statement::Refresh(refresh) => boxed(refresh::execute(session, refresh)).await,
        Statement::ExplainMatch(explain) => {
            let session = session.of_the_engine().await?;
            boxed(explain_match::execute(&session, explain)).await
        }
        Statement::ExplainRefresh(explain) => boxed(explain_refresh::execute(session, explain)).await,
        Statement::CreateSource(_)
        | Statement::CreateProfile(_)
        | Statement::CreateActivity(_)
        | Statement::CreateMeasure(_)
        | Statement::CreateSegment(_)
        | Statement::CreatePrediction(_)
        | Statement::CreateView(_) => boxed(create::execute(session, statement)).await,
    }
}

/// Each statement's future by itself: as parts of one, the compiler would look at all of them again and again.
fn boxed<'a>(future: impl Future<Output = Result<Response>> + Send + 'a) -> BoxFuture<'a, Result<Response>> {
    Box::pin(future)
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
