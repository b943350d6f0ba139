//! Linear and logistic regression with a ridge penalty, fitted by Newton's method on standardised columns.

use serde::{Deserialize, Serialize};

use super::features::Columns;
use super::metrics::logistic;

const ROUNDS: usize = 30;
const PENALTY: f64 = 1.0;

/// What a model's sum of terms means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The log odds of a label of 0 or 1.
    Logit,
    /// The label itself.
    Identity,
}

/// A fitted regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// What the sum means.
    pub link: Link,
    /// The sum at the means of all columns.
    pub intercept: f64,
    /// The change of the sum per standard deviation of each column.
    pub weights: Vec<f64>,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Linear {
    /// Fits to some rows. A missing value counts as its column's mean. `None` without rows.
    pub fn fit(link: Link, columns: &Columns, labels: &[f64], rows: &[u32]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let (means, deviations): (Vec<f64>, Vec<f64>) =
            columns.values.iter().map(|column| moments(column, rows)).unzip();
        let width = columns.values.len() + 1;
        let standard = |row: u32, out: &mut [f64]| {
            out[0] = 1.0;
            for (place, column) in columns.values.iter().enumerate() {
                out[place + 1] = standardised(column[row as usize], means[place], deviations[place]);
            }
        };
        let mut weights = vec![0.0; width];
        let mut x = vec![0.0; width];
        for _ in 0..ROUNDS {
            let mut hessian = vec![0.0; width * width];
            let mut gradient = vec![0.0; width];
            for row in rows {
                standard(*row, &mut x);
                let sum: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
                let (predicted, curvature) = match link {
                    Link::Identity => (sum, 1.0),
                    Link::Logit => {
                        let p = logistic(sum);
                        (p, (p * (1.0 - p)).max(1e-9))
                    }
                };
                let residual = labels[*row as usize] - predicted;
                for i in 0..width {
                    gradient[i] += residual * x[i];
                    let scaled = curvature * x[i];
                    for (cell, x) in hessian[i * width..=i * width + i].iter_mut().zip(&x) {
                        *cell += scaled * x;
                    }
                }
            }
            for i in 1..width {
                gradient[i] -= PENALTY * weights[i];
                hessian[i * width + i] += PENALTY;
            }
            let step = solve(&mut hessian, gradient, width)?;
            weights.iter_mut().zip(&step).for_each(|(w, s)| *w += s);
            if link == Link::Identity || step.iter().all(|s| s.abs() < 1e-8) {
                break;
            }
        }
        let intercept = weights.remove(0);
        weights.iter().all(|w| w.is_finite()).then_some(Self { link, intercept, weights, means, deviations })
    }

    /// The sum of each row's terms: log odds or the label itself.
    pub fn sums(&self, columns: &Columns) -> Vec<f64> {
        let mut out = vec![self.intercept; columns.rows];
        for (place, column) in columns.values.iter().enumerate() {
            for (sum, value) in out.iter_mut().zip(column) {
                *sum += self.weights[place] * standardised(*value, self.means[place], self.deviations[place]);
            }
        }
        out
    }

    /// The term of each column, row by row; with the intercept they add up to the sum.
    pub fn contributions(&self, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
        let terms = columns.values.iter().enumerate().map(|(place, column)| {
            let term =
                |v: &f64| self.weights[place] * standardised(*v, self.means[place], self.deviations[place]);
            column.iter().map(term).collect()
        });
        (self.intercept, terms.collect())
    }
}

fn standardised(value: f64, mean: f64, deviation: f64) -> f64 {
    if value.is_nan() { 0.0 } else { (value - mean) / deviation }
}

fn moments(column: &[f64], rows: &[u32]) -> (f64, f64) {
    let known = || rows.iter().map(|row| column[*row as usize]).filter(|v| !v.is_nan());
    let count = known().count().max(1) as f64;
    let mean = known().sum::<f64>() / count;
    let variance = known().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
    (mean, if variance > 1e-24 { variance.sqrt() } else { 1.0 })
}

/// Solves a symmetric positive definite system, given its lower triangle, by Cholesky's decomposition.
pub(super) fn solve(matrix: &mut [f64], mut right: Vec<f64>, width: usize) -> Option<Vec<f64>> {
    for j in 0..width {
        for i in j..width {
            let mut sum = matrix[i * width + j];
            for k in 0..j {
                sum -= matrix[i * width + k] * matrix[j * width + k];
            }
            if i == j {
                if sum <= 0.0 || !sum.is_finite() {
                    return None;
                }
                matrix[i * width + j] = sum.sqrt();
            } else {
                matrix[i * width + j] = sum / matrix[j * width + j];
            }
        }
    }
    for i in 0..width {
        let known: f64 = (0..i).map(|k| matrix[i * width + k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * width + i];
    }
    for i in (0..width).rev() {
        let known: f64 = (i + 1..width).map(|k| matrix[k * width + i] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * width + i];
    }
    Some(right)
}
