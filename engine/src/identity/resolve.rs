//! The refresh of a profile, step by step:
//!
//! 1. records: all sources in the common shape, numbered in order of source and key
//! 2. rules: the pairs that each rule joins, and the stewards'
//! 3. evidence: candidate pairs are found, compared and weighed
//! 4. clustering under the constraints
//! 5. ids: clusters take over the ids of the last run
//! 6. merge: one row per cluster

use std::sync::{Arc, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::DataFrame;
use onefold_connectors::RejectedRecord;

use super::clustering::{ALWAYS, AtMost, Edge, Never, Verdict};
use super::decide::{self, Decision};
use super::history::{self, Past};
use super::household;
use super::ids::Assignment;
use super::incremental;
use super::linkage::Known;
use super::matching::{self, Matching};
use super::merge::{merge, rows_that_hold};
use super::mode::{self, Mode};
use super::operator::certain::{self, RuleBlocks};
use super::pairs::{Names, steward_reason};
use super::profile::{Profile, RECORD_ORDER};
use super::records::{Numbered, NumberedRecords, RecordIndex};
use super::report;
use super::rules::{self, CompiledRule, EVIDENCE};
use super::settings::{Settings, Training};
use super::state::drift::drift;
use super::state::learned::{Learned, Seen, digest_of, over_limit};
use super::state::save::{RELATIONS as STATE, save};
use super::stewards::{self, Stewards};
use crate::catalog::dependencies::relations;
use crate::catalog::object::folded;
use crate::refresh::{Job, Outputs, asks_for_the_time};
use crate::sql::{CreateProfile, MatchItem, ObjectKind, Statement};
use crate::stopping;
use crate::{Error, Result};

const CHUNK: usize = 65_536;

/// Refreshes a profile and gives what it wrote; nothing of it is current before the caller publishes it.
pub async fn refresh(job: &Job, create: &CreateProfile) -> Result<Outputs> {
    let profile = Profile::compile(job.session.catalog(), create).await?;
    let rules = rules::compile(&profile)?;
    let settings = Settings::of(create).map_err(|e| e.on(profile.object()))?;
    let mut out = Outputs::default();

    let index = Arc::new(records(job, &profile, &mut out).await?);
    let stewards = stewards::all(job, &profile, &index).await?;
    let (edges, certain) = find_edges(job, &profile, &rules, &stewards, &index).await?;
    let found = find_pairs(job, &profile, settings, &index, &edges, &stewards).await?;
    let matching = found.as_ref().map(|found| Arc::clone(&found.matching));
    let names = Names::new(&profile, &rules, matching.as_ref().map(|m| &m.plan));
    let past = Past::load(job.engine.warehouse(), &job.snapshot, job.session.ctx(), &profile, &index).await?;
    let decision = clusters(job, &profile, &stewards, &index, edges.clone(), matching.clone(), &past).await?;
    let decision = Arc::new(decision);
    let homes = match &matching {
        Some(matching) => Some(households(job, matching, &decision).await?),
        None => None,
    };
    let assignment = Arc::new(ids(job, &profile, &past, &index, &decision, &mut out).await?);

    let (index_, assignment_, decision_, profile_) =
        (Arc::clone(&index), Arc::clone(&assignment), Arc::clone(&decision), profile.clone());
    let links = chunks(index.len(), history::links_schema(&profile.id_column()), move |rows| {
        history::links_batch(&profile_, &index_, &assignment_, &decision_.cluster_of, rows)
    });
    write(job, &profile, "links", links, &mut out).await?;

    let path = Profile::path(&profile.name, "households");
    match homes {
        Some(homes) => {
            let batch = history::households_batch(&profile, &assignment, &homes)?;
            write(job, &profile, "households", one(batch), &mut out).await?;
        }
        None => out.removed.push(path),
    }

    report(job, &profile, &names, &index, &certain, matching.as_deref(), &mut out).await?;
    let keep = match (&matching, &found) {
        (Some(matching), Some(found))
            if found.learned.seen.definition == definition(&profile) && holds(&profile) =>
        {
            matching.touched.as_ref().map(|touched| rows_that_hold(&decision, &assignment, &past, touched))
        }
        _ => None,
    };
    match found {
        Some(Found { matching, mut learned, trained }) => {
            learned.seen = Seen {
                definition: definition(&profile),
                stewards: stewards.digest,
                over_limit: over_limit(&matching.blocks),
            };
            save(job, &profile, &index, &matching, edges, (&learned, trained), &mut out).await?;
        }
        None => out.removed.extend(STATE.map(|relation| Profile::path(&profile.name, relation))),
    }
    drop(matching);
    let (decision_, index_) = (Arc::clone(&decision), Arc::clone(&index));
    let schema = names.schema();
    let stream = chunks(decision.pairs.len(), Arc::clone(&schema), move |rows| {
        names.batch(&schema, &index_, &decision_.pairs[rows])
    });
    write(job, &profile, "pairs", stream, &mut out).await?;

    merge(job, &profile, &decision, &assignment, keep, &mut out).await?;
    Ok(out)
}

/// The statement as a digest: merged rows of before are of no use to another one.
fn definition(profile: &Profile) -> String {
    digest_of([profile.create.to_string().as_str()])
}

/// Whether a merged row depends on its records alone, not on the time or on the numbers of records.
fn holds(profile: &Profile) -> bool {
    profile
        .create
        .merge
        .iter()
        .all(|item| !asks_for_the_time(&item.expr) && !item.expr.to_string().contains(RECORD_ORDER))
}

async fn records(job: &Job, profile: &Profile, out: &mut Outputs) -> Result<RecordIndex> {
    let step = job.log.start(&job.object, "records");
    let state = job.session.ctx().state();
    let sorted = stopping::stream(DataFrame::new(state, profile.union_plan()?)).await?;
    let (stream, numbered) = NumberedRecords::new(sorted, profile.records_schema(), profile.sources.clone())?;
    let written =
        job.replace(&Profile::path(&profile.name, "records"), vec![Box::pin(stream)], &step, out).await?;
    let Numbered { index, rejected } =
        std::mem::take(&mut *numbered.lock().unwrap_or_else(PoisonError::into_inner));
    let counts: Vec<String> =
        profile.sources.iter().zip(index.counts()).map(|(s, n)| format!("{s} {n}")).collect();
    let unfit = rejected_by_sources(job, profile).await?;
    let mut detail = counts.join(", ");
    if unfit + rejected.len() > 0 {
        detail.push_str(&format!("; {} rejected, see system.rejected_records", unfit + rejected.len()));
    }
    step.done(written.rows, Some(written.bytes), Some(detail));

    let path = Profile::path(&profile.name, "rejected");
    if rejected.is_empty() {
        out.removed.push(path);
    } else {
        let step = job.log.start(&job.object, "rejected records");
        let batch = rejected_batch(&rejected)?;
        let written = job.replace(&path, vec![one(batch)], &step, out).await?;
        step.done(written.rows, Some(written.bytes), None);
    }
    let records = job.provider(&Profile::path(&profile.name, "records"), out).await?;
    job.session.scratch("records", records)?;
    let evidence = rules::evidence_sql(profile, "scratch.records");
    job.session.scratch(EVIDENCE, job.session.catalog().view_text(&evidence).await?)?;
    Ok(index)
}

/// How many records the scanned tables of sources have left out.
async fn rejected_by_sources(job: &Job, profile: &Profile) -> Result<usize> {
    let mut count = 0;
    for (schema, table) in relations(&Statement::CreateProfile(Box::new(profile.create.clone()))) {
        if let Some(source) = job.snapshot.get(ObjectKind::Source, &schema) {
            count += job.engine.sources().open(source).await?.rejected(&table).await?.len();
        }
    }
    Ok(count)
}

async fn find_edges(
    job: &Job,
    profile: &Profile,
    rules: &[CompiledRule],
    stewards: &Stewards,
    index: &Arc<RecordIndex>,
) -> Result<(Vec<Edge>, Vec<RuleBlocks>)> {
    let always = stewards.always.iter().flat_map(|decisions| &decisions.pairs);
    let mut edges: Vec<Edge> =
        always.map(|(left, right, _)| Edge { left: *left, right: *right, rule: ALWAYS }).collect();
    let blocks = certain::find(job, profile, rules, index, &mut edges).await?;
    Ok((edges, blocks))
}

/// What the evidence says, and by which model.
#[derive(Debug)]
struct Found {
    matching: Arc<Matching>,
    learned: Learned,
    /// Whether this run trained it.
    trained: bool,
}

async fn find_pairs(
    job: &Job,
    profile: &Profile,
    settings: Settings,
    index: &Arc<RecordIndex>,
    edges: &[Edge],
    stewards: &Stewards,
) -> Result<Option<Found>> {
    if !profile.compares() {
        return Ok(None);
    }
    let step = job.log.start(&job.object, "changes");
    let mode = mode::choose(job, profile, index, settings, stewards.digest).await?;
    let (rows, detail) = mode.summary(index.len());
    step.done(rows, None, Some(detail));
    let known = match mode {
        Mode::Train(_) => None,
        Mode::Everything(known, changed, _) => {
            let matching = matching::find(job, profile, index, Some(Arc::clone(&known))).await?;
            matching.map(|matching| (matching, known, changed))
        }
        Mode::Changes(before) => {
            let (known, changed) = (Arc::clone(&before.known), before.changes.total());
            Some((incremental::find(job, profile, index, edges, *before).await?, known, changed))
        }
    };
    if let Some((matching, known, changed)) = known {
        let step = job.log.start(&job.object, "drift");
        let (field, far) = drift(&known.learned.levels, &matching.levels());
        let name = matching.fields.fields.get(field).map_or("", |f| f.name.as_str());
        let again = settings.training == Training::Auto && far > settings.retrain_above;
        let then = if again { "; the model is trained again" } else { "" };
        step.done(
            0,
            None,
            Some(format!("{far:.3} in {name} since {}{then}", known.learned.trained_at.format("%F"))),
        );
        if !again {
            let mut learned = known.learned.clone();
            learned.changed += changed as u64;
            return Ok(Some(Found { matching: Arc::new(matching), learned, trained: false }));
        }
    }
    let Some(matching) = matching::find(job, profile, index, None).await? else { return Ok(None) };
    let learned = Learned::new(profile, &matching, &job.run_id, job.started_at);
    Ok(Some(Found { matching: Arc::new(matching), learned, trained: true }))
}

/// The AT MOST items of a profile.
pub(super) fn limits(profile: &Profile) -> Vec<AtMost> {
    let limit = |item: &MatchItem| match item {
        MatchItem::AtMost(item) => Some(AtMost {
            source: profile.source_number(&folded(&item.source))?,
            count: u32::try_from(item.count).unwrap_or(u32::MAX),
        }),
        _ => None,
    };
    profile.create.matching.iter().filter_map(limit).collect()
}

async fn clusters(
    job: &Job,
    profile: &Profile,
    stewards: &Stewards,
    index: &Arc<RecordIndex>,
    edges: Vec<Edge>,
    matching: Option<Arc<Matching>>,
    past: &Past,
) -> Result<Decision> {
    let never = never(job, profile, stewards, index, &edges, matching.as_deref()).await?;
    let labels = matching.as_ref().and_then(|m| m.touched.as_ref()).map(|_| past.labels());
    let at_most = limits(profile);
    let step = job.log.start(&job.object, "clusters");
    let index = Arc::clone(index);
    let decision = tokio::task::spawn_blocking(move || {
        let touched = matching.as_ref().and_then(|m| m.touched.as_deref());
        let known = labels.as_deref().zip(touched).map(|(labels, touched)| Known { labels, touched });
        let decision = decide::decide(&index.source_of, edges, matching.as_deref(), &never, &at_most, known);
        if let Some(matching) = &matching {
            matching.fields.failure(&matching.plan.comparisons)?;
        }
        Ok::<_, Error>(decision)
    })
    .await
    .map_err(|e| Error::internal(format!("clustering ended early: {e}")))??;
    let mut sizes = vec![0_u32; decision.clusters];
    for number in &decision.cluster_of {
        sizes[*number as usize] += 1;
    }
    let refused = decision.pairs.iter().filter(|p| matches!(p.verdict, Verdict::Refused(_))).count();
    let largest = sizes.iter().max().copied().unwrap_or(0);
    let mut detail = format!("{} pairs, {refused} refused, largest cluster {largest}", decision.pairs.len());
    if let Some(linked) = &decision.linked {
        detail.push_str(&format!(
            ", {} pairs weighed inside components, {} components cut",
            linked.scored, linked.cut_components
        ));
    }
    step.done(decision.clusters as u64, None, Some(detail));
    Ok(decision)
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

async fn never(
    job: &Job,
    profile: &Profile,
    stewards: &Stewards,
    index: &RecordIndex,
    edges: &[Edge],
    matching: Option<&Matching>,
) -> Result<Vec<Never>> {
    let decided = stewards.never.iter().flat_map(|decisions| &decisions.pairs);
    let reason = steward_reason(profile);
    let mut out: Vec<Never> = decided
        .map(|(left, right, _)| Never { left: *left, right: *right, reason, absolute: true })
        .collect();
    if profile.create.matching.iter().any(|item| matches!(item, MatchItem::Never(_))) {
        let step = job.log.start(&job.object, "never");
        let component_of = decide::reachable(index.len(), edges, matching);
        let found = rules::find_never(&job.session, profile, &component_of).await?;
        step.done(found.len() as u64, None, None);
        out.extend(found);
    }
    Ok(out)
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
async fn report(
    job: &Job,
    profile: &Profile,
    names: &Names,
    index: &RecordIndex,
    certain: &[RuleBlocks],
    matching: Option<&Matching>,
    out: &mut Outputs,
) -> Result<()> {
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
        rows +=
            job.replace(&Profile::path(&profile.name, relation), vec![one(batch)], &step, out).await?.rows;
    }
    step.done(rows, None, None);
    Ok(())
}

async fn write(
    job: &Job,
    profile: &Profile,
    relation: &str,
    stream: SendableRecordBatchStream,
    out: &mut Outputs,
) -> Result<()> {
    let step = job.log.start(&job.object, relation);
    let written = job.replace(&Profile::path(&profile.name, relation), vec![stream], &step, out).await?;
    step.done(written.rows, Some(written.bytes), None);
    Ok(())
}

fn one(batch: RecordBatch) -> SendableRecordBatchStream {
    let schema = batch.schema();
    Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(batch)])))
}

/// A stream that makes its batches when they are asked for.
fn chunks(
    rows: usize,
    schema: SchemaRef,
    make: impl Fn(std::ops::Range<usize>) -> Result<RecordBatch> + Send + 'static,
) -> SendableRecordBatchStream {
    let batches = (0..rows).step_by(CHUNK).map(move |start| {
        make(start..rows.min(start + CHUNK)).map_err(datafusion::error::DataFusionError::from)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches)))
}

/// The columns of `p_rejected`.
fn rejected_batch(rejected: &[RejectedRecord]) -> Result<RecordBatch> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("line", DataType::UInt64, true),
        Field::new("column_name", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        Field::new("reason", DataType::Utf8, false),
    ]));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rejected.iter().map(|r| &r.location))),
        Arc::new(rejected.iter().map(|r| r.line).collect::<UInt64Array>()),
        Arc::new(rejected.iter().map(|r| r.column.as_deref()).collect::<StringArray>()),
        Arc::new(rejected.iter().map(|r| r.value.as_deref()).collect::<StringArray>()),
        Arc::new(StringArray::from_iter_values(rejected.iter().map(|r| &r.reason))),
    ];
    Ok(RecordBatch::try_new(schema, columns)?)
}
