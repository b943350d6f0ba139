//! Gradient-boosted trees (Friedman 2001) grown leaf by leaf on binned columns, as LightGBM does (Ke and others 2017):
//! missing values go to whichever side is better, and how many trees there are is decided on rows set aside.

mod bins;
mod contributions;
mod grow;
mod slopes;
#[cfg(test)]
mod tests;
mod tree;

use serde::{Deserialize, Serialize};

use self::bins::Binned;
use self::grow::Grower;
use self::slopes::Slopes;
use self::tree::Tree;
use super::draws::{Draws, folds};
use super::features::Columns;
use super::metrics::{logistic, mean};
use super::parts::in_parts;

const RATE: f64 = 0.05;
const MOST_TREES: usize = 600;
const PATIENCE: usize = 40;
/// One row of so many is set aside to decide on the number of trees.
const ASIDE: usize = 6;
const TWEEDIE: f64 = 1.5;
/// Rows that are worth a second thread.
const WORTH_IT: usize = 512;
/// Rows that are told together, so that their values stay at hand.
const TOGETHER: usize = 512;

/// What is made small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// The log loss of a label of 0 or 1; the trees add up to log odds.
    Logistic,
    /// The squared error; the trees add up to the label.
    Squared,
    /// The Tweedie deviance of power 1.5, for amounts of which many are 0; the trees add up to the logarithm of the
    /// label.
    Tweedie,
}

/// Fitted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    /// What was made small.
    pub loss: Loss,
    /// What the sum of all trees starts from.
    pub base: f64,
    trees: Vec<Tree>,
}

/// Called with the number of trees; `false` ends the work.
pub type Watch<'a> = &'a (dyn Fn(usize) -> bool + Sync);

impl Boosted {
    /// Fits to some rows. `None` if `watch` ended it or there are no rows.
    pub fn fit(
        loss: Loss,
        columns: &Columns,
        labels: &[f64],
        rows: &[u32],
        seed: u64,
        watch: Watch<'_>,
    ) -> Option<Self> {
        let examples = Examples {
            loss,
            binned: Binned::new(columns, rows),
            labels: rows.iter().map(|row| labels[*row as usize]).collect(),
            seed,
        };
        let keys: Vec<u64> = rows.iter().map(|row| u64::from(*row)).collect();
        let part = folds(&keys, ASIDE, seed);
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let (aside, train): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| part[**row as usize] == 0);
        let trees = if aside.is_empty() {
            MOST_TREES / 4
        } else {
            let (_, best) = examples.grow(&train, &aside, MOST_TREES, watch)?;
            best * ASIDE / (ASIDE - 1)
        };
        let (model, _) = examples.grow(&all, &[], trees, watch)?;
        Some(model)
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// The sum of the trees for each row: log odds, label or its logarithm, by the loss.
    pub fn sums(&self, columns: &Columns) -> Vec<f64> {
        let mut out = vec![self.base; columns.rows];
        in_parts(&mut out, 1, WORTH_IT, |first, sums| {
            for (part, sums) in sums.chunks_mut(TOGETHER).enumerate() {
                let first = first + part * TOGETHER;
                for tree in &self.trees {
                    for (offset, sum) in sums.iter_mut().enumerate() {
                        *sum += tree.value(columns, first + offset);
                    }
                }
            }
        });
        out
    }

    /// The Shapley values of each column, row by row; with the first number they add up to the sum.
    pub fn contributions(&self, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
        contributions::contributions(self, columns)
    }
}

fn base(loss: Loss, labels: &[f64], rows: &[u32]) -> f64 {
    let mean = mean(rows.iter().map(|row| labels[*row as usize]));
    match loss {
        Loss::Logistic => {
            let p = mean.clamp(1e-6, 1.0 - 1e-6);
            (p / (1.0 - p)).ln()
        }
        Loss::Squared => mean,
        Loss::Tweedie => mean.max(1e-9).ln(),
    }
}

/// Gradient and curvature of the loss of a row.
fn slope(loss: Loss, sum: f64, label: f64) -> (f64, f64) {
    match loss {
        Loss::Logistic => {
            let p = logistic(sum);
            (p - label, (p * (1.0 - p)).max(1e-9))
        }
        Loss::Squared => (sum - label, 1.0),
        Loss::Tweedie => {
            let (down, up) = (((1.0 - TWEEDIE) * sum).exp(), ((2.0 - TWEEDIE) * sum).exp());
            (up - label * down, label * (TWEEDIE - 1.0) * down + (2.0 - TWEEDIE) * up)
        }
    }
}

fn cost(loss: Loss, sum: f64, label: f64) -> f64 {
    match loss {
        Loss::Logistic => (if label > 0.5 { -sum } else { sum }).exp().ln_1p(),
        Loss::Squared => (sum - label) * (sum - label),
        Loss::Tweedie => {
            label * ((1.0 - TWEEDIE) * sum).exp() / (TWEEDIE - 1.0)
                + ((2.0 - TWEEDIE) * sum).exp() / (2.0 - TWEEDIE)
        }
    }
}

/// Rows to learn from or to be judged by, numbered from 0.
struct Examples {
    loss: Loss,
    binned: Binned,
    labels: Vec<f64>,
    seed: u64,
}

impl Examples {
    /// Grows trees on the rows of `train`, and tells after how many those of `aside` were told best.
    fn grow(&self, train: &[u32], aside: &[u32], most: usize, watch: Watch<'_>) -> Option<(Boosted, usize)> {
        if train.is_empty() {
            return None;
        }
        let Self { loss, binned, labels, seed } = self;
        let mut model = Boosted { loss: *loss, base: base(*loss, labels, train), trees: Vec::new() };
        let mut sums = vec![model.base; labels.len()];
        let mut slopes = Slopes::new(labels.len());
        let mut draws = Draws::new(*seed);
        let mut grower = Grower::new(binned, train, aside);
        let (mut best, mut lowest) = (0, f64::INFINITY);
        for round in 0..most {
            if !watch(round) {
                return None;
            }
            slopes.set(train.len(), |row| slope(*loss, sums[row], labels[row]));
            let tree = grower.tree(&slopes, RATE, &mut draws, &mut sums);
            let single = tree.is_single();
            model.trees.push(tree);
            if !aside.is_empty() {
                let now =
                    mean(aside.iter().map(|row| cost(*loss, sums[*row as usize], labels[*row as usize])));
                if now < lowest - 1e-7 * lowest.abs().min(1.0) {
                    (best, lowest) = (round + 1, now);
                } else if round + 1 >= best + PATIENCE {
                    break;
                }
            }
            if single {
                break;
            }
        }
        Some((model, best))
    }
}
