//! The pairs of records as an operator of DataFusion.
//!
//! ```text
//! PairsExec: profile customer, rules=[email; last_name, birth_date], compare=[given_name(first_name), …], partitions=2
//!   ProjectionExec                    what is compared and blocked on, record by record
//!     DataSourceExec
//! ```
//!
//! The first partition that is asked reads the whole input, blocks it and trains the model ([`ready`]), off the
//! threads that serve others; then all partitions share the blocks piece by piece ([`stream`]) and give a few thousand
//! pairs at a time. Memory is linear in records and registered with the session's pool ([`memory`]); pairs are never
//! stored.

pub mod memory;
mod meters;
pub mod output;
pub mod ready;
mod stream;
pub mod what;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use tokio::sync::OnceCell;

use self::meters::Meters;
use self::output::{Output, named_schema, number_schema};
use self::ready::Ready;
use self::stream::Worker;
use self::what::What;
use crate::identity::parallel::Threads;
use crate::{Error, Result};

/// What the partitions have in common.
#[derive(Debug)]
struct Shared {
    what: Arc<What>,
    input: Arc<dyn ExecutionPlan>,
    threads: Threads,
    ready: OnceCell<std::result::Result<Arc<Ready>, Arc<DataFusionError>>>,
}

impl Shared {
    async fn ready(&self, context: &Arc<TaskContext>, meters: &Meters) -> DFResult<Arc<Ready>> {
        let make = async || {
            let made = Ready::make(&self.what, &self.input, context, self.threads, &meters.stages).await;
            if let Ok(ready) = &made {
                meters.memory.set(ready.held());
            }
            made.map(Arc::new).map_err(|e| Arc::new(DataFusionError::from(e)))
        };
        match self.ready.get_or_init(make).await {
            Ok(ready) => Ok(Arc::clone(ready)),
            Err(e) => Err(DataFusionError::Shared(Arc::clone(e))),
        }
    }
}

/// The candidate pairs of a profile, compared and weighed.
#[derive(Debug)]
pub struct PairsExec {
    shared: Arc<Shared>,
    output: Output,
    keep: f32,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl PairsExec {
    /// The pairs among the records that `input` gives. Pairs whose weights for one person and for one household are
    /// both at most `keep` bits are counted and left out.
    pub fn new(
        what: Arc<What>,
        input: Arc<dyn ExecutionPlan>,
        output: Output,
        keep: f32,
        partitions: usize,
    ) -> DFResult<Self> {
        let schema: SchemaRef = match &output {
            Output::Numbers => number_schema(),
            Output::Named(columns) => Arc::new(Schema::clone(&named_schema(&what)).project(columns)?),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions.max(1)),
            EmissionType::Final,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        let threads = Threads::new(partitions);
        let shared = Arc::new(Shared { what, input, threads, ready: OnceCell::new() });
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Self { shared, output, keep, properties: Arc::new(properties), metrics })
    }

    /// Reads, blocks and trains, if that has not been done.
    ///
    /// # Errors
    /// If the input fails, nothing can be blocked on, or the memory is too small.
    pub(crate) async fn ready(&self, context: &Arc<TaskContext>) -> Result<Arc<Ready>> {
        Ok(self.shared.ready(context, &Meters::new(&self.metrics, 0)).await?)
    }

    /// The same over another input, or over the same from the start.
    fn over(&self, input: Arc<dyn ExecutionPlan>) -> DFResult<Self> {
        let what = Arc::clone(&self.shared.what);
        Self::new(what, input, self.output.clone(), self.keep, self.partitions())
    }

    fn partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }

    /// The rules as SQL: those in use, or as they were written.
    fn rules(&self) -> Vec<String> {
        let plan = &self.shared.what.plan;
        match self.shared.ready.get() {
            Some(Ok(ready)) => ready.blocks.iter().map(|b| b.rule.text.clone()).collect(),
            _ if plan.blocks.is_empty() => vec!["to be chosen".to_owned()],
            _ => plan.rule_texts(),
        }
    }

    fn comparisons(&self) -> Vec<String> {
        let comparisons = self.shared.what.plan.comparisons.iter();
        comparisons.map(|c| format!("{}({})", c.comparator.name(), c.columns.join(", "))).collect()
    }
}

impl DisplayAs for PairsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rules, compare) = (self.rules(), self.comparisons());
        match format {
            DisplayFormatType::TreeRender => {
                writeln!(f, "rules={}", rules.join("; "))?;
                writeln!(f, "compare={}", compare.join(", "))?;
                writeln!(f, "partitions={}", self.partitions())
            }
            _ => write!(
                f,
                "PairsExec: {}, rules=[{}], compare=[{}], partitions={}",
                self.shared.what.object,
                rules.join("; "),
                compare.join(", "),
                self.partitions()
            ),
        }
    }
}

impl ExecutionPlan for PairsExec {
    fn name(&self) -> &'static str {
        "PairsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.shared.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DFResult<TreeNodeRecursion>,
    ) -> DFResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        let Ok([input]) = <[_; 1]>::try_from(children) else {
            return Err(DataFusionError::from(Error::internal("pairs are found in one input")));
        };
        Ok(Arc::new(self.over(input)?))
    }

    fn reset_state(self: Arc<Self>) -> DFResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.over(Arc::clone(&self.shared.input))?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DFResult<SendableRecordBatchStream> {
        let worker = Worker {
            what: Arc::clone(&self.shared.what),
            shared: Arc::clone(&self.shared),
            context,
            output: self.output.clone(),
            schema: self.schema(),
            keep: self.keep,
            meters: Meters::new(&self.metrics, partition),
        };
        Ok(worker.stream())
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// Work for all cores, off the threads that serve others.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal(format!("a step of matching ended early: {e}")))?
}
