//! `system.model_calibration`: scores beside what happened, in groups of people with about the same score.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelCalibration;

impl SystemTable for ModelCalibration {
    fn name(&self) -> &'static str {
        "model_calibration"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[
            ("score_from", DataType::Float64),
            ("score_to", DataType::Float64),
            ("rows", DataType::Int64),
            ("predicted", DataType::Float64),
            ("actual", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.calibration,
            |rows| {
                vec![
                    floats(rows.iter().map(|r| Some(r.from))),
                    floats(rows.iter().map(|r| Some(r.to))),
                    numbers(rows.iter().map(|r| Some(r.rows))),
                    floats(rows.iter().map(|r| Some(r.predicted))),
                    floats(rows.iter().map(|r| Some(r.actual))),
                ]
            },
        ))
    }
}
