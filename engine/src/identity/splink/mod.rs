//! Splink's model as JSON: `MATCH (MODEL 'file.json')` takes comparisons, blocking rules and probabilities from it, and
//! `splink_model('profile')` writes one.
//!
//! Splink knows two classes, matches and non-matches, so a model that is read has no households. Its weights are those of
//! Splink: the prior is the probability that two random records match, each level adds log2(m ÷ u), and a level with term
//! frequencies puts the frequency of the value in the place of u.

mod condition;
mod read;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use read::{Imported, read};
pub use write::write;

/// The parts of a document that mean something here. What else it has is left alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    link_type: String,
    probability_two_random_records_match: f64,
    #[serde(default)]
    blocking_rules_to_generate_predictions: Vec<Value>,
    comparisons: Vec<DocumentComparison>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct DocumentComparison {
    output_column_name: String,
    comparison_levels: Vec<DocumentLevel>,
    #[serde(default)]
    comparison_description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct DocumentLevel {
    sql_condition: String,
    #[serde(default)]
    label_for_charts: String,
    #[serde(default, skip_serializing_if = "is_false")]
    is_null_level: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    m_probability: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u_probability: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tf_adjustment_column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tf_adjustment_weight: Option<f64>,
}

fn is_false(value: &bool) -> bool {
    !value
}
