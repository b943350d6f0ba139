//! `regressor`: a number, from any features.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::metrics::ranks;

use super::labelled;
use crate::Result;
use crate::prediction::method::{Method, Trained};
use crate::prediction::roles::Role;
use crate::prediction::task::{Scores, Setup, Task};

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("label", OptionType::Text, "the column to predict; NULL where it is not known yet")
        .required(),
    OptionSpec::new(
        "model",
        OptionType::OneOf(&["auto", "linear", "boosted"]),
        "the candidate, or the best of them",
    )
    .default("auto"),
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct Regressor;

impl Method for Regressor {
    fn name(&self) -> &'static str {
        "regressor"
    }

    fn description(&self) -> &'static str {
        "A numeric column, from all other columns"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        &[]
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![("predicted", DataType::Float64), ("percentile", DataType::Float64)]
    }

    fn main(&self) -> &'static str {
        "predicted"
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        labelled::label(setup).map(drop)
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(labelled::train(task, Loss::Squared))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(async move {
            let labelled::Scored { ids, sums, reasons, features } = labelled::score(task, model).await?;
            let people = ids.len().max(1) as f64;
            let columns: Vec<ArrayRef> = vec![
                Arc::new(Float64Array::from(sums.clone())),
                Arc::new(
                    ranks(&sums).into_iter().map(|r| Some(100.0 * r / people)).collect::<Float64Array>(),
                ),
            ];
            Ok(Scores { ids, columns, figures: sums, reasons, features })
        })
    }
}
