//! The records of a run: read from their sources, cleaned, numbered, and kept until they are stored.
//!
//! What fits into a part of the memory is matched from there and stored when the matches are known, beside other
//! things; more is stored at once and read back.

use std::sync::{Arc, PoisonError};

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::DataFrame;
use futures::{StreamExt, TryStreamExt, stream};
use onefold_connectors::RejectedRecord;

use super::profile::Profile;
use super::records::{Numbered, NumberedRecords, RecordIndex};
use super::rules::{self, EVIDENCE};
use super::streams;
use crate::Result;
use crate::catalog::dependencies::relations;
use crate::held::Held;
use crate::refresh::{Job, Outputs};
use crate::sql::{ObjectKind, Statement};
use crate::stopping;

/// The records of a run.
#[derive(Debug)]
pub struct Records {
    /// Sources and keys.
    pub index: Arc<RecordIndex>,
    schema: SchemaRef,
    /// What is not stored yet, and the memory that it takes.
    held: Option<(Vec<RecordBatch>, Held)>,
}

/// Reads the records and makes them visible as `scratch.records` and `scratch.evidence`.
///
/// # Errors
/// If a source cannot be read, or what does not fit into memory cannot be stored.
pub async fn read(job: &Job, profile: &Profile, out: &mut Outputs) -> Result<Records> {
    let step = job.log.start(&job.object, "records");
    let progress = step.progress();
    let sorted = stopping::stream(DataFrame::new(job.session.ctx().state(), profile.union_plan()?)).await?;
    let schema = profile.records_schema();
    let (mut stream, numbered) = NumberedRecords::new(sorted, Arc::clone(&schema), profile.sources.clone())?;

    let pool = Arc::clone(&job.session.ctx().runtime_env().memory_pool);
    let memory = Held::new(&pool, format!("records of {}", job.object));
    let (mut batches, mut rows, mut fits) = (Vec::new(), 0, true);
    while let Some(batch) = stream.try_next().await? {
        let batch = compact(&batch)?;
        fits = memory.keep(batch.get_array_memory_size());
        rows += batch.num_rows() as u64;
        batches.push(batch);
        if !fits {
            break;
        }
        progress(rows);
    }
    let (mut stored, mut held) = (None, None);
    if fits {
        held = Some((batches, memory));
    } else {
        let rest = stream::iter(batches).map(Ok).chain(stream);
        let all = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), rest));
        stored = Some(job.replace(&path(profile), vec![all], &step, out).await?);
        drop(memory);
    }
    let Numbered { index, rejected } =
        std::mem::take(&mut *numbered.lock().unwrap_or_else(PoisonError::into_inner));
    let counts: Vec<String> =
        profile.sources.iter().zip(index.counts()).map(|(s, n)| format!("{s} {n}")).collect();
    let unfit = rejected_by_sources(job, profile).await?;
    let mut detail = counts.join(", ");
    if unfit + rejected.len() > 0 {
        detail.push_str(&format!("; {} rejected, see system.rejected_records", unfit + rejected.len()));
    }
    step.done(index.len() as u64, stored.map(|written| written.bytes), Some(detail));

    let rejected_path = Profile::path(&profile.name, "rejected");
    if rejected.is_empty() {
        out.removed.push(rejected_path);
    } else {
        let step = job.log.start(&job.object, "rejected records");
        let batch = rejected_batch(&rejected)?;
        let written = job.replace(&rejected_path, vec![streams::one(batch)], &step, out).await?;
        step.done(written.rows, Some(written.bytes), None);
    }
    let records = Records { index: Arc::new(index), schema, held };
    records.show(job, profile, out).await?;
    Ok(records)
}

impl Records {
    /// Stores what is not stored yet, and lets go of the memory.
    ///
    /// # Errors
    /// If the records cannot be written.
    pub async fn store(self, job: &Job, profile: &Profile) -> Result<Outputs> {
        let mut out = Outputs::default();
        let Some((batches, memory)) = self.held else { return Ok(out) };
        let step = job.log.start(&job.object, "records stored");
        let streams = split(batches)
            .into_iter()
            .map(|part| streams::stream(Arc::clone(&self.schema), part.into_iter().map(Ok)));
        let written = job.replace(&path(profile), streams.collect(), &step, &mut out).await?;
        step.done(written.rows, Some(written.bytes), None);
        Self { index: self.index, schema: self.schema, held: None }.show(job, profile, &out).await?;
        drop(memory);
        Ok(out)
    }

    async fn show(&self, job: &Job, profile: &Profile, out: &Outputs) -> Result<()> {
        let records: Arc<dyn TableProvider> = match &self.held {
            Some((batches, _)) => {
                Arc::new(MemTable::try_new(Arc::clone(&self.schema), split(batches.clone()))?)
            }
            None => job.provider(&path(profile), out).await?,
        };
        job.session.scratch("records", records)?;
        let evidence = rules::evidence_sql(profile, "scratch.records");
        job.session.scratch(EVIDENCE, job.session.catalog().view_text(&evidence).await?)
    }
}

fn path(profile: &Profile) -> String {
    Profile::path(&profile.name, "records")
}

/// Fewer records are one part.
const LEAST_PART: usize = 100_000;

/// The batches in as many parts as there are cores, each of records that follow each other.
fn split(batches: Vec<RecordBatch>) -> Vec<Vec<RecordBatch>> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let size = batches.len().div_ceil(cores.min(rows / LEAST_PART).max(1)).max(1);
    let mut parts: Vec<Vec<RecordBatch>> = batches.chunks(size).map(<[RecordBatch]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    parts
}

/// The batch without the texts of others: a sort leaves the buffers of all its input with each of its batches.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let own = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()) as ArrayRef,
        None => Arc::clone(column),
    };
    Ok(RecordBatch::try_new(batch.schema(), batch.columns().iter().map(own).collect())?)
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
