//! The versions of a prediction's model, one JSON document each.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::report::Report;
use super::versions_path;
use crate::catalog::SessionCatalog;
use crate::{Error, Result};

/// How many versions are kept.
const KEEP: usize = 10;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It scores.
    Current,
    /// Another took over.
    Replaced,
    /// It was worse than the one before and never scored.
    Rejected,
}

impl State {
    /// The word in `system.model_versions`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Replaced => "replaced",
            Self::Rejected => "rejected",
        }
    }
}

/// A trained model and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Counts from 1.
    pub number: u64,
    /// A digest of the method, its options and the query.
    pub definition: String,
    /// The method.
    pub method: String,
    /// The candidate that was chosen.
    pub candidate: String,
    /// What became of it.
    pub state: State,
    /// A, B or C.
    pub grade: char,
    /// Why.
    pub reason: String,
    /// What versions are compared by.
    pub quality: f64,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
    /// The date that it was trained as of, if one was given.
    pub until: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Rows that it learned from.
    pub rows: u64,
    /// People among them.
    pub customers: u64,
    /// The run that trained it.
    pub run_id: String,
    /// Metrics, factors, findings and so on.
    pub report: Report,
    /// The model, which only its method reads.
    pub model: String,
}

/// The stored versions of a prediction, oldest first.
pub async fn load(catalog: &SessionCatalog, prediction: &str) -> Result<Vec<Version>> {
    let path = versions_path(prediction);
    let Some(stored) = catalog.snapshot().state.relations.get(&path).cloned() else { return Ok(Vec::new()) };
    let provider = catalog.engine().warehouse().relation(&path).provider(stored.version).await?;
    let ctx = SessionContext::new_with_state(catalog.state()?);
    let mut out: Vec<Version> = Vec::new();
    for batch in ctx.read_table(provider)?.collect().await? {
        let documents = cast(batch.column(1), &DataType::Utf8)?;
        let Some(documents) = documents.as_any().downcast_ref::<StringArray>() else { continue };
        for document in documents.iter().flatten() {
            out.push(serde_json::from_str(document).map_err(|e| {
                Error::internal(format!("a stored version cannot be read: {e}"))
                    .on(format!("prediction {prediction}"))
            })?);
        }
    }
    out.sort_by_key(|version| version.number);
    Ok(out)
}

/// The versions as rows; the oldest beyond ten are forgotten, but never the one that scores.
pub fn batch(versions: &[Version]) -> Result<RecordBatch> {
    let excess = versions.len().saturating_sub(KEEP);
    let kept = versions.iter().enumerate().filter(|(place, v)| *place >= excess || v.state == State::Current);
    let (mut numbers, mut documents) = (Vec::new(), Vec::new());
    for (_, version) in kept {
        numbers.push(version.number as i64);
        documents.push(serde_json::to_string(version).map_err(|e| Error::internal(e.to_string()))?);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("version", Arc::new(Int64Array::from(numbers))),
        ("document", Arc::new(StringArray::from(documents))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}
