//! `system.model_metrics`: how good the candidates of each version are on what they had not seen, beside a baseline.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelMetrics;

impl SystemTable for ModelMetrics {
    fn name(&self) -> &'static str {
        "model_metrics"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("candidate", DataType::Utf8),
            ("metric", DataType::Utf8),
            ("value", DataType::Float64),
            ("baseline", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let versions = of_predictions::versions(catalog).await?;
            let rows = of_predictions::listed(&versions, |version| &version.report.metrics);
            Ok(vec![
                texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
                numbers(rows.iter().map(|(_, version, _)| Some(*version))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.candidate))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.metric))),
                floats(rows.iter().map(|(_, _, r)| Some(r.value))),
                floats(rows.iter().map(|(_, _, r)| r.baseline)),
            ])
        })
    }
}
