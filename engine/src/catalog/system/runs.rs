//! `system.runs`: every run that is kept.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, numbers, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::refresh::{RunRecord, Status, load_runs};

#[derive(Debug)]
pub(super) struct Runs;

impl SystemTable for Runs {
    fn name(&self) -> &'static str {
        "runs"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("run_id", DataType::Utf8),
            ("command", DataType::Utf8),
            ("status", DataType::Utf8),
            ("started_at", time_type()),
            ("finished_at", time_type()),
            ("refreshed", DataType::Int64),
            ("fresh", DataType::Int64),
            ("skipped", DataType::Int64),
            ("failed", DataType::Int64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let runs = load_runs(catalog.engine().warehouse()).await?;
            let count = |run: &RunRecord, status: Status| {
                Some(run.steps.iter().filter(|s| s.step.is_empty() && s.status == status).count() as u64)
            };
            Ok(vec![
                texts(runs.iter().map(|r| Some(&r.run_id))),
                texts(runs.iter().map(|r| Some(&r.command))),
                texts(runs.iter().map(|r| Some(r.status.word()))),
                times(runs.iter().map(|r| Some(r.started_at))),
                times(runs.iter().map(|r| r.finished_at)),
                numbers(runs.iter().map(|r| count(r, Status::Done))),
                numbers(runs.iter().map(|r| count(r, Status::Fresh))),
                numbers(runs.iter().map(|r| count(r, Status::Skipped))),
                numbers(runs.iter().map(|r| count(r, Status::Failed))),
            ])
        })
    }
}
