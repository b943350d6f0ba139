//! Models of others in the format ONNX, run by tract, which is built in, or by the library of onnxruntime where there is
//! one.
//!
//! ```text
//! file → Graph ─┬─ Binding: which column is which input ─┬─ Model: rows in batches → Scored
//!               └─ Outputs: which output is the score ───┘
//! ```

mod binding;
mod graph;
mod library;
mod outputs;
mod score;
#[cfg(test)]
mod tests;
mod tract;
mod trees;

use std::fmt;

pub use binding::{Binding, Kind};
pub use graph::{Element, Graph, Port};
pub use outputs::Outputs;
pub use score::{Model, Scored};
use trees::Classes;

/// What is wrong with a model, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The cause.
    pub message: String,
    /// The remedy.
    pub hint: Option<String>,
}

/// A result of this module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Values of a column, of an input or of an output.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Whole numbers and truth values.
    Whole(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Column {
    fn numbers(&self) -> Option<&Vec<f64>> {
        if let Self::Numbers(numbers) = self { Some(numbers) } else { None }
    }

    fn whole(&self) -> Option<&Vec<i64>> {
        if let Self::Whole(numbers) = self { Some(numbers) } else { None }
    }

    fn texts(&self) -> Option<&Vec<String>> {
        if let Self::Texts(texts) = self { Some(texts) } else { None }
    }
}

/// Values in an order of axes, the last one fastest.
#[derive(Debug, Clone, PartialEq)]
struct Tensor {
    shape: Vec<usize>,
    values: Column,
}

/// What runs models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Built in; knows most operators of networks and few of other models.
    Tract,
    /// A library that has to be there; knows all operators.
    Onnxruntime,
}

impl Runtime {
    /// The word in options.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tract => "tract",
            Self::Onnxruntime => "onnxruntime",
        }
    }

    /// The runtime of an option: `tract`, `onnxruntime`, or otherwise onnxruntime if its library is there.
    ///
    /// # Errors
    /// The library is asked for, or named by the environment, and cannot be loaded.
    pub fn choose(word: &str) -> Result<Self> {
        match word {
            "tract" => Ok(Self::Tract),
            "onnxruntime" => library::environment().map(|_| Self::Onnxruntime),
            _ if library::is_named() => library::environment().map(|_| Self::Onnxruntime),
            _ => Ok(library::environment().map_or(Self::Tract, |_| Self::Onnxruntime)),
        }
    }
}

/// A loaded model: tensors in, tensors out, in the order of the graph.
trait Runs: fmt::Debug + Send + Sync {
    fn run(&self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>>;

    /// What its labels mean, if they are not what the model says.
    fn classes(&self) -> Option<&Classes> {
        None
    }

    /// Whether several threads may as well run it, because it uses only one itself.
    fn parallel(&self) -> bool;
}

/// Words with commas between, and `and` before the last.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
