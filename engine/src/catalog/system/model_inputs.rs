//! `system.model_inputs`: what is to be said of the data that each version learned from and scored.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, numbers, of_predictions, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelInputs;

impl SystemTable for ModelInputs {
    fn name(&self) -> &'static str {
        "model_inputs"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("step", DataType::Utf8),
            ("state", DataType::Utf8),
            ("relation", DataType::Utf8),
            ("column_name", DataType::Utf8),
            ("details", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let versions = of_predictions::versions(catalog).await?;
            let rows = of_predictions::listed(&versions, |version| &version.report.findings);
            Ok(vec![
                texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
                numbers(rows.iter().map(|(_, version, _)| Some(*version))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.step))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.state))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.relation))),
                texts(rows.iter().map(|(_, _, r)| r.column.as_ref())),
                texts(rows.iter().map(|(_, _, r)| Some(&r.message))),
            ])
        })
    }
}
