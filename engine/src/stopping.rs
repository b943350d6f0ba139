//! Statements that stop when nobody waits for their rows any more.
//!
//! Tokio ends a task only where it yields, and a join may compute for minutes in between: over a batch that it
//! multiplies, or over pairs none of which its filter keeps. Two measures, both on the physical plan:
//!
//! ```text
//!   AggregateExec                         AggregateExec
//!     NestedLoopJoinExec: a < b     →       CooperativeExec                 1. yields between batches
//!                                             NestedLoopJoinExec: a < b     2. its filter fails once the stream
//!                                                                              is dropped
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder, PiecewiseMergeJoinExec,
    SortMergeJoinExec,
};
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Error, ErrorKind, Result};

/// How many batches are made ahead of whoever reads them.
const BATCHES_AHEAD: usize = 2;

/// The rows of a query, as they are made. Dropping the stream stops the work.
pub(crate) async fn stream(frame: DataFrame) -> Result<SendableRecordBatchStream> {
    let context = Arc::new(frame.task_ctx());
    Ok(stream_of(frame.create_physical_plan().await?, &context)?)
}

/// The rows of a plan, as they are made. Dropping the stream stops the work.
pub(crate) fn stream_of(
    plan: Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
) -> DFResult<SendableRecordBatchStream> {
    let single: Arc<dyn ExecutionPlan> = match plan.output_partitioning().partition_count() {
        1 => plan,
        _ => Arc::new(CoalescePartitionsExec::new(plan)),
    };
    let token = CancellationToken::new();
    let plan = stoppable(single, &token)?;
    Ok(guarded(&plan, 0, context, &Arc::new(token.drop_guard())))
}

/// The rows of a query, partition by partition. Dropping all of the streams stops the work.
pub(crate) async fn streams(frame: DataFrame) -> Result<Vec<SendableRecordBatchStream>> {
    let context = Arc::new(frame.task_ctx());
    let token = CancellationToken::new();
    let plan = stoppable(frame.create_physical_plan().await?, &token)?;
    let guard = Arc::new(token.drop_guard());
    let partitions = plan.output_partitioning().partition_count();
    Ok((0..partitions).map(|partition| guarded(&plan, partition, &context, &guard)).collect())
}

/// A partition computed by a task of its own: whoever reads is never inside of the computation, and can drop it.
fn guarded(
    plan: &Arc<dyn ExecutionPlan>,
    partition: usize,
    context: &Arc<TaskContext>,
    guard: &Arc<DropGuard>,
) -> SendableRecordBatchStream {
    let schema = plan.schema();
    let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&schema), BATCHES_AHEAD);
    let (plan, context, rows) = (Arc::clone(plan), Arc::clone(context), builder.tx());
    builder.spawn(async move {
        let mut batches = plan.execute(partition, context)?;
        while let Some(batch) = batches.next().await {
            let failed = batch.is_err();
            if rows.send(batch).await.is_err() || failed {
                break;
            }
        }
        Ok(())
    });
    let guard = Arc::clone(guard);
    let held = builder.build().inspect(move |_| {
        let _ = &guard;
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, held))
}

/// Lets joins and `unnest` yield between the batches that they make of one batch of their input.
#[derive(Debug)]
pub(crate) struct YieldAboveJoins;

impl PhysicalOptimizerRule for YieldAboveJoins {
    fn name(&self) -> &str {
        "yield_above_joins"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> DFResult<Arc<dyn ExecutionPlan>> {
        let wrapped = plan.transform_up(|node| {
            let multiplies = node.is::<CrossJoinExec>()
                || node.is::<NestedLoopJoinExec>()
                || node.is::<HashJoinExec>()
                || node.is::<SortMergeJoinExec>()
                || node.is::<PiecewiseMergeJoinExec>()
                || node.is::<UnnestExec>();
            Ok(if multiplies {
                Transformed::yes(Arc::new(CooperativeExec::new(node)) as _)
            } else {
                Transformed::no(node)
            })
        })?;
        Ok(wrapped.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan with joins whose filters fail when the token is cancelled: a join does not end its turn before its
/// filter has kept a row.
fn stoppable(plan: Arc<dyn ExecutionPlan>, token: &CancellationToken) -> DFResult<Arc<dyn ExecutionPlan>> {
    let filtered = |filter: &JoinFilter| {
        let inner = Arc::clone(filter.expression());
        let expr = Stoppable { inner, token: token.clone(), evaluated: Arc::default() };
        Some(JoinFilter::new(Arc::new(expr), filter.column_indices().to_vec(), Arc::clone(filter.schema())))
    };
    let changed = plan.transform_up(|node| {
        let join: Arc<dyn ExecutionPlan> = if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>()
            && let Some(filter) = join.filter()
        {
            let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
            let builder = NestedLoopJoinExecBuilder::new(left, right, *join.join_type());
            let builder = builder.with_projection_ref(join.projection().clone());
            Arc::new(builder.with_filter(filtered(filter)).build()?)
        } else if let Some(join) = node.downcast_ref::<HashJoinExec>()
            && let Some(filter) = join.filter()
        {
            Arc::new(join.builder().with_filter(filtered(filter)).build()?)
        } else if let Some(join) = node.downcast_ref::<SortMergeJoinExec>()
            && let Some(filter) = join.filter()
        {
            Arc::new(SortMergeJoinExec::try_new(
                Arc::clone(join.left()),
                Arc::clone(join.right()),
                join.on().to_vec(),
                filtered(filter),
                join.join_type(),
                join.sort_options().to_vec(),
                join.null_equality(),
            )?)
        } else {
            return Ok(Transformed::no(node));
        };
        Ok(Transformed::yes(join))
    })?;
    Ok(changed.data)
}

/// An expression that fails when the token is cancelled.
#[derive(Debug, Clone)]
struct Stoppable {
    inner: Arc<dyn PhysicalExpr>,
    token: CancellationToken,
    evaluated: Arc<AtomicUsize>,
}

/// Some tens of milliseconds of work.
const BETWEEN_PAUSES: usize = 2048;

/// Long enough for another thread to wake up.
const PAUSE: Duration = Duration::from_micros(100);

/// Gives the other tasks of this thread to another one. Were all threads of the runtime in such a loop, nobody
/// could hear Ctrl-C or drop the stream.
fn let_others_run() {
    let many = Handle::try_current().is_ok_and(|h| h.runtime_flavor() == RuntimeFlavor::MultiThread);
    if many {
        tokio::task::block_in_place(|| std::thread::sleep(PAUSE));
    }
}

impl PartialEq for Stoppable {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Stoppable {}

impl Hash for Stoppable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Stoppable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PhysicalExpr for Stoppable {
    fn data_type(&self, schema: &Schema) -> DFResult<DataType> {
        self.inner.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> DFResult<bool> {
        self.inner.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> DFResult<FieldRef> {
        self.inner.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> DFResult<ColumnarValue> {
        if self.token.is_cancelled() {
            let stopped = Error::new(ErrorKind::Cancelled, "the statement was stopped");
            return Err(DataFusionError::from(stopped));
        }
        if self.evaluated.fetch_add(1, Ordering::Relaxed) % BETWEEN_PAUSES == BETWEEN_PAUSES - 1 {
            let_others_run();
        }
        self.inner.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> DFResult<Arc<dyn PhysicalExpr>> {
        let inner = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, ..self.as_ref().clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}
