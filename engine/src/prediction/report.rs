//! What is known of a version of a model. Each list is a table of `system`.

use onefold_udfs::models::metrics::Bin;
use serde::{Deserialize, Serialize};

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How good the candidates are.
    pub metrics: Vec<Metric>,
    /// What the scores depend on.
    pub factors: Vec<Factor>,
    /// What is to be said of the data.
    pub findings: Vec<Finding>,
    /// What was fitted.
    pub parameters: Vec<Parameter>,
    /// Scores beside what happened, on what the model had not seen.
    pub calibration: Vec<CalibrationBin>,
    /// How many scores are how high.
    pub histogram: Vec<HistogramBin>,
    /// How the features were distributed in training.
    #[serde(default)]
    pub distributions: Vec<Distribution>,
    /// How far they are now from what they were.
    #[serde(default)]
    pub drift: Vec<Drift>,
}

/// A figure of a candidate on what it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The candidate, as in `bg_nbd`.
    pub candidate: String,
    /// The metric, as in `auc`.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// The same metric of the baseline.
    pub baseline: Option<f64>,
}

/// How much a feature decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// The feature.
    pub feature: String,
    /// Its share of all contributions.
    pub importance: f64,
    /// The correlation of its value and its contribution; none for a category.
    pub direction: Option<f64>,
}

/// Something to know of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `train` or `score`.
    pub step: String,
    /// `error`, `warning` or `recommendation`.
    pub state: String,
    /// The relations that the query reads.
    pub relation: String,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// What it is.
    pub message: String,
}

/// A fitted parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The candidate.
    pub candidate: String,
    /// The parameter.
    pub parameter: String,
    /// Its value.
    pub value: f64,
}

/// A group of people with about the same score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The lowest score.
    pub from: f64,
    /// The highest score.
    pub to: f64,
    /// How many they are.
    pub rows: u64,
    /// Their mean score.
    pub predicted: f64,
    /// What happened on average.
    pub actual: f64,
}

impl From<Bin> for CalibrationBin {
    fn from(bin: Bin) -> Self {
        Self {
            from: bin.from,
            to: bin.to,
            rows: bin.rows as u64,
            predicted: bin.predicted,
            actual: bin.actual,
        }
    }
}

/// How many scores are in a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistogramBin {
    /// From here.
    pub from: f64,
    /// To here.
    pub to: f64,
    /// Scores.
    pub rows: u64,
}

/// How a feature was distributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The feature.
    pub feature: String,
    /// Between bins.
    pub bounds: Vec<f64>,
    /// Rows of each bin; the last has the missing values.
    pub rows: Vec<f64>,
}

/// How far a feature is from what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The feature.
    pub feature: String,
    /// The population stability index.
    pub index: f64,
}

impl Report {
    /// Adds a metric.
    pub fn metric(&mut self, candidate: &str, metric: &str, value: f64, baseline: Option<f64>) {
        let (candidate, metric) = (candidate.to_owned(), metric.to_owned());
        self.metrics.push(Metric { candidate, metric, value, baseline });
    }

    /// Adds parameters.
    pub fn parameters<'a>(&mut self, candidate: &str, parameters: impl IntoIterator<Item = (&'a str, f64)>) {
        self.parameters.extend(parameters.into_iter().map(|(parameter, value)| Parameter {
            candidate: candidate.to_owned(),
            parameter: parameter.to_owned(),
            value,
        }));
    }
}

/// Scores in bins of equal width.
pub fn histogram(scores: &[f64], bins: usize) -> Vec<HistogramBin> {
    let known = || scores.iter().copied().filter(|s| s.is_finite());
    let (low, high) =
        known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
    if low > high {
        return Vec::new();
    }
    let width = (high - low) / bins as f64;
    let mut rows = vec![0; bins];
    for score in known() {
        let place = if width > 0.0 { ((score - low) / width) as usize } else { 0 };
        rows[place.min(bins - 1)] += 1;
    }
    let bin = |place: usize| low + width * place as f64;
    rows.into_iter()
        .enumerate()
        .map(|(place, rows)| HistogramBin { from: bin(place), to: bin(place + 1), rows })
        .collect()
}
