//! `REFRESH`.

use super::text_rows;
use crate::catalog::ObjectRef;
use crate::catalog::object::folded;
use crate::insight::materialized::is_refreshed;
use crate::refresh::{Request, RunRecord, RunStatus, Status, run, targets};
use crate::session::{Response, Session};
use crate::sql::{ObjectKind, Refresh, RefreshTarget};
use crate::{Error, Result};

pub(super) async fn execute(session: &Session, refresh: &Refresh) -> Result<Response> {
    let snapshot = session.snapshot();
    let targets = match &refresh.target {
        RefreshTarget::All => None,
        RefreshTarget::Object { kind, name } => {
            let object = ObjectRef::new(*kind, folded(name));
            let definition = snapshot.require(*kind, &object.name)?;
            if *kind == ObjectKind::Source {
                session.engine().sources().close(&object.name);
            } else if !refresh.with_dependents && !is_refreshed(&object, &definition.statement) {
                return Ok(Response::done(format!("{object} is a live view: it is always fresh")));
            }
            Some(targets(&snapshot, &object, refresh.with_dependents)?)
        }
    };
    let request = Request { targets, full: refresh.full, command: refresh.to_string() };
    let record = run(session.engine(), request, session.observer()).await?;
    session.begin().await?;
    answer(&record)
}

fn answer(record: &RunRecord) -> Result<Response> {
    if record.status == RunStatus::Failed {
        return Err(failure(record));
    }
    let rows = record
        .steps
        .iter()
        .filter(|s| s.step.is_empty())
        .map(|s| {
            let seconds = s.finished_at.map(|end| (end - s.started_at).as_seconds_f64());
            [
                Some(s.object.clone()),
                Some(s.status.word().to_owned()),
                s.rows.map(|n| n.to_string()),
                seconds.map(|n| format!("{n:.2}")),
                s.detail.clone(),
            ]
        })
        .collect();
    text_rows(["object", "status", "rows", "seconds", "why"], rows)
}

/// The error of a run in which objects failed: their errors, and what was skipped.
pub fn failure(record: &RunRecord) -> Error {
    let whole = || record.steps.iter().filter(|s| s.step.is_empty());
    let failed: Vec<&str> =
        whole().filter(|s| s.status == Status::Failed).filter_map(|s| s.error.as_deref()).collect();
    let skipped: Vec<&str> =
        whole().filter(|s| s.status == Status::Skipped).map(|s| s.object.as_str()).collect();
    let error = Error::invalid(failed.join("\n"));
    if skipped.is_empty() { error } else { error.hint(format!("skipped: {}", skipped.join(", "))) }
}
