//! `system.model_drift`: how far the features of the last scoring are from those of training.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelDrift;

impl SystemTable for ModelDrift {
    fn name(&self) -> &'static str {
        "model_drift"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("feature", DataType::Utf8),
            ("stability_index", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let versions = of_predictions::versions(catalog).await?;
            let rows = of_predictions::listed(&versions, |version| &version.report.drift);
            Ok(vec![
                texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
                numbers(rows.iter().map(|(_, version, _)| Some(*version))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.feature))),
                floats(rows.iter().map(|(_, _, r)| Some(r.index))),
            ])
        })
    }
}
