//! What a method of prediction is, and the list of them.

use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::OptionSpec;

use super::methods::{
    classifier, lifetime_value, onnx, recommendation, regressor, sentiment, subscription_churn,
    transaction_churn,
};
use super::report::{Finding, Report};
use super::roles::Role;
use super::task::{Scores, Setup, Task};
use crate::refresh::Step;
use crate::{Error, Result};

/// How predictions of one kind are made.
pub trait Method: std::fmt::Debug + Send + Sync {
    /// Its word after `USING`.
    fn name(&self) -> &'static str;

    /// What it predicts, in a sentence.
    fn description(&self) -> &'static str;

    /// Its own options; [`super::options::COMMON`] and the names of its roles come on top.
    fn options(&self) -> &'static [OptionSpec];

    /// The columns that it wants.
    fn roles(&self) -> &'static [Role];

    /// The columns of a score.
    fn columns(&self) -> Vec<(&'static str, DataType)>;

    /// The column that stands for the score in `p_360`.
    fn main(&self) -> &'static str;

    /// Which of several rows of a person stands in `p_360`.
    fn first(&self) -> Option<&'static str> {
        None
    }

    /// The option that names the file of a model.
    fn file(&self) -> Option<&'static str> {
        None
    }

    /// Checks what the options and columns do not say for themselves.
    ///
    /// # Errors
    /// What is wrong and how to mend it.
    fn check(&self, _: &Setup) -> Result<()> {
        Ok(())
    }

    /// Fits the candidates and judges them.
    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>>;

    /// Scores everybody by a model.
    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>>;
}

/// What training gave.
#[derive(Debug)]
pub struct Trained {
    /// The candidate that was chosen.
    pub candidate: String,
    /// The model as JSON, which only the method reads.
    pub model: String,
    /// The metrics of all candidates, factors, parameters and so on.
    pub report: Report,
    /// A, B or C.
    pub grade: char,
    /// Why.
    pub reason: String,
    /// The figure by which a later version is compared; more is better.
    pub quality: f64,
    /// Rows that were learned from.
    pub rows: u64,
    /// People among them.
    pub customers: u64,
}

impl Trained {
    /// With what was found in the data and how many people it was learned from; ends the step of training.
    pub fn finish(self, step: Step, findings: Vec<Finding>, customers: u64) -> Self {
        step.done(self.rows, None, Some(format!("{} chosen, grade {}", self.candidate, self.grade)));
        Self { customers, report: Report { findings, ..self.report }, ..self }
    }
}

/// All methods, sorted by name.
pub fn methods() -> [&'static dyn Method; 8] {
    [
        &classifier::Classifier,
        &lifetime_value::LifetimeValue,
        &onnx::Onnx,
        &recommendation::Recommendation,
        &regressor::Regressor,
        &sentiment::Sentiment,
        &subscription_churn::SubscriptionChurn,
        &transaction_churn::TransactionChurn,
    ]
}

/// The method of a name.
///
/// # Errors
/// Another name; the error tells near ones.
pub fn find(name: &str) -> Result<&'static dyn Method> {
    let known: Vec<&str> = methods().iter().map(|method| method.name()).collect();
    methods().into_iter().find(|method| method.name() == name).ok_or_else(|| {
        let error = Error::not_found(format!("there is no method {name}"));
        match crate::catalog::snapshot::nearest(name, &known) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("the methods are {}", known.join(", "))),
        }
    })
}
