//! The merge: one row per cluster. Rows of clusters that no change touches are those of before.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::decide::Decision;
use super::history::Past;
use super::ids::Assignment;
use super::profile::Profile;
use super::rules::quoted;
use super::survivorship::{CLUSTER, MEMBER, MergeInput, merge_sql};
use crate::Result;
use crate::refresh::{Job, Outputs};
use crate::stopping;

const CHUNK: usize = 65_536;

/// Merges. `keep` has for each cluster whether its row of before still holds; without it all are merged.
pub async fn merge(
    job: &Job,
    profile: &Profile,
    decision: &Decision,
    assignment: &Assignment,
    keep: Option<Vec<bool>>,
) -> Result<Outputs> {
    let mut out = Outputs::default();
    let step = job.log.start(&job.object, "merge");
    let kept = |cluster: u32| keep.as_ref().is_some_and(|keep| keep[cluster as usize]);
    let of = &decision.cluster_of;
    let merged = || (0_u32..).zip(of).filter(|(_, cluster)| !kept(**cluster));
    let members: ArrayRef = Arc::new(Int64Array::from_iter_values(merged().map(|(r, _)| i64::from(r))));
    let clusters: ArrayRef = Arc::new(UInt32Array::from_iter_values(merged().map(|(_, c)| *c)));
    table(job, "clusters", [(MEMBER, members), (CLUSTER, clusters)])?;

    let id = |cluster: u32| assignment.ids[assignment.id_of_cluster[cluster as usize] as usize].id.as_str();
    let numbers = || (0..decision.clusters).filter_map(|c| u32::try_from(c).ok());
    let id_column = profile.id_column();
    let own = || numbers().filter(|c| !kept(*c));
    let ids: ArrayRef = Arc::new(StringViewArray::from_iter_values(own().map(id)));
    table(
        job,
        "ids",
        [(CLUSTER, Arc::new(UInt32Array::from_iter_values(own()))), (id_column.as_str(), ids)],
    )?;
    let input = MergeInput { records: "scratch.records", clusters: "scratch.clusters", ids: "scratch.ids" };
    let frame = job.session.frame(&merge_sql(profile, input)?).await?;
    let mut streams = stopping::streams(frame).await?;
    let before = numbers().filter(|c| kept(*c));
    let before: ArrayRef = Arc::new(StringViewArray::from_iter_values(before.map(id)));
    let detail = (!before.is_empty()).then(|| format!("{} of them from before", before.len()));
    if !before.is_empty()
        && let Some(schema) = streams.first().map(|s| s.schema())
    {
        streams.extend(rows_of_before(job, profile, before, &schema).await?);
    }
    let written = job.replace(&Profile::path(&profile.name, ""), streams, &step, &mut out).await?;
    step.done(written.rows, Some(written.bytes), detail);
    Ok(out)
}

/// For each cluster whether its row of the last run still holds: none of its records was touched, and its id stays.
pub fn rows_that_hold(
    decision: &Decision,
    assignment: &Assignment,
    past: &Past,
    touched: &[bool],
) -> Vec<bool> {
    let mut keep = vec![true; decision.clusters];
    for (record, cluster) in decision.cluster_of.iter().enumerate() {
        let cluster = *cluster as usize;
        keep[cluster] &= !touched[record] && past.id_of(record) == Some(assignment.id_of_cluster[cluster]);
    }
    keep
}

async fn rows_of_before(
    job: &Job,
    profile: &Profile,
    ids: ArrayRef,
    schema: &SchemaRef,
) -> Result<Vec<SendableRecordBatchStream>> {
    let path = Profile::path(&profile.name, "");
    let stored = job.snapshot.state.relations.get(&path);
    let Some(stored) = stored else { return Ok(Vec::new()) };
    let provider = job.engine.warehouse().relation(&path).provider(stored.version).await?;
    job.session.scratch("merged_before", provider)?;
    table(job, "kept", [("kept", ids)])?;
    let id = quoted(&profile.id_column());
    let columns: Vec<String> = schema.fields().iter().map(|f| format!("p.{}", quoted(f.name()))).collect();
    let text = format!(
        "SELECT {} FROM scratch.kept AS k JOIN scratch.merged_before AS p ON p.{id} = k.kept",
        columns.join(", ")
    );
    let streams = stopping::streams(job.session.frame(&text).await?).await?;
    let typed = |stream: SendableRecordBatchStream| -> SendableRecordBatchStream {
        let to = Arc::clone(schema);
        let batches = stream.and_then(move |batch| {
            let batch = as_types(&batch, &to).map_err(DataFusionError::from);
            async move { batch }
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), batches))
    };
    Ok(streams.into_iter().map(typed).collect())
}

fn as_types(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(c, f)| cast(c, f.data_type()));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<std::result::Result<Vec<_>, _>>()?)?)
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
