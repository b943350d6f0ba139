//! `system.model_metrics`: how good the candidates of each version are on what they had not seen, beside a baseline.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, of_predictions, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelMetrics;

impl SystemTable for ModelMetrics {
    fn name(&self) -> &'static str {
        "model_metrics"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[
            ("candidate", DataType::Utf8),
            ("metric", DataType::Utf8),
            ("value", DataType::Float64),
            ("baseline", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.metrics,
            |rows| {
                vec![
                    texts(rows.iter().map(|r| Some(&r.candidate))),
                    texts(rows.iter().map(|r| Some(&r.metric))),
                    floats(rows.iter().map(|r| Some(r.value))),
                    floats(rows.iter().map(|r| r.baseline)),
                ]
            },
        ))
    }
}
