//! `system.model_histogram`: how many of the last scores of each version are how high.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelHistogram;

impl SystemTable for ModelHistogram {
    fn name(&self) -> &'static str {
        "model_histogram"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[
            ("score_from", DataType::Float64),
            ("score_to", DataType::Float64),
            ("rows", DataType::Int64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.histogram,
            |rows| {
                vec![
                    floats(rows.iter().map(|r| Some(r.from))),
                    floats(rows.iter().map(|r| Some(r.to))),
                    numbers(rows.iter().map(|r| Some(r.rows))),
                ]
            },
        ))
    }
}
