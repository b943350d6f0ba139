//! One partition of the operator.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::Result as DFResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use super::meters::Meters;
use super::output::{Output, Rows};
use super::ready::Ready;
use super::{Shared, what::What};
use crate::identity::blocking::candidates::{Cursor, PairBatch};
use crate::identity::fields::Scratch;

/// A worker that takes pieces of the blocks until there are none.
pub(super) struct Worker {
    pub(super) what: Arc<What>,
    pub(super) shared: Arc<Shared>,
    pub(super) context: Arc<TaskContext>,
    pub(super) output: Output,
    pub(super) schema: SchemaRef,
    pub(super) keep: f32,
    pub(super) meters: Meters,
}

#[derive(Default)]
struct Buffers {
    cursor: Cursor,
    batch: PairBatch,
    scratch: Scratch,
    patterns: Vec<u64>,
}

impl Worker {
    /// The batches of the partition. Each is computed in one poll; before it, the others of the thread have their turn.
    pub(super) fn stream(self) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let start = (self, None::<Arc<Ready>>, Buffers::default());
        let batches = futures::stream::try_unfold(start, |(worker, ready, mut buffers)| async move {
            let ready = match ready {
                Some(ready) => ready,
                None => worker.shared.ready(&worker.context, &worker.meters).await?,
            };
            loop {
                tokio::task::yield_now().await;
                match worker.next(&ready, &mut buffers)? {
                    Some(batch) if batch.num_rows() == 0 => {}
                    Some(batch) => return Ok(Some((batch, (worker, Some(ready), buffers)))),
                    None => return Ok(None),
                }
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }

    /// The next batch, which may be empty; `None` at the end.
    fn next(&self, ready: &Ready, buffers: &mut Buffers) -> DFResult<Option<RecordBatch>> {
        let total = self.meters.base.elapsed_compute().timer();
        let Buffers { cursor, batch, scratch, patterns } = buffers;
        if !ready.candidates().fill(&ready.work, cursor, batch) {
            self.meters.base.done();
            return Ok(None);
        }
        let (fields, model) = (ready.fields(), &ready.model);
        let timer = self.meters.compare.timer();
        fields.compare(&batch.left, &batch.right, scratch, patterns);
        drop(timer);
        let timer = self.meters.weigh.timer();
        let mut rows = Rows::default();
        for (i, pattern) in patterns.iter().copied().enumerate() {
            let (left, right) = (batch.left[i], batch.right[i]);
            let evidence = model.evidence(pattern, |field| fields.frequency(field, pattern, left, right));
            let (same, household) = model.weights(evidence);
            let (weight, household) = (same as f32, household as f32);
            if weight > self.keep || household > self.keep {
                rows.left.push(left);
                rows.right.push(right);
                rows.rule.push(batch.rule[i]);
                rows.pattern.push(pattern);
                rows.weight.push(weight);
                rows.household.push(household);
            }
        }
        drop(timer);
        ready.count(&batch.rule);
        self.meters.candidates.add(usize::try_from(batch.looked_at).unwrap_or(usize::MAX));
        self.meters.skipped.add(usize::try_from(batch.skipped).unwrap_or(usize::MAX));
        self.meters.unlikely.add(batch.len() - rows.len());
        let out = rows.batch(&self.output, &self.schema, &self.what, ready)?;
        self.meters.base.record_output(out.num_rows());
        drop(total);
        Ok(Some(out))
    }
}
