//! One partition of the operator.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::Result as DFResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::RecordOutput;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use super::meters::Meters;
use super::output::Rows;
use super::ready::Ready;
use super::{Found, Search, Shared, certain};
use crate::Result;
use crate::identity::blocking::candidates::{Cursor, PairBatch, fill};
use crate::identity::fields::Scratch;

/// A worker that takes pieces of the blocks until there are none.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) context: Arc<TaskContext>,
    pub(super) schema: SchemaRef,
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
        let start = (self, None::<Found>, Buffers::default());
        let batches = futures::stream::try_unfold(start, |(worker, found, mut buffers)| async move {
            let found = match found {
                Some(found) => found,
                None => worker.shared.ready(&worker.context, &worker.meters).await?,
            };
            loop {
                tokio::task::yield_now().await;
                match worker.next(&found, &mut buffers)? {
                    Some(batch) if batch.num_rows() == 0 => {}
                    Some(batch) => return Ok(Some((batch, (worker, Some(found), buffers)))),
                    None => return Ok(None),
                }
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }

    /// The next batch, which may be empty; `None` at the end.
    fn next(&self, found: &Found, buffers: &mut Buffers) -> DFResult<Option<RecordBatch>> {
        let total = self.meters.base.elapsed_compute().timer();
        let Buffers { cursor, batch, .. } = buffers;
        let filled = match found {
            Found::Evidence(ready) => ready.candidates().fill(&ready.work, cursor, batch),
            Found::Rules(ready) => fill(&ready.pairs(), &ready.work, cursor, batch),
        };
        if !filled {
            self.meters.base.done();
            return Ok(None);
        }
        let out = match found {
            Found::Evidence(ready) => self.weigh(ready, buffers)?,
            Found::Rules(ready) => {
                let _timer = self.meters.weigh.timer();
                let (left, right, rule) = ready.test(batch)?;
                certain::batch(&self.schema, left, right, rule)?
            }
        };
        let batch = &buffers.batch;
        self.meters.candidates.add(usize::try_from(batch.looked_at).unwrap_or(usize::MAX));
        self.meters.skipped.add(usize::try_from(batch.skipped).unwrap_or(usize::MAX));
        self.meters.unlikely.add(batch.len() - out.num_rows());
        drop(total);
        Ok(Some(out.record_output(&self.meters.base)))
    }

    fn weigh(&self, ready: &Ready, buffers: &mut Buffers) -> Result<RecordBatch> {
        let Buffers { batch, scratch, patterns, .. } = buffers;
        let (Search::Evidence { what, output, keep }, fields, model) =
            (&self.shared.search, ready.fields(), &ready.model)
        else {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        };
        let timer = self.meters.compare.timer();
        fields.compare(&batch.left, &batch.right, scratch, patterns);
        fields.failure(&what.plan.comparisons)?;
        drop(timer);
        let timer = self.meters.weigh.timer();
        let mut rows = Rows::default();
        for (i, pattern) in patterns.iter().copied().enumerate() {
            let (left, right) = (batch.left[i], batch.right[i]);
            let evidence = fields.evidence(model, pattern, left, right);
            let Some((same, household)) = model.weights_above(evidence, f64::from(*keep)) else { continue };
            let (weight, household) = (same as f32, household as f32);
            if weight > *keep || household > *keep {
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
        rows.batch(output, &self.schema, what, ready)
    }
}
