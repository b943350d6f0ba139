//! What `classifier` and `regressor` share: a label predicted from all other columns.

use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::draws::folds;
use onefold_udfs::models::features::{Feature, MISSING, Values};
use onefold_udfs::models::metrics::{self, auc, hit_rate, rmse};
use onefold_udfs::models::tabular::{Scorer, Split};

use crate::prediction::findings::distributions;
use crate::prediction::grade;
use crate::prediction::judge::{self, Judged, Lesson};
use crate::prediction::method::Trained;
use crate::prediction::report::Report;
use crate::prediction::task::{Reason, Setup, Task};
use crate::prediction::work;
use crate::{Error, Result};

const FOLDS: usize = 5;
const FEWEST: usize = 50;
/// A text column with more different values than this share of the rows is a name, not a category.
const NAMES: f64 = 0.5;

/// The column to predict.
pub(super) fn label(setup: &Setup) -> Result<&str> {
    let label = setup.options.text("label").unwrap_or_default();
    let names: Vec<&str> = setup.schema.fields().iter().map(|f| f.name().as_str()).collect();
    if names.contains(&label) && label != setup.id {
        return Ok(label);
    }
    Err(Error::invalid(format!("the query does not select the label {label}"))
        .on("option label")
        .hint(format!("it selects {}", names.join(", "))))
}

/// The rows of the query: whom they are about, label and features.
struct Rows {
    ids: Vec<String>,
    label: Feature,
    features: Vec<Feature>,
}

async fn rows(task: &Task<'_>) -> Result<Rows> {
    let label = label(task.setup)?;
    let id = crate::identity::rules::quoted(&task.setup.id);
    let query = format!("SELECT * FROM ({}) AS q WHERE {id} IS NOT NULL ORDER BY {id}", task.setup.query);
    let table = task.rows(&query).await?;
    let ids = table.texts(&task.setup.id)?;
    let mut features = table.features(&[&task.setup.id])?;
    let place = features.iter().position(|f| f.name == label);
    let label =
        place.map(|place| features.remove(place)).ok_or_else(|| Error::internal("the label is gone"))?;
    Ok(Rows { ids, label, features })
}

/// The label as 0 and 1, and what 1 means; NaN is unknown.
pub(super) fn zero_one(label: &Feature, positive: Option<&str>) -> Result<(Vec<f64>, String)> {
    let wrong = |found: String| {
        Err(Error::invalid(format!("the label {} has {found}, not two values", label.name))
            .hint("a classifier tells two apart; compare it in the query, as in status = 'won' AS won"))
    };
    match &label.values {
        Values::Numbers(numbers) => {
            let mut values: Vec<f64> = numbers.iter().copied().filter(|v| !v.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            let [low, high] = values.as_slice() else {
                return wrong(format!("{} different values", values.len()));
            };
            let one = positive.and_then(|p| p.parse().ok()).unwrap_or(*high);
            if one != *low && one != *high {
                return wrong(format!("{low} and {high} and never {one}"));
            }
            let of = |v: &f64| if v.is_nan() { f64::NAN } else { f64::from(u8::from(*v == one)) };
            Ok((numbers.iter().map(of).collect(), one.to_string()))
        }
        Values::Categories { codes, labels } => {
            if labels.len() != 2 {
                return wrong(format!("{} different values", labels.len()));
            }
            const YES: [&str; 6] = ["yes", "true", "1", "y", "won", "t"];
            let known = labels.iter().position(|l| YES.contains(&l.to_lowercase().as_str()));
            let one = match positive {
                Some(positive) => labels.iter().position(|l| l == positive),
                None => known,
            };
            let Some(one) = one else {
                return Err(Error::invalid(format!("which of {} is it?", labels.join(" and ")))
                    .on(format!("label {}", label.name))
                    .hint(format!("say it: OPTIONS (positive '{}')", labels[0])));
            };
            let of = |c: &u32| if *c == MISSING { f64::NAN } else { f64::from(u8::from(*c as usize == one)) };
            Ok((codes.iter().map(of).collect(), labels[one].clone()))
        }
    }
}

/// Trains on all rows whose label is known.
pub(super) async fn train(task: &Task<'_>, loss: Loss) -> Result<Trained> {
    let mut findings = task.missing().await?;
    let step = task.job.log.start(&task.job.object, "features");
    let Rows { ids, label, mut features } = rows(task).await?;
    let labels = match loss {
        Loss::Logistic => zero_one(&label, task.setup.options.text("positive"))?.0,
        _ => match &label.values {
            Values::Numbers(numbers) => numbers.clone(),
            Values::Categories { .. } => {
                return Err(Error::invalid(format!("the label {} is a text and no number", label.name))
                    .hint("a regressor predicts numbers; use classifier for one of two texts"));
            }
        },
    };
    step.done(ids.len() as u64, None, None);
    let rows: Vec<u32> = (0..ids.len() as u32).filter(|row| !labels[*row as usize].is_nan()).collect();
    let positives = rows.iter().filter(|row| labels[**row as usize] > 0.5).count();
    let enough = match loss {
        Loss::Logistic => positives >= FEWEST && rows.len() - positives >= FEWEST,
        _ => rows.len() >= 2 * FEWEST,
    };
    if !enough {
        let of =
            if loss == Loss::Logistic { format!(", {positives} of them positive") } else { String::new() };
        return Err(Error::invalid(format!("too little data: {} rows have a label{of}", rows.len())).hint(
            match loss {
                Loss::Logistic => format!("at least {FEWEST} rows of each kind are needed"),
                _ => format!("at least {} rows are needed", 2 * FEWEST),
            },
        ));
    }
    features.retain(|feature| {
        let names = match &feature.values {
            Values::Categories { labels, .. } => labels.len() as f64 > NAMES * ids.len() as f64,
            Values::Numbers(_) => false,
        };
        if names {
            let message = "has a different value in most rows, as a name has, and is left out";
            findings.push(task.finding("recommendation", Some(&feature.name), message));
        }
        !names
    });
    for feature in features.iter().filter(|f| f.values.missing() > 0.2) {
        let message = format!("{:.1} % of the rows have no value", 100.0 * feature.values.missing());
        findings.push(task.finding("warning", Some(&feature.name), message));
    }
    findings.extend(task.leaks(&features, &labels, &rows));
    let seed = task.setup.seed;
    let keys: Vec<u64> = rows.iter().map(|row| u64::from(*row)).collect();
    let part = folds(&keys, FOLDS, seed);
    let of = |fold: u32, test: bool| {
        let chosen = rows.iter().zip(&part).filter(move |(_, part)| (**part == fold) == test);
        chosen.map(|(row, _)| *row).collect::<Vec<u32>>()
    };
    let splits =
        (0..FOLDS as u32).map(|fold| Split { train: of(fold, false), test: of(fold, true) }).collect();
    let mut people: Vec<&String> = rows.iter().map(|row| &ids[*row as usize]).collect();
    people.dedup();
    let customers = people.len() as u64;
    let lesson =
        Lesson { features, labels, loss, splits, candidates: judge::candidates(&task.setup.options), seed };
    let step = task.job.log.start(&task.job.object, "train");
    let trained = work::run(&step, move |watch| {
        let judged = lesson.judge(watch)?;
        let quality = |j: &Judged| {
            let labels = lesson.labels_of(&j.rows);
            match loss {
                Loss::Logistic => auc(&j.predicted, &labels).unwrap_or(0.5),
                _ => metrics::r_squared(&j.predicted, &labels),
            }
        };
        let best = judged.iter().max_by(|a, b| quality(a).total_cmp(&quality(b)))?;
        let scorer = lesson.fit(best.candidate, best.calibration, &rows, watch)?;
        Some(report(&lesson, &judged, best, quality(best), &scorer, &rows))
    })
    .await??;
    Ok(trained.finish(step, findings, customers))
}

fn report(
    lesson: &Lesson,
    judged: &[Judged],
    best: &Judged,
    quality: f64,
    scorer: &Scorer,
    rows: &[u32],
) -> Result<Trained> {
    let mut report = Report::default();
    let mut outcome = ('C', String::new());
    for one in judged {
        let word = one.candidate.word(lesson.loss);
        let labels = lesson.labels_of(&one.rows);
        let chosen = one.candidate == best.candidate;
        if lesson.loss == Loss::Logistic {
            judge::describe_probabilities(&mut report, word, &one.predicted, &labels);
            let share = metrics::mean(labels.iter().copied());
            let positives = labels.iter().sum::<f64>() as usize;
            let hits = hit_rate(&one.predicted, &labels, positives);
            report.metric(word, "hit_rate", hits, Some(share));
            if chosen {
                let right = metrics::accuracy(&one.predicted, &labels, 0.5);
                outcome = grade::by_hits(right, hits, share, positives, "of as many chosen blindly");
            }
        } else {
            let constant = vec![metrics::mean(labels.iter().copied()); labels.len()];
            judge::describe_numbers(&mut report, word, &one.predicted, &constant, &labels);
            if chosen {
                outcome = grade::by_error(rmse(&one.predicted, &labels), rmse(&constant, &labels));
            }
        }
        if chosen {
            judge::describe_scores(&mut report, &one.predicted, &labels);
        }
    }
    report.factors = judge::factors(scorer, &lesson.features, rows);
    report.distributions = distributions(&lesson.features, rows);
    Ok(Trained {
        candidate: best.candidate.word(lesson.loss).to_owned(),
        model: serde_json::to_string(scorer).map_err(|e| Error::internal(e.to_string()))?,
        report,
        grade: outcome.0,
        reason: outcome.1,
        quality,
        rows: rows.len() as u64,
        customers: 0,
    })
}

/// Everybody's score, labels known or not.
pub(super) struct Scored {
    pub(super) ids: Vec<String>,
    /// Log odds, or the label.
    pub(super) sums: Vec<f64>,
    pub(super) reasons: Vec<Reason>,
    pub(super) features: Vec<Feature>,
}

/// Scores all rows of the query.
pub(super) async fn score(task: &Task<'_>, model: &str) -> Result<Scored> {
    let scorer: Scorer = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    let Rows { ids, features, .. } = rows(task).await?;
    let step = task.job.log.start(&task.job.object, "score");
    let count = ids.len();
    let scored = work::run(&step, move |_| {
        let sums = scorer.sums(&features, ids.len());
        let reasons = judge::reasons(&scorer, &ids, &features);
        Some(Scored { ids, sums, reasons, features })
    })
    .await?;
    step.done(count as u64, None, None);
    Ok(scored)
}
