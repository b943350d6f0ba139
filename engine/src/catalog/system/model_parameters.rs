//! `system.model_parameters`: what the profiles' models have learned about each level of each comparison, and what was
//! fitted by the predictions' models.

use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions, of_profiles, schema_of, texts};
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
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("candidate", DataType::Utf8),
            ("parameter", DataType::Utf8),
            ("value", DataType::Float64),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let of_profiles = of_profiles::rows(catalog, "model", &self.schema()).await?;
            let versions = of_predictions::versions(catalog).await?;
            let rows = of_predictions::listed(&versions, |version| &version.report.parameters);
            let of_predictions = [
                texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
                numbers(rows.iter().map(|(_, version, _)| Some(*version))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.candidate))),
                texts(rows.iter().map(|(_, _, r)| Some(&r.parameter))),
                floats(rows.iter().map(|(_, _, r)| Some(r.value))),
            ];
            let first = of_profiles.len() - of_predictions.len();
            let both = of_profiles.into_iter().enumerate().map(|(place, column)| {
                let more = match place.checked_sub(first) {
                    Some(place) => Arc::clone(&of_predictions[place]),
                    None => new_null_array(column.data_type(), rows.len()),
                };
                Ok(concat(&[&column, &more])?)
            });
            both.collect()
        })
    }
}
