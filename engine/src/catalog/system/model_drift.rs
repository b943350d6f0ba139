//! `system.model_drift`: how far the features of the last scoring are from those of training.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, of_predictions, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelDrift;

impl SystemTable for ModelDrift {
    fn name(&self) -> &'static str {
        "model_drift"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[("feature", DataType::Utf8), ("stability_index", DataType::Float64)])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.drift,
            |rows| {
                vec![texts(rows.iter().map(|r| Some(&r.feature))), floats(rows.iter().map(|r| Some(r.index)))]
            },
        ))
    }
}
