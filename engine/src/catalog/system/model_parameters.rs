//! `system.model_parameters`: what the profiles' models have learned about each level of each comparison.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, of_profiles, schema_of};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelParameters;

impl SystemTable for ModelParameters {
    fn name(&self) -> &'static str {
        "model_parameters"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("profile", DataType::Utf8),
            ("comparison", DataType::Utf8),
            ("comparator", DataType::Utf8),
            ("level", DataType::Utf8),
            ("m", DataType::Float64),
            ("h", DataType::Float64),
            ("u", DataType::Float64),
            ("bits", DataType::Float64),
            ("pairs", DataType::Int64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move { of_profiles::rows(catalog, "model", &self.schema()).await })
    }
}
