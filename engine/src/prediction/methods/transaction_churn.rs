//! `transaction_churn`: who will have stopped buying.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::draws::{Draws, folds};
use onefold_udfs::models::metrics::{accuracy, auc, hit_rate, logistic};
use onefold_udfs::models::tabular::{Candidate, Scorer, Split};

use crate::prediction::findings::distributions;
use crate::prediction::grade;
use crate::prediction::judge::{self, Judged, Lesson};
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases::{Horizon, ROLES, Snapshots, days_to_learn_from};
use crate::prediction::report::Report;
use crate::prediction::roles::Role;
use crate::prediction::task::{Scores, Setup, Task, reasons};
use crate::prediction::work;
use crate::{Error, Result};

/// Fewer customers of either kind teach nothing.
const FEWEST: usize = 50;
const FOLDS: usize = 3;
const SNAPSHOTS: usize = 6;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("horizon", OptionType::Text, "how far to look ahead, as in '60 days'").default("60 days"),
    OptionSpec::new("inactive", OptionType::Text, "who has bought nothing for so long has left")
        .default("60 days"),
    OptionSpec::new(
        "model",
        OptionType::OneOf(&["auto", "logistic", "boosted"]),
        "the candidate, or the best of them",
    )
    .default("auto"),
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct TransactionChurn;

impl Method for TransactionChurn {
    fn name(&self) -> &'static str {
        "transaction_churn"
    }

    fn description(&self) -> &'static str {
        "How likely it is that a customer who buys now and then will have stopped"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        ROLES
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![("churn_score", DataType::Float64), ("is_churn", DataType::Boolean), ("risk", DataType::Utf8)]
    }

    fn main(&self) -> &'static str {
        "churn_score"
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        horizon(setup).map(drop)
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(score(task, model))
    }
}

fn horizon(setup: &Setup) -> Result<Horizon> {
    Ok(Horizon { days: days(&setup.options, "horizon")?, inactive: days(&setup.options, "inactive")? })
}

async fn train(task: &Task<'_>) -> Result<Trained> {
    let horizon = horizon(task.setup)?;
    let span = task.span().await?;
    let (held_out, earlier) = days_to_learn_from(span, span.last, horizon.days, SNAPSHOTS);
    if held_out - span.first < horizon.inactive {
        let needed = horizon.days + horizon.inactive;
        return Err(Error::invalid(format!(
            "too little data: the purchases span {} days",
            span.last - span.first
        ))
        .hint(format!("{needed} days are needed for this horizon, and twice as many are better")));
    }
    let mut findings = task.missing().await?;
    if earlier.is_empty() {
        findings.push(task.finding(
            "warning",
            task.setup.bound.column("time"),
            format!(
                "the history is too short to learn from an earlier time than the one that is judged: {} days would do",
                2 * horizon.days + horizon.inactive.max(90)
            ),
        ));
    }
    let step = task.job.log.start(&task.job.object, "features");
    let mut cutoffs = vec![held_out];
    cutoffs.extend(&earlier);
    let snapshots = task.snapshots(&cutoffs, horizon).await?;
    step.done(snapshots.days.len() as u64, None, Some(format!("{} days", cutoffs.len())));

    let labels: Vec<f64> =
        snapshots.purchases_at_end.iter().map(|n| f64::from(u8::from(*n == 0.0))).collect();
    let active = |row: &u32| snapshots.number("days_since_last")[*row as usize] < f64::from(horizon.inactive);
    let rows: Vec<u32> = (0..labels.len() as u32).filter(active).collect();
    let judged: Vec<u32> =
        rows.iter().copied().filter(|row| snapshots.days[*row as usize] == held_out).collect();
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
    findings.extend(task.leaks(&snapshots.features, &labels, &judged));

    let seed = task.setup.seed;
    let candidates = match task.setup.options.text("model") {
        Some("logistic") => vec![Candidate::Linear],
        Some("boosted") => vec![Candidate::Boosted],
        _ => vec![Candidate::Linear, Candidate::Boosted],
    };
    let splits = splits(&snapshots, &rows, held_out, seed);
    let inactivity: Vec<f64> =
        judged.iter().map(|r| snapshots.number("days_since_last")[*r as usize]).collect();
    let (customers, features) = (distinct(&snapshots, &rows), snapshots.features.clone());
    let lesson = Lesson { features, labels, loss: Loss::Logistic, splits, candidates, seed };
    let step = task.job.log.start(&task.job.object, "train");
    let trained = work::run(&step, move |watch| {
        let judged = lesson.judge(watch)?;
        let best = best(&lesson, &judged)?;
        let scorer = lesson.fit(best.candidate, best.calibration, &rows, watch)?;
        Some((
            report(&lesson, &judged, best.candidate, &inactivity, horizon, &scorer, &rows),
            scorer,
            best.candidate,
            rows.len(),
        ))
    })
    .await?;
    let ((mut report, grade, reason, quality), scorer, candidate, rows) = trained;
    report.findings = findings;
    step.done(rows as u64, None, Some(format!("{} chosen, grade {grade}", candidate.word(Loss::Logistic))));
    Ok(Trained {
        candidate: candidate.word(Loss::Logistic).to_owned(),
        model: serde_json::to_string(&scorer).map_err(|e| Error::internal(e.to_string()))?,
        report,
        grade,
        reason,
        quality,
        rows: rows as u64,
        customers,
    })
}

fn distinct(snapshots: &Snapshots, rows: &[u32]) -> u64 {
    let names: std::collections::HashSet<&str> =
        rows.iter().map(|row| snapshots.customers[*row as usize].as_str()).collect();
    names.len() as u64
}

/// Each customer of the held-out day is judged by a model of other customers and earlier days. Without earlier days
/// others of the same day have to do.
fn splits(snapshots: &Snapshots, rows: &[u32], held_out: i32, seed: u64) -> Vec<Split> {
    let part = customer_folds(&snapshots.customers, seed);
    let is_late = |row: &u32| snapshots.days[*row as usize] == held_out;
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

fn best<'a>(lesson: &Lesson, judged: &'a [Judged]) -> Option<&'a Judged> {
    let area = |j: &Judged| auc(&j.predicted, &lesson.labels_of(&j.rows)).unwrap_or(0.5);
    judged.iter().max_by(|a, b| area(a).total_cmp(&area(b)))
}

/// Metrics of all candidates and grade of the best, beside the best of the rules that call everybody churned who has
/// bought nothing for some time: the inactive time, halved until it is a month.
fn report(
    lesson: &Lesson,
    judged: &[Judged],
    chosen: Candidate,
    inactivity: &[f64],
    horizon: Horizon,
    scorer: &Scorer,
    rows: &[u32],
) -> (Report, char, String, f64) {
    let mut report = Report::default();
    let mut outcome = ('C', String::new(), 0.0);
    for one in judged {
        let word = one.candidate.word(Loss::Logistic);
        let labels = lesson.labels_of(&one.rows);
        judge::describe_probabilities(&mut report, word, &one.predicted, &labels);
        let (days, flagged, baseline) = best_rule(inactivity, &labels, horizon.inactive);
        let hits = hit_rate(&one.predicted, &labels, flagged);
        report.metric(word, "hit_rate", hits, Some(baseline));
        report.metric(word, "auc_of_inactivity", auc(inactivity, &labels).unwrap_or(0.5), None);
        if one.candidate == chosen {
            judge::describe_scores(&mut report, &one.predicted, &labels);
            let named = format!("of as many who had bought nothing for {days} days");
            let (grade, reason) =
                grade::by_hits(accuracy(&one.predicted, &labels, 0.5), hits, baseline, flagged, &named);
            outcome = (grade, reason, auc(&one.predicted, &labels).unwrap_or(0.5));
        }
    }
    report.factors = judge::factors(scorer, &lesson.features, rows);
    report.distributions = distributions(&lesson.features, rows);
    (report, outcome.0, outcome.1, outcome.2)
}

/// The rule with the best F1: its days, how many it flags and the share of hits among them.
fn best_rule(inactivity: &[f64], labels: &[f64], inactive: i32) -> (i32, usize, f64) {
    let mut best = (inactive, 0, 0.0, -1.0);
    let mut days = inactive;
    loop {
        days = (days / 2).max(1);
        let flagged = inactivity.iter().filter(|d| **d >= f64::from(days)).count();
        let hits = hit_rate(inactivity, labels, flagged);
        let left: f64 = labels.iter().sum();
        let f1 = 2.0 * hits * flagged as f64 / (flagged as f64 + left).max(1.0);
        if f1 > best.3 {
            best = (days, flagged, hits, f1);
        }
        if days <= 30 {
            return (best.0, best.1, best.2);
        }
    }
}

async fn score(task: &Task<'_>, model: &str) -> Result<Scores> {
    let horizon = horizon(task.setup)?;
    let scorer: Scorer = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    let span = task.span().await?;
    let snapshots = task.snapshots(&[span.last], horizon).await?;
    let since = snapshots.number("days_since_last");
    let rows: Vec<u32> =
        (0..since.len() as u32).filter(|row| since[*row as usize] < f64::from(horizon.inactive)).collect();
    let features: Vec<_> = snapshots.features.iter().map(|feature| judge::rows_of(feature, &rows)).collect();
    let ids: Vec<String> = rows.iter().map(|row| snapshots.customers[*row as usize].clone()).collect();
    let step = task.job.log.start(&task.job.object, "score");
    let count = ids.len();
    let (scores, reasons, features) = work::run(&step, {
        let ids = ids.clone();
        move |_| {
            let scores: Vec<f64> = scorer.sums(&features, ids.len()).into_iter().map(logistic).collect();
            let parts = scorer.contributions(&features, ids.len());
            let named: Vec<_> = scorer
                .encoding
                .names()
                .into_iter()
                .map(|name| (name, features.iter().find(|f| f.name == name).map(|f| &f.values)))
                .collect();
            let reasons = reasons(&ids, &named, &parts.features);
            Some((scores, reasons, features))
        }
    })
    .await?;
    step.done(count as u64, None, None);
    let risk = scores.iter().map(|s| Some(band(*s)));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Float64Array::from(scores.clone())),
        Arc::new(scores.iter().map(|s| Some(*s >= 0.5)).collect::<BooleanArray>()),
        Arc::new(risk.collect::<StringArray>()),
    ];
    Ok(Scores { ids, columns, figures: scores, reasons, features })
}

fn band(score: f64) -> &'static str {
    match score {
        s if s >= 2.0 / 3.0 => "high",
        s if s >= 1.0 / 3.0 => "medium",
        _ => "low",
    }
}
