//! `system.model_factors`: what the scores of each version depend on.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, of_predictions, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelFactors;

impl SystemTable for ModelFactors {
    fn name(&self) -> &'static str {
        "model_factors"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[
            ("feature", DataType::Utf8),
            ("importance", DataType::Float64),
            ("direction", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.factors,
            |rows| {
                vec![
                    texts(rows.iter().map(|r| Some(&r.feature))),
                    floats(rows.iter().map(|r| Some(r.importance))),
                    floats(rows.iter().map(|r| r.direction)),
                ]
            },
        ))
    }
}
