//! `system.run_steps`: what each run did, step by step. The row of an object as a whole has an empty step.

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;
use std::sync::Arc;

use super::{SystemTable, numbers, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::refresh::{StepRecord, load_runs};

#[derive(Debug)]
pub(super) struct RunSteps;

impl SystemTable for RunSteps {
    fn name(&self) -> &'static str {
        "run_steps"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("run_id", DataType::Utf8),
            ("object", DataType::Utf8),
            ("step", DataType::Utf8),
            ("status", DataType::Utf8),
            ("started_at", time_type()),
            ("finished_at", time_type()),
            ("seconds", DataType::Float64),
            ("rows", DataType::Int64),
            ("bytes", DataType::Int64),
            ("detail", DataType::Utf8),
            ("error", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let runs = load_runs(catalog.engine().warehouse()).await?;
            let steps: Vec<(&str, &StepRecord)> =
                runs.iter().flat_map(|r| r.steps.iter().map(|s| (r.run_id.as_str(), s))).collect();
            let seconds = |s: &StepRecord| s.finished_at.map(|end| (end - s.started_at).as_seconds_f64());
            Ok(vec![
                texts(steps.iter().map(|(run, _)| Some(*run))),
                texts(steps.iter().map(|(_, s)| Some(&s.object))),
                texts(steps.iter().map(|(_, s)| Some(&s.step))),
                texts(steps.iter().map(|(_, s)| Some(s.status.word()))),
                times(steps.iter().map(|(_, s)| Some(s.started_at))),
                times(steps.iter().map(|(_, s)| s.finished_at)),
                Arc::new(steps.iter().map(|(_, s)| seconds(s)).collect::<Float64Array>()),
                numbers(steps.iter().map(|(_, s)| s.rows)),
                numbers(steps.iter().map(|(_, s)| s.bytes)),
                texts(steps.iter().map(|(_, s)| s.detail.as_deref())),
                texts(steps.iter().map(|(_, s)| s.error.as_deref())),
            ])
        })
    }
}
