//! `system.model_versions`: the versions of the predictions' models.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, of_predictions, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct ModelVersions;

impl SystemTable for ModelVersions {
    fn name(&self) -> &'static str {
        "model_versions"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("prediction", DataType::Utf8),
            ("version", DataType::Int64),
            ("state", DataType::Utf8),
            ("method", DataType::Utf8),
            ("candidate", DataType::Utf8),
            ("grade", DataType::Utf8),
            ("reason", DataType::Utf8),
            ("quality", DataType::Float64),
            ("trained_at", time_type()),
            ("until", DataType::Utf8),
            ("seed", DataType::Int64),
            ("rows", DataType::Int64),
            ("customers", DataType::Int64),
            ("run_id", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let versions = of_predictions::versions(catalog).await?;
            let all = || versions.iter().map(|(_, version)| version);
            Ok(vec![
                texts(versions.iter().map(|(prediction, _)| Some(prediction))),
                numbers(all().map(|v| Some(v.number))),
                texts(all().map(|v| Some(v.state.word()))),
                texts(all().map(|v| Some(&v.method))),
                texts(all().map(|v| Some(&v.candidate))),
                texts(all().map(|v| Some(v.grade.to_string()))),
                texts(all().map(|v| Some(&v.reason))),
                floats(all().map(|v| Some(v.quality))),
                times(all().map(|v| Some(v.trained_at))),
                texts(all().map(|v| v.until.as_ref())),
                numbers(all().map(|v| Some(v.seed))),
                numbers(all().map(|v| Some(v.rows))),
                numbers(all().map(|v| Some(v.customers))),
                texts(all().map(|v| Some(&v.run_id))),
            ])
        })
    }
}
