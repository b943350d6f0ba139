//! The refresh of a prediction: trains if it has to, and scores.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::RecordBatch;
use chrono::Duration;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use super::options::days;
use super::task::{Scores, Setup, Task};
use super::version::{self, State, Version};
use super::{factors_path, findings, path, report, versions_path};
use crate::catalog::object::folded;
use crate::refresh::{Job, Outputs};
use crate::sql::CreatePrediction;
use crate::{Error, Result};

/// A version whose figure is less by no more than this share is not worse.
const TOLERANCE: f64 = 0.01;
/// Bins of the histogram of scores.
const BINS: usize = 20;
/// Drift above this is worth a warning.
const DRIFT: f64 = 0.25;

/// Trains if there is no model of this definition, if it is too old, or if everything is to be made anew; then scores.
pub async fn refresh(job: &Job, create: &CreatePrediction, out: &mut Outputs) -> Result<()> {
    let name = folded(&create.name);
    let setup = Setup::of(job.session.catalog(), create).await?;
    setup.method.check(&setup)?;
    let task = Task::new(job, &setup);
    let mut versions = version::load(job.session.catalog(), &name).await?;
    let definition = definition(create, &setup);
    if asks_to_train(job, &setup, &versions, &definition)? {
        train(&task, &mut versions, definition).await?;
    }
    let chosen = chosen(&setup, &versions)?;
    let scores = setup.method.score(&task, &versions[chosen].model).await?;
    describe(&task, &mut versions[chosen], &scores);

    let batch = scores.batch(&setup, versions[chosen].number, job.started_at)?;
    write(job, "scores", &path(&name), batch, out).await?;
    write(job, "factors", &factors_path(&name), scores.factors(&setup)?, out).await?;
    write(job, "versions", &versions_path(&name), version::batch(&versions)?, out).await
}

/// What a model is of: another method, profile, query, option or file makes another one. How versions take over does not.
fn definition(create: &CreatePrediction, setup: &Setup) -> String {
    let mut plain = create.clone();
    plain
        .options
        .retain(|(key, _)| !matches!(key.to_lowercase().as_str(), "version" | "replace" | "retrain"));
    let mut hasher = DefaultHasher::new();
    plain.to_string().hash(&mut hasher);
    if let Some(file) = &setup.file {
        file.digest.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn asks_to_train(job: &Job, setup: &Setup, versions: &[Version], definition: &str) -> Result<bool> {
    if setup.options.text("version").is_some() && !job.full {
        return Ok(false);
    }
    let current = versions.iter().find(|v| v.state == State::Current);
    let Some(current) = current.filter(|v| v.definition == definition && !job.full) else { return Ok(true) };
    if setup.options.text("retrain").is_none() {
        return Ok(false);
    }
    let age = job.started_at - current.trained_at;
    Ok(age >= Duration::days(i64::from(days(&setup.options, "retrain")?)))
}

async fn train(task: &Task<'_>, versions: &mut Vec<Version>, definition: String) -> Result<()> {
    let setup = task.setup;
    let trained = setup.method.train(task).await?;
    let always = setup.options.text("replace") == Some("always");
    let before = versions.iter_mut().find(|v| v.state == State::Current);
    let takes_over = before.as_ref().is_none_or(|before| {
        let worse = trained.quality < before.quality - TOLERANCE * before.quality.abs();
        always || before.definition != definition || !worse
    });
    if let (true, Some(before)) = (takes_over, before) {
        before.state = State::Replaced;
    }
    versions.push(Version {
        number: versions.last().map_or(1, |v| v.number + 1),
        definition,
        method: setup.method.name().to_owned(),
        candidate: trained.candidate,
        state: if takes_over { State::Current } else { State::Rejected },
        grade: trained.grade,
        reason: trained.reason,
        quality: trained.quality,
        trained_at: task.job.started_at,
        until: setup.options.text("until").map(str::to_owned),
        seed: setup.seed,
        rows: trained.rows,
        customers: trained.customers,
        run_id: task.job.run_id.clone(),
        report: trained.report,
        model: trained.model,
    });
    Ok(())
}

/// The version that scores: the pinned one, or the current one.
fn chosen(setup: &Setup, versions: &[Version]) -> Result<usize> {
    let of_method = |v: &Version| v.method == setup.method.name();
    let Some(pinned) = setup.options.integer("version") else {
        let current = versions.iter().position(|v| v.state == State::Current);
        return current.ok_or_else(|| Error::internal("no version is current"));
    };
    let found = versions.iter().position(|v| i64::try_from(v.number) == Ok(pinned) && of_method(v));
    found.ok_or_else(|| {
        let known: Vec<String> =
            versions.iter().filter(|v| of_method(v)).map(|v| v.number.to_string()).collect();
        let error = Error::not_found(format!("there is no version {pinned}")).on("option version");
        match known.as_slice() {
            [] => error.hint("none has been trained yet; leave the option out"),
            known => error.hint(format!("there are {}", known.join(", "))),
        }
    })
}

/// What scoring tells of a version: scores now, and how far the features are from those of training.
fn describe(task: &Task<'_>, version: &mut Version, scores: &Scores) {
    let about = &mut version.report;
    if !scores.figures.is_empty() {
        about.histogram = report::histogram(&scores.figures, BINS);
    }
    about.drift = findings::drift(&about.distributions, &scores.features);
    about.findings.retain(|finding| finding.step != "score");
    let far: Vec<_> = about.drift.iter().filter(|drift| drift.index > DRIFT).cloned().collect();
    for drift in far {
        let message = format!("is far from what it was in training: stability index {:.2}", drift.index);
        let mut finding = task.finding("warning", Some(&drift.feature), message);
        finding.step = "score".to_owned();
        about.findings.push(finding);
    }
}

async fn write(job: &Job, name: &str, path: &str, batch: RecordBatch, out: &mut Outputs) -> Result<()> {
    let step = job.log.start(&job.object, name);
    let schema = batch.schema();
    let stream = RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(batch)]));
    let written = job.replace(path, vec![Box::pin(stream)], &step, out).await?;
    step.done(written.rows, Some(written.bytes), None);
    Ok(())
}
