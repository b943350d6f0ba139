//! `system.model_calibration`: scores beside what happened, in groups of people with about the same score.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelCalibration;

impl SystemTable for ModelCalibration {
    fn name(&self) -> &'static str {
        "model_calibration"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("score_from", DataType::Float64),
            ("score_to", DataType::Float64),
            ("rows", DataType::Int64),
            ("predicted", DataType::Float64),
            ("actual", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let versions = of_predictions::versions(catalog).await?;
            let rows = of_predictions::listed(&versions, |version| &version.report.calibration);
            Ok(vec![
                texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
                numbers(rows.iter().map(|(_, version, _)| Some(*version))),
                floats(rows.iter().map(|(_, _, r)| Some(r.from))),
                floats(rows.iter().map(|(_, _, r)| Some(r.to))),
                numbers(rows.iter().map(|(_, _, r)| Some(r.rows))),
                floats(rows.iter().map(|(_, _, r)| Some(r.predicted))),
                floats(rows.iter().map(|(_, _, r)| Some(r.actual))),
            ])
        })
    }
}
