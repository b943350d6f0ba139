//! A label predicted from features: the candidates, how they are compared on rows that they have not seen, and the
//! calibrated winner with its reasons.

use serde::{Deserialize, Serialize};

use super::boosted::{Boosted, Loss, Watch};
use super::features::{Columns, Encoding, Feature};
use super::linear::{Linear, Link};
use super::metrics::logistic;
use super::parts::in_parts;

/// A kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Candidate {
    /// Linear or logistic regression.
    Linear,
    /// Gradient-boosted trees.
    Boosted,
}

impl Candidate {
    /// The word in options and in `system.model_metrics`.
    pub fn word(self, loss: Loss) -> &'static str {
        match (self, loss) {
            (Self::Linear, Loss::Logistic) => "logistic",
            (Self::Linear, _) => "linear",
            (Self::Boosted, _) => "boosted",
        }
    }
}

/// A fitted model of either kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Model {
    /// A regression.
    Linear(Linear),
    /// Trees.
    Boosted(Boosted),
}

impl Model {
    /// Fits a candidate to some rows; `None` if `watch` ended it or there is nothing to fit.
    pub fn fit(
        candidate: Candidate,
        loss: Loss,
        columns: &Columns,
        labels: &[f64],
        rows: &[u32],
        seed: u64,
        watch: Watch<'_>,
    ) -> Option<Self> {
        match candidate {
            Candidate::Linear => {
                let link = if loss == Loss::Logistic { Link::Logit } else { Link::Identity };
                Linear::fit(link, columns, labels, rows).map(Self::Linear)
            }
            Candidate::Boosted => Boosted::fit(loss, columns, labels, rows, seed, watch).map(Self::Boosted),
        }
    }

    /// The sum of the model's terms for each row.
    pub fn sums(&self, columns: &Columns) -> Vec<f64> {
        match self {
            Self::Linear(model) => model.sums(columns),
            Self::Boosted(model) => model.sums(columns),
        }
    }

    fn contributions(&self, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
        match self {
            Self::Linear(model) => model.contributions(columns),
            Self::Boosted(model) => model.contributions(columns),
        }
    }
}

/// Rows to learn from and rows to be judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Rows to learn from.
    pub train: Vec<u32>,
    /// Rows to be judged by, none of which is to learn from.
    pub test: Vec<u32>,
}

/// What a candidate predicts for the rows of all splits' tests, each by a model that has not seen it: pairs of row and
/// sum. `None` if `watch` ended it or a split has nothing to learn from.
pub fn unseen(
    candidate: Candidate,
    loss: Loss,
    columns: &Columns,
    labels: &[f64],
    splits: &[Split],
    seed: u64,
    watch: Watch<'_>,
) -> Option<Vec<(u32, f64)>> {
    let mut found: Vec<Option<Vec<(u32, f64)>>> = vec![None; splits.len()];
    in_parts(&mut found, 1, 2, |first, found| {
        for (found, split) in found.iter_mut().zip(&splits[first..]) {
            let model = Model::fit(candidate, loss, columns, labels, &split.train, seed, watch);
            *found = model.map(|model| {
                let sums = model.sums(&columns.rows_of(&split.test));
                split.test.iter().copied().zip(sums).collect()
            });
        }
    });
    let found: Option<Vec<_>> = found.into_iter().collect();
    let mut out: Vec<(u32, f64)> = found?.into_iter().flatten().collect();
    out.sort_by_key(|(row, _)| *row);
    Some(out)
}

/// A straight line over log odds that makes them honest (Platt 1999).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What log odds are multiplied with.
    pub slope: f64,
    /// What is added.
    pub offset: f64,
}

impl Calibration {
    /// Leaves log odds as they are.
    pub const NONE: Self = Self { slope: 1.0, offset: 0.0 };

    /// Fits a line to the log odds of rows that the model had not seen. A line that would turn the order round, as
    /// of a model that knows nothing, is not taken.
    pub fn fit(sums: &[f64], labels: &[f64]) -> Self {
        let columns = Columns { values: vec![sums.to_vec()], of: vec![0], rows: sums.len() };
        let rows: Vec<u32> = (0..sums.len() as u32).collect();
        let Some(line) = Linear::fit(Link::Logit, &columns, labels, &rows) else { return Self::NONE };
        let probe = Columns { values: vec![vec![0.0, 1.0]], of: vec![0], rows: 2 };
        let at = line.sums(&probe);
        let slope = at[1] - at[0];
        if slope > 0.05 && slope.is_finite() { Self { slope, offset: at[0] } } else { Self::NONE }
    }

    /// The probability that log odds mean.
    pub fn probability(&self, sum: f64) -> f64 {
        logistic(self.slope * sum + self.offset)
    }
}

/// A model with all that scoring needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorer {
    /// How features become columns.
    pub encoding: Encoding,
    /// The model.
    pub model: Model,
    /// How its sums become log odds; [`Calibration::NONE`] if it predicts no label of 0 or 1.
    pub calibration: Calibration,
}

/// What each feature adds to each row's sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The sum of nobody in particular.
    pub base: f64,
    /// Feature by feature, row by row.
    pub features: Vec<Vec<f64>>,
}

impl Scorer {
    /// Calibrated sums: log odds, labels or their logarithms.
    pub fn sums(&self, features: &[Feature], rows: usize) -> Vec<f64> {
        let columns = self.encoding.columns(features, rows);
        let Calibration { slope, offset } = self.calibration;
        self.model.sums(&columns).into_iter().map(|sum| slope * sum + offset).collect()
    }

    /// What each feature adds; all of them and the base add up to [`Scorer::sums`].
    pub fn contributions(&self, features: &[Feature], rows: usize) -> Contributions {
        let columns = self.encoding.columns(features, rows);
        let (base, parts) = self.model.contributions(&columns);
        let Calibration { slope, offset } = self.calibration;
        let mut out = vec![vec![0.0; rows]; self.encoding.names().len()];
        for (part, of) in parts.iter().zip(&columns.of) {
            for (sum, value) in out[*of].iter_mut().zip(part) {
                *sum += slope * value;
            }
        }
        Contributions { base: slope * base + offset, features: out }
    }
}
