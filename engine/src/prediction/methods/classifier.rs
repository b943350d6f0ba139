//! `classifier`: how likely a label of two values is, from any features; lead scoring is one.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::metrics::logistic;

use super::labelled;
use crate::Result;
use crate::prediction::judge;
use crate::prediction::method::{Method, Trained};
use crate::prediction::roles::Role;
use crate::prediction::task::{Scores, Setup, Task};

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("label", OptionType::Text, "the column to predict; NULL where it is not known yet")
        .required(),
    OptionSpec::new("positive", OptionType::Text, "the value of the label that is scored high"),
    judge::MODEL,
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct Classifier;

impl Method for Classifier {
    fn name(&self) -> &'static str {
        "classifier"
    }

    fn description(&self) -> &'static str {
        "How likely one of two values of a column is, from all other columns"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        &[]
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![
            ("score", DataType::Float64),
            ("probability", DataType::Float64),
            ("predicted", DataType::Boolean),
            ("grade", DataType::Utf8),
        ]
    }

    fn main(&self) -> &'static str {
        "score"
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        labelled::label(setup).map(drop)
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(labelled::train(task, Loss::Logistic))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(async move {
            let scored = labelled::score(task, model).await?;
            let odds: Vec<f64> = scored.sums.iter().map(|sum| logistic(*sum)).collect();
            let grades = odds.iter().map(|p| Some(grade(*p)));
            let columns: Vec<ArrayRef> = vec![
                Arc::new(odds.iter().map(|p| Some((100.0 * p).round())).collect::<Float64Array>()),
                Arc::new(Float64Array::from(odds.clone())),
                Arc::new(odds.iter().map(|p| Some(*p >= 0.5)).collect::<BooleanArray>()),
                Arc::new(grades.collect::<StringArray>()),
            ];
            let labelled::Scored { ids, reasons, features, .. } = scored;
            Ok(Scores { ids, columns, figures: odds, reasons, features })
        })
    }
}

/// A from 75 on, B from 50, C from 25.
fn grade(probability: f64) -> &'static str {
    match probability {
        p if p >= 0.75 => "A",
        p if p >= 0.5 => "B",
        p if p >= 0.25 => "C",
        _ => "D",
    }
}
