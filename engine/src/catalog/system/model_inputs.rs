//! `system.model_inputs`: what is to be said of the data that each version learned from and scored.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, of_predictions, texts};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelInputs;

impl SystemTable for ModelInputs {
    fn name(&self) -> &'static str {
        "model_inputs"
    }

    fn schema(&self) -> SchemaRef {
        of_predictions::schema(&[
            ("step", DataType::Utf8),
            ("state", DataType::Utf8),
            ("relation", DataType::Utf8),
            ("column_name", DataType::Utf8),
            ("details", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(of_predictions::columns(
            catalog,
            |version| &version.report.findings,
            |rows| {
                vec![
                    texts(rows.iter().map(|r| Some(&r.step))),
                    texts(rows.iter().map(|r| Some(&r.state))),
                    texts(rows.iter().map(|r| Some(&r.relation))),
                    texts(rows.iter().map(|r| r.column.as_ref())),
                    texts(rows.iter().map(|r| Some(&r.message))),
                ]
            },
        ))
    }
}
