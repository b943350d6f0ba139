//! The refresh of a profile, step by step:
//!
//! 1. records: all sources in the common shape, numbered in order of source and key
//! 2. rules: the pairs that each rule joins, and the stewards'
//! 3. evidence: candidate pairs are found, compared and weighed
//! 4. clustering under the constraints
//! 5. ids: clusters take over the ids of the last run
//! 6. merge: one row per cluster

use std::sync::{Arc, PoisonError};

use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, StringViewArray, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::DataFrame;
use onefold_connectors::RejectedRecord;

use super::clustering::{AtMost, Edge, Never, Verdict};
use super::decide::{self, Decision};
use super::history::{self, Past};
use super::household;
use super::ids::Assignment;
use super::matching::{self, Matching};
use super::pairs::Names;
use super::profile::Profile;
use super::records::{Numbered, NumberedRecords, RecordIndex};
use super::report;
use super::rules::{self, CompiledRule, EVIDENCE};
use super::stewards::{self, Decisions};
use super::survivorship::{CLUSTER, MEMBER, MergeInput, merge_sql};
use crate::catalog::dependencies::relations;
use crate::catalog::object::folded;
use crate::refresh::{Job, Outputs};
use crate::sql::{CreateProfile, MatchItem, ObjectKind, Statement};
use crate::stopping;
use crate::{Error, Result};

const CHUNK: usize = 65_536;

/// Refreshes a profile and gives what it wrote; nothing of it is current before the caller publishes it.
pub async fn refresh(job: &Job, create: &CreateProfile) -> Result<Outputs> {
    let profile = Profile::compile(job.session.catalog(), create).await?;
    let rules = rules::compile(&profile)?;
    let names = Names::new(&profile, &rules)?;
    let mut out = Outputs::default();

    let index = Arc::new(records(job, &profile, &mut out).await?);
    let edges = find_edges(job, &profile, &rules, &index).await?;
    let matching = matching::find(job, &profile, &index).await?.map(Arc::new);
    let decision = Arc::new(clusters(job, &profile, &names, &index, edges, matching.clone()).await?);
    let homes = match &matching {
        Some(matching) => Some(households(job, matching, &decision).await?),
        None => None,
    };
    let past = Past::load(job.engine.warehouse(), &job.snapshot, job.session.ctx(), &profile, &index).await?;
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

    report(job, &profile, &names, &index, matching.as_deref(), &mut out).await?;
    drop(matching);
    let (decision_, index_) = (Arc::clone(&decision), Arc::clone(&index));
    let schema = names.schema();
    let stream = chunks(decision.pairs.len(), Arc::clone(&schema), move |rows| {
        names.batch(&schema, &index_, &decision_.pairs[rows])
    });
    write(job, &profile, "pairs", stream, &mut out).await?;

    merge(job, &profile, &decision, &assignment, &mut out).await?;
    Ok(out)
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
    index: &RecordIndex,
) -> Result<Vec<Edge>> {
    let mut edges = Vec::new();
    for item in &profile.create.matching {
        if let MatchItem::AlwaysIn(always) = item {
            let step = job.log.start(&job.object, format!("always in {}", always.relation));
            let decisions = stewards::read(&job.session, profile, index, &always.relation).await?;
            edges.extend(decisions.pairs.iter().map(|(left, right, _)| Edge {
                left: *left,
                right: *right,
                rule: 0,
            }));
            step.done(decisions.pairs.len() as u64, None, unknown(&decisions));
        }
    }
    for rule in rules {
        let step = job.log.start(&job.object, format!("rule {}", rule.name));
        let pairs = rules::find_pairs(&job.session, rule, &mut edges).await?;
        step.done(pairs, None, None);
    }
    Ok(edges)
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
    names: &Names,
    index: &Arc<RecordIndex>,
    edges: Vec<Edge>,
    matching: Option<Arc<Matching>>,
) -> Result<Decision> {
    let never = never(job, profile, names, index, &edges, matching.as_deref()).await?;
    let at_most = limits(profile);
    let step = job.log.start(&job.object, "clusters");
    let index = Arc::clone(index);
    let decision = tokio::task::spawn_blocking(move || {
        decide::decide(&index.source_of, edges, matching.as_deref(), &never, &at_most)
    })
    .await
    .map_err(|e| Error::internal(format!("clustering ended early: {e}")))?;
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
    names: &Names,
    index: &RecordIndex,
    edges: &[Edge],
    matching: Option<&Matching>,
) -> Result<Vec<Never>> {
    let mut out = Vec::new();
    for item in &profile.create.matching {
        if let MatchItem::NeverIn(never) = item {
            let step = job.log.start(&job.object, format!("never in {}", never.relation));
            let decisions = stewards::read(&job.session, profile, index, &never.relation).await?;
            out.extend(decisions.pairs.iter().map(|(left, right, _)| Never {
                left: *left,
                right: *right,
                reason: names.steward(),
                absolute: true,
            }));
            step.done(decisions.pairs.len() as u64, None, unknown(&decisions));
        }
    }
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
    matching: Option<&Matching>,
    out: &mut Outputs,
) -> Result<()> {
    let Some(matching) = matching else {
        out.removed.extend(["blocking", "model"].map(|relation| Profile::path(&profile.name, relation)));
        return Ok(());
    };
    let step = job.log.start(&job.object, "report");
    let batches =
        [("blocking", report::blocking(names, index, matching)?), ("model", report::model(matching)?)];
    let mut rows = 0;
    for (relation, batch) in batches {
        rows +=
            job.replace(&Profile::path(&profile.name, relation), vec![one(batch)], &step, out).await?.rows;
    }
    step.done(rows, None, None);
    Ok(())
}

async fn merge(
    job: &Job,
    profile: &Profile,
    decision: &Decision,
    assignment: &Assignment,
    out: &mut Outputs,
) -> Result<()> {
    let step = job.log.start(&job.object, "merge");
    let members: ArrayRef = Arc::new(Int64Array::from_iter_values(0..index_i64(decision.cluster_of.len())));
    let of: ArrayRef = Arc::new(UInt32Array::from(decision.cluster_of.clone()));
    table(job, "clusters", [(MEMBER, members), (CLUSTER, of)])?;
    let numbers: ArrayRef =
        Arc::new(UInt32Array::from_iter_values((0..decision.clusters).filter_map(|c| u32::try_from(c).ok())));
    let ids = assignment.id_of_cluster.iter().map(|n| assignment.ids[*n as usize].id.as_str());
    let ids: ArrayRef = Arc::new(StringViewArray::from_iter_values(ids));
    let id_column = profile.id_column();
    table(job, "ids", [(CLUSTER, numbers), (id_column.as_str(), ids)])?;
    let input = MergeInput { records: "scratch.records", clusters: "scratch.clusters", ids: "scratch.ids" };
    let text = merge_sql(profile, input)?;
    let streams = stopping::streams(job.session.frame(&text).await?).await?;
    let written = job.replace(&Profile::path(&profile.name, ""), streams, &step, out).await?;
    step.done(written.rows, Some(written.bytes), None);
    Ok(())
}

fn index_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn table<const N: usize>(job: &Job, name: &str, columns: [(&str, ArrayRef); N]) -> Result<()> {
    let batch = RecordBatch::try_from_iter(columns)?;
    job.session.scratch(name, Arc::new(MemTable::try_new(batch.schema(), vec![split(&batch)])?))
}

/// A batch in slices of the size that operators work on.
fn split(batch: &RecordBatch) -> Vec<RecordBatch> {
    (0..batch.num_rows().max(1))
        .step_by(CHUNK)
        .map(|start| batch.slice(start, CHUNK.min(batch.num_rows() - start)))
        .collect()
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

fn unknown(decisions: &Decisions) -> Option<String> {
    (decisions.unknown > 0).then(|| format!("{} rows name records that do not exist", decisions.unknown))
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
