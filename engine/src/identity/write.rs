//! Writes what a run has found: ids and links, households, what matching did, and the pairs.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;

use super::decide::Decision;
use super::history::{self, Past};
use super::household;
use super::ids::Assignment;
use super::matching::Matching;
use super::operator::certain::RuleBlocks;
use super::pairs::Names;
use super::profile::Profile;
use super::records::RecordIndex;
use super::report;
use super::streams::{one, stream};
use crate::refresh::{Job, Outputs};
use crate::{Error, Result};

const CHUNK: usize = 65_536;

/// Gives the clusters their ids, and writes links and households.
///
/// # Errors
/// If something cannot be written.
pub async fn people(
    job: &Job,
    profile: &Profile,
    past: &Past,
    index: &Arc<RecordIndex>,
    decision: &Arc<Decision>,
    matching: Option<&Arc<Matching>>,
) -> Result<(Arc<Assignment>, Outputs)> {
    let mut out = Outputs::default();
    let homes = match matching {
        Some(matching) => Some(households(job, matching, decision).await?),
        None => None,
    };
    let assignment = Arc::new(ids(job, profile, past, index, decision, &mut out).await?);
    let (index_, assignment_, decision_, profile_) =
        (Arc::clone(index), Arc::clone(&assignment), Arc::clone(decision), profile.clone());
    let links = chunks(index.len(), history::links_schema(&profile.id_column()), move |rows| {
        history::links_batch(&profile_, &index_, &assignment_, &decision_.cluster_of, rows)
    });
    out.add(write(job, profile, "links", links).await?);
    match homes {
        Some(homes) => {
            let batch = history::households_batch(profile, &assignment, &homes)?;
            out.add(write(job, profile, "households", one(batch)).await?);
        }
        None => out.removed.push(Profile::path(&profile.name, "households")),
    }
    Ok((assignment, out))
}

/// Writes the pairs.
///
/// # Errors
/// If they cannot be written.
pub async fn pairs(
    job: &Job,
    profile: &Profile,
    names: Names,
    index: &Arc<RecordIndex>,
    decision: &Arc<Decision>,
) -> Result<Outputs> {
    let (schema, index, of) = (names.schema(), Arc::clone(index), Arc::clone(decision));
    let pairs = chunks(decision.pairs.len(), Arc::clone(&schema), move |rows| {
        names.batch(&schema, &index, &of.pairs[rows])
    });
    write(job, profile, "pairs", pairs).await
}

/// For each person the first one of his household.
async fn households(job: &Job, matching: &Arc<Matching>, decision: &Arc<Decision>) -> Result<Vec<u32>> {
    let step = job.log.start(&job.object, "households");
    let (matching, decision) = (Arc::clone(matching), Arc::clone(decision));
    let homes = tokio::task::spawn_blocking(move || {
        household::households(&matching, &decision.cluster_of, decision.clusters)
    })
    .await
    .map_err(|e| Error::internal(format!("the search for households ended early: {e}")))?;
    let count = (0..).zip(&homes).filter(|(person, first)| person == *first).count();
    step.done(count as u64, None, None);
    Ok(homes)
}

async fn ids(
    job: &Job,
    profile: &Profile,
    past: &Past,
    index: &RecordIndex,
    decision: &Decision,
    out: &mut Outputs,
) -> Result<Assignment> {
    let step = job.log.start(&job.object, "ids");
    let assignment = past.assign(profile, index, &decision.cluster_of, decision.clusters);
    if let Some(batch) = past.history(profile, &assignment, &job.run_id, job.started_at)? {
        job.replace(&Profile::path(&profile.name, "history"), vec![one(batch)], &step, out).await?;
    }
    step.done(decision.clusters as u64, None, Some(history::summary(&assignment.events)));
    Ok(assignment)
}

/// Writes what `system.blocking` and `system.model_parameters` show.
pub async fn report(
    job: &Job,
    profile: &Profile,
    names: &Names,
    index: &RecordIndex,
    certain: &[RuleBlocks],
    matching: Option<&Matching>,
) -> Result<Outputs> {
    let mut out = Outputs::default();
    let mut batches = Vec::new();
    let step = job.log.start(&job.object, "report");
    if matching.is_some() || !certain.is_empty() {
        batches.push(("blocking", report::blocking(job, names, index, certain, matching).await?));
    }
    if let Some(matching) = matching {
        batches.push(("model", report::model(matching)?));
    }
    for relation in ["blocking", "model"] {
        if !batches.iter().any(|(written, _)| *written == relation) {
            out.removed.push(Profile::path(&profile.name, relation));
        }
    }
    let mut rows = 0;
    for (relation, batch) in batches {
        rows += job
            .replace(&Profile::path(&profile.name, relation), vec![one(batch)], &step, &mut out)
            .await?
            .rows;
    }
    step.done(rows, None, None);
    Ok(out)
}

async fn write(
    job: &Job,
    profile: &Profile,
    relation: &str,
    stream: SendableRecordBatchStream,
) -> Result<Outputs> {
    let mut out = Outputs::default();
    let step = job.log.start(&job.object, relation);
    let written = job.replace(&Profile::path(&profile.name, relation), vec![stream], &step, &mut out).await?;
    step.done(written.rows, Some(written.bytes), None);
    Ok(out)
}

/// The batches of so many rows, made when they are asked for.
fn chunks(
    rows: usize,
    schema: SchemaRef,
    make: impl Fn(std::ops::Range<usize>) -> Result<RecordBatch> + Send + 'static,
) -> SendableRecordBatchStream {
    stream(schema, (0..rows).step_by(CHUNK).map(move |start| make(start..rows.min(start + CHUNK))))
}
