//! What `transaction_churn` and `subscription_churn` share: customers as they were known on several days, and whether
//! each had left some time later.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray};
use arrow::datatypes::DataType;
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::draws::{Draws, folds};
use onefold_udfs::models::features::Feature;
use onefold_udfs::models::metrics::{accuracy, auc, hit_rate, logistic};
use onefold_udfs::models::tabular::{Candidate, Scorer, Split};

use crate::prediction::findings::distributions;
use crate::prediction::grade;
use crate::prediction::judge::{self, Judged, Lesson};
use crate::prediction::method::Trained;
use crate::prediction::report::{Finding, Report};
use crate::prediction::task::{Scores, Task};
use crate::prediction::work;
use crate::{Error, Result};

/// Fewer customers of either kind teach nothing.
const FEWEST: usize = 50;
const FOLDS: usize = 3;

/// The columns of a score.
pub(super) fn columns() -> Vec<(&'static str, DataType)> {
    vec![("churn_score", DataType::Float64), ("is_churn", DataType::Boolean), ("risk", DataType::Utf8)]
}

/// Customers on days; a row per customer and day.
pub(super) struct Examples {
    /// Whom a row is about.
    pub(super) customers: Vec<String>,
    /// The day, since 1970.
    pub(super) days: Vec<i32>,
    /// What was known.
    pub(super) features: Vec<Feature>,
    /// Whether the customer had left afterwards.
    pub(super) labels: Vec<f64>,
    /// The rows of those who had not left before.
    pub(super) active: Vec<u32>,
    /// By what a rule without a model would order the rows; days of inactivity, for one.
    pub(super) rule: Option<Rule>,
}

/// A rule to be beaten: the figure of each row, and the thresholds that it may have.
pub(super) struct Rule {
    /// In what the rows are ordered.
    pub(super) figures: Vec<f64>,
    /// From which figure on a row is flagged; the best counts.
    pub(super) thresholds: Vec<i32>,
    /// As in `who had bought nothing for {} days`.
    pub(super) says: &'static str,
}

/// Fits the candidates, judges them on the held-out day, and grades the best.
pub(super) async fn learn(
    task: &Task<'_>,
    examples: Examples,
    held_out: i32,
    mut findings: Vec<Finding>,
) -> Result<Trained> {
    let Examples { customers, days, features, labels, active: rows, rule } = examples;
    let judged: Vec<u32> = rows.iter().copied().filter(|row| days[*row as usize] == held_out).collect();
    let left = judged.iter().filter(|row| labels[**row as usize] > 0.5).count();
    if left < FEWEST || judged.len() - left < FEWEST {
        return Err(Error::invalid(format!(
            "too little data: of {} active customers {left} left and {} stayed",
            judged.len(),
            judged.len() - left
        ))
        .hint(format!(
            "at least {FEWEST} of each are needed; a longer horizon or a longer inactive time may give them"
        )));
    }
    findings.extend(task.leaks(&features, &labels, &judged));
    let seed = task.setup.seed;
    let splits = splits(&customers, &days, &rows, held_out, seed);
    let mut people: Vec<&String> = rows.iter().map(|row| &customers[*row as usize]).collect();
    people.sort();
    people.dedup();
    let people = people.len() as u64;
    let lesson = Lesson {
        features,
        labels,
        loss: Loss::Logistic,
        splits,
        candidates: judge::candidates(&task.setup.options),
        seed,
    };
    let step = task.job.log.start(&task.job.object, "train");
    let trained = work::run(&step, move |watch| {
        let judged = lesson.judge(watch)?;
        let area = |j: &Judged| auc(&j.predicted, &lesson.labels_of(&j.rows)).unwrap_or(0.5);
        let best = judged.iter().max_by(|a, b| area(a).total_cmp(&area(b)))?;
        let scorer = lesson.fit(best.candidate, best.calibration, &rows, watch)?;
        Some(report(&lesson, &judged, best.candidate, rule.as_ref(), &scorer, &rows))
    })
    .await??;
    Ok(trained.finish(step, findings, people))
}

/// Each customer of the held-out day is judged by a model of other customers and earlier days. Without earlier days
/// others of the same day have to do.
fn splits(customers: &[String], days: &[i32], rows: &[u32], held_out: i32, seed: u64) -> Vec<Split> {
    let part = customer_folds(customers, seed);
    let is_late = |row: &u32| days[*row as usize] == held_out;
    let earlier = rows.iter().any(|row| !is_late(row));
    let split = |fold: u32| Split {
        train: rows
            .iter()
            .copied()
            .filter(|r| part[*r as usize] != fold && (!earlier || !is_late(r)))
            .collect(),
        test: rows.iter().copied().filter(|r| part[*r as usize] == fold && is_late(r)).collect(),
    };
    (0..FOLDS as u32).map(split).collect()
}

/// The fold of each row by its customer's name.
pub(super) fn customer_folds(customers: &[String], seed: u64) -> Vec<u32> {
    let key = |name: &String| {
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    };
    let keys: Vec<u64> = customers.iter().map(key).collect();
    folds(&keys, FOLDS, Draws::new(seed).bits())
}

/// Metrics of all candidates and grade of the chosen one, beside the best threshold of the rule or, without one, the
/// share of customers who left.
fn report(
    lesson: &Lesson,
    judged: &[Judged],
    chosen: Candidate,
    rule: Option<&Rule>,
    scorer: &Scorer,
    rows: &[u32],
) -> Result<Trained> {
    let mut report = Report::default();
    let mut outcome = ('C', String::new(), 0.0);
    for one in judged {
        let word = one.candidate.word(Loss::Logistic);
        let labels = lesson.labels_of(&one.rows);
        judge::describe_probabilities(&mut report, word, &one.predicted, &labels);
        let (flagged, baseline, named) = match rule {
            Some(rule) => {
                let figures: Vec<f64> = one.rows.iter().map(|row| rule.figures[*row as usize]).collect();
                report.metric(word, "auc_of_rule", auc(&figures, &labels).unwrap_or(0.5), None);
                let (threshold, flagged, hits) = best_threshold(&figures, &labels, &rule.thresholds);
                (flagged, hits, rule.says.replace("{}", &threshold.to_string()))
            }
            None => {
                let left: f64 = labels.iter().sum();
                (left as usize, left / labels.len() as f64, "chosen blindly".to_owned())
            }
        };
        let hits = hit_rate(&one.predicted, &labels, flagged);
        report.metric(word, "hit_rate", hits, Some(baseline));
        if one.candidate == chosen {
            judge::describe_scores(&mut report, &one.predicted, &labels);
            let right = accuracy(&one.predicted, &labels, 0.5);
            let named = format!("of as many {named}");
            let (grade, reason) = grade::by_hits(right, hits, baseline, flagged, &named);
            outcome = (grade, reason, auc(&one.predicted, &labels).unwrap_or(0.5));
        }
    }
    report.factors = judge::factors(scorer, &lesson.features, rows);
    report.distributions = distributions(&lesson.features, rows);
    Ok(Trained {
        candidate: chosen.word(Loss::Logistic).to_owned(),
        model: serde_json::to_string(scorer).map_err(|e| Error::internal(e.to_string()))?,
        report,
        grade: outcome.0,
        reason: outcome.1,
        quality: outcome.2,
        rows: rows.len() as u64,
        customers: 0,
    })
}

/// The threshold with the best F1: itself, how many it flags and the share of hits among them.
fn best_threshold(figures: &[f64], labels: &[f64], thresholds: &[i32]) -> (i32, usize, f64) {
    let left: f64 = labels.iter().sum();
    let of = |threshold: &i32| {
        let flagged = figures.iter().filter(|f| **f >= f64::from(*threshold)).count();
        let hits = hit_rate(figures, labels, flagged);
        let f1 = 2.0 * hits * flagged as f64 / (flagged as f64 + left).max(1.0);
        (f1, (*threshold, flagged, hits))
    };
    let best = thresholds.iter().map(of).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or((0, 0, 0.0), |(_, best)| best)
}

/// Scores the active customers.
pub(super) async fn score(task: &Task<'_>, model: &str, examples: Examples) -> Result<Scores> {
    let scorer: Scorer = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    let step = task.job.log.start(&task.job.object, "score");
    let scores = work::run(&step, move |_| {
        let rows = &examples.active;
        let features: Vec<Feature> = examples.features.iter().map(|f| judge::rows_of(f, rows)).collect();
        let ids: Vec<String> = rows.iter().map(|row| examples.customers[*row as usize].clone()).collect();
        let scores: Vec<f64> = scorer.sums(&features, ids.len()).into_iter().map(logistic).collect();
        let reasons = judge::reasons(&scorer, &ids, &features);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(scores.clone())),
            Arc::new(scores.iter().map(|s| Some(*s >= 0.5)).collect::<BooleanArray>()),
            Arc::new(scores.iter().map(|s| Some(risk(*s))).collect::<StringArray>()),
        ];
        Some(Scores { ids, columns, figures: scores, reasons, features })
    })
    .await?;
    step.done(scores.ids.len() as u64, None, None);
    Ok(scores)
}

fn risk(score: f64) -> &'static str {
    match score {
        s if s >= 2.0 / 3.0 => "high",
        s if s >= 1.0 / 3.0 => "medium",
        _ => "low",
    }
}
