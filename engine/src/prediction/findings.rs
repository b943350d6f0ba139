//! What is to be said of the data that a model learns from.

use std::collections::HashMap;

use onefold_udfs::models::features::{Feature, Values};
use onefold_udfs::models::metrics::{auc, mean, rank_correlation, stability};

use super::report::{Distribution, Drift, Finding};
use super::task::Task;
use crate::Result;
use crate::identity::rules::quoted;

const BINS: usize = 10;
/// A required column with a larger share of missing values is worth a warning.
const MISSING: f64 = 0.2;
/// A feature that orders the labels so well knows them.
const LEAK: f64 = 0.95;

impl Task<'_> {
    /// A finding of the training data.
    pub fn finding(&self, state: &str, column: Option<&str>, message: impl Into<String>) -> Finding {
        Finding {
            step: "train".to_owned(),
            state: state.to_owned(),
            relation: self.setup.relations.clone(),
            column: column.map(str::to_owned),
            message: message.into(),
        }
    }

    /// Rows of the query, and what is missing in the columns of roles.
    pub async fn missing(&self) -> Result<Vec<Finding>> {
        let setup = self.setup;
        let mut columns = vec![("id", setup.id.as_str())];
        columns.extend(setup.bound.all());
        let counted: Vec<String> =
            columns.iter().enumerate().map(|(n, (_, c))| format!("count({}) AS c{n}", quoted(c))).collect();
        let query = format!("SELECT count(*) AS n, {} FROM ({}) AS q", counted.join(", "), setup.query);
        let table = self.rows(&query).await?;
        let total = table.numbers("n")?.first().copied().unwrap_or(0.0);
        if total == 0.0 {
            return Ok(vec![self.finding("error", None, "the query gives no rows")]);
        }
        let mut out = Vec::new();
        for (place, (role, column)) in columns.iter().enumerate() {
            let known = table.numbers(&format!("c{place}"))?.first().copied().unwrap_or(0.0);
            let share = 1.0 - known / total;
            if share > 0.0 {
                let state = if share > MISSING { "warning" } else { "recommendation" };
                let message = format!("{:.1} % of the rows have no {role} and are left out", 100.0 * share);
                out.push(self.finding(state, Some(column), message));
            }
        }
        Ok(out)
    }

    /// Features that know the label, as if it had been shifted into them.
    pub fn leaks(&self, features: &[Feature], labels: &[f64], rows: &[u32]) -> Vec<Finding> {
        let labels: Vec<f64> = rows.iter().map(|row| labels[*row as usize]).collect();
        let known = |feature: &&Feature| {
            let figures: Vec<f64> = match &feature.values {
                Values::Numbers(numbers) => rows.iter().map(|row| numbers[*row as usize]).collect(),
                Values::Categories { codes, .. } => by_mean(rows.iter().map(|r| codes[*r as usize]), &labels),
            };
            let binary = labels.iter().all(|l| *l == 0.0 || *l == 1.0);
            let filled: Vec<f64> = figures.iter().map(|v| if v.is_nan() { f64::MIN } else { *v }).collect();
            if binary {
                let area = auc(&filled, &labels).unwrap_or(0.5);
                area.max(1.0 - area) > 0.5 + LEAK / 2.0
            } else {
                rank_correlation(&filled, &labels).abs() > LEAK
            }
        };
        let leaking = features.iter().filter(known);
        leaking
            .map(|feature| {
                let message = "orders the labels almost perfectly, as if it were known only afterwards; take it out \
                               unless it is known at the time of the prediction";
                self.finding("warning", Some(&feature.name), message)
            })
            .collect()
    }
}

/// The mean label of each row's category; that of all rows where a category has few.
fn by_mean(codes: impl Iterator<Item = u32>, labels: &[f64]) -> Vec<f64> {
    const FEW: f64 = 20.0;
    let codes: Vec<u32> = codes.collect();
    let mut sums: HashMap<u32, (f64, f64)> = HashMap::new();
    for (code, label) in codes.iter().zip(labels) {
        let sum = sums.entry(*code).or_default();
        *sum = (sum.0 + label, sum.1 + 1.0);
    }
    let overall = mean(labels.iter().copied());
    let of = |code: &u32| match sums.get(code) {
        Some((sum, rows)) if *rows >= FEW => sum / rows,
        _ => overall,
    };
    codes.iter().map(of).collect()
}

/// How numeric features are distributed.
pub fn distributions(features: &[Feature], rows: &[u32]) -> Vec<Distribution> {
    let numeric = features.iter().filter_map(|feature| match &feature.values {
        Values::Numbers(numbers) => {
            Some((feature, rows.iter().map(|r| numbers[*r as usize]).collect::<Vec<_>>()))
        }
        Values::Categories { .. } => None,
    });
    let of = |(feature, numbers): (&Feature, Vec<f64>)| {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let mut bounds: Vec<f64> =
            (1..BINS).filter_map(|bin| sorted.get(bin * sorted.len() / BINS).copied()).collect();
        bounds.dedup();
        let rows = counts(&bounds, &numbers);
        Distribution { feature: feature.name.clone(), bounds, rows }
    };
    numeric.map(of).collect()
}

/// How far features are from what they were in training.
pub fn drift(before: &[Distribution], features: &[Feature]) -> Vec<Drift> {
    let now = |distribution: &Distribution| {
        let feature = features.iter().find(|f| f.name == distribution.feature)?;
        let Values::Numbers(numbers) = &feature.values else { return None };
        let index = stability(&distribution.rows, &counts(&distribution.bounds, numbers));
        Some(Drift { feature: distribution.feature.clone(), index })
    };
    before.iter().filter_map(now).collect()
}

fn counts(bounds: &[f64], numbers: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; bounds.len() + 2];
    for number in numbers {
        let bin = if number.is_nan() { bounds.len() + 1 } else { bounds.partition_point(|b| b <= number) };
        out[bin] += 1.0;
    }
    out
}
