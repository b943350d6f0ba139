//! The refresh of what is `MATERIALIZED`: its query's rows, stored.

use crate::catalog::ObjectRef;
use crate::refresh::{Job, Outputs};
use crate::sql::ObjectKind;
use crate::{Result, stopping};

/// Where an object's rows are stored.
pub fn path(object: &ObjectRef) -> String {
    let schema = object.kind.schema().unwrap_or("public");
    format!("{schema}/{}", object.name)
}

/// Stores the rows of a query.
pub async fn refresh(job: &Job, object: &ObjectRef, query: &str, out: &mut Outputs) -> Result<()> {
    let step = job.log.start(&job.object, "rows");
    let streams = stopping::streams(job.session.frame(query).await?).await?;
    let written = job.replace(&path(object), streams, &step, out).await?;
    step.done(written.rows, Some(written.bytes), None);
    Ok(())
}

/// Whether an object's own rows are stored by a refresh.
pub fn is_materialized(statement: &crate::sql::Statement) -> bool {
    use crate::sql::Statement;
    match statement {
        Statement::CreateMeasure(s) => s.materialized,
        Statement::CreateSegment(s) => s.materialized,
        Statement::CreateView(s) => s.materialized,
        _ => false,
    }
}

/// Whether a refresh has anything to do for an object.
pub fn is_refreshed(object: &ObjectRef, statement: &crate::sql::Statement) -> bool {
    matches!(object.kind, ObjectKind::Profile | ObjectKind::Segment | ObjectKind::Prediction)
        || is_materialized(statement)
}
