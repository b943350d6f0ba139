//! The pairs of records as an operator of DataFusion.
//!
//! ```text
//! PairsExec: profile customer, block=[email; last_name, birth_date], compare=[given_name(first_name), …], partitions=2
//!   ProjectionExec                    what is compared and blocked on, record by record
//!     DataSourceExec
//! ```
//!
//! The first partition that is asked reads the whole input, blocks it and trains the model ([`ready`]), off the
//! threads that serve others; then all partitions share the blocks piece by piece and give a few thousand
//! pairs at a time. Memory is linear in records and registered with the session's pool ([`memory`]); pairs are never
//! stored. The same operator finds what certain rules join ([`certain`]); it tests their predicates instead of
//! weighing.

pub mod certain;
pub mod memory;
mod meters;
pub mod numbered;
pub mod output;
pub mod ready;
mod stream;
pub mod what;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use tokio::sync::OnceCell;

use self::certain::plan::{Alternative, Certain};
use self::certain::ready::CertainReady;
use self::meters::Meters;
use self::output::{Output, named_schema, number_schema};
use self::ready::Ready;
use self::stream::Worker;
use self::what::What;
use crate::parallel::Threads;
use crate::{Error, Result};

/// Which pairs are looked for.
#[derive(Debug, Clone)]
enum Search {
    /// Those that blocking rules give; they are compared and weighed. Those at most as heavy as `keep` are left out.
    Evidence { what: Arc<What>, output: Output, keep: f32 },
    /// Those that certain rules join.
    Rules(Arc<Certain>),
}

/// The records, ready to be paired.
#[derive(Debug, Clone)]
enum Found {
    Evidence(Arc<Ready>),
    Rules(Arc<CertainReady>),
}

/// What the partitions have in common.
#[derive(Debug)]
struct Shared {
    search: Search,
    input: Arc<dyn ExecutionPlan>,
    threads: Threads,
    ready: OnceCell<std::result::Result<Found, Arc<DataFusionError>>>,
}

impl Shared {
    async fn ready(&self, context: &Arc<TaskContext>, meters: &Meters) -> DFResult<Found> {
        let make = async || {
            let made = self.make(context, meters).await;
            made.map_err(|e| Arc::new(DataFusionError::from(e)))
        };
        match self.ready.get_or_init(make).await {
            Ok(found) => Ok(found.clone()),
            Err(e) => Err(DataFusionError::Shared(Arc::clone(e))),
        }
    }

    async fn make(&self, context: &Arc<TaskContext>, meters: &Meters) -> Result<Found> {
        let (input, threads, times) = (&self.input, self.threads, &meters.stages);
        let (found, memory) = match &self.search {
            Search::Evidence { what, .. } => {
                let ready = Ready::make(what, input, context, threads, times).await?;
                let memory = ready.held();
                (Found::Evidence(Arc::new(ready)), memory)
            }
            Search::Rules(certain) => {
                let ready = CertainReady::make(certain, input, context, threads, times).await?;
                let memory = ready.memory.held();
                (Found::Rules(Arc::new(ready)), memory)
            }
        };
        meters.memory.set(memory);
        Ok(found)
    }
}

/// The candidate pairs of a profile, compared and weighed, or the pairs that its rules join.
#[derive(Debug)]
pub struct PairsExec {
    shared: Arc<Shared>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl PairsExec {
    /// The candidate pairs among the records that `input` gives. Pairs whose weights for one person and for one
    /// household are both at most `keep` bits are counted and left out.
    ///
    /// # Errors
    /// If the output has a column that there is not.
    pub fn new(
        what: Arc<What>,
        input: Arc<dyn ExecutionPlan>,
        output: Output,
        keep: f32,
        partitions: usize,
    ) -> DFResult<Self> {
        Self::over(Search::Evidence { what, output, keep }, input, partitions)
    }

    /// The pairs that rules join among the records that `input` gives.
    ///
    /// # Errors
    /// None now.
    pub fn of_rules(
        certain: Arc<Certain>,
        input: Arc<dyn ExecutionPlan>,
        partitions: usize,
    ) -> DFResult<Self> {
        Self::over(Search::Rules(certain), input, partitions)
    }

    fn over(search: Search, input: Arc<dyn ExecutionPlan>, partitions: usize) -> DFResult<Self> {
        let schema: SchemaRef = match &search {
            Search::Evidence { output: Output::Numbers, .. } => number_schema(),
            Search::Evidence { output: Output::Named(columns), what, .. } => {
                Arc::new(named_schema(what).project(columns)?)
            }
            Search::Rules(_) => certain::schema(),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions.max(1)),
            EmissionType::Final,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        let threads = Threads::new(partitions);
        let shared = Arc::new(Shared { search, input, threads, ready: OnceCell::new() });
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Self { shared, properties: Arc::new(properties), metrics })
    }

    /// The same as a plan of any kind.
    pub fn into_plan(self) -> Arc<dyn ExecutionPlan> {
        Arc::new(self)
    }

    /// Reads, blocks and trains, if that has not been done.
    ///
    /// # Errors
    /// If the input fails, nothing can be blocked on, or the memory is too small.
    pub(crate) async fn ready(&self, context: &Arc<TaskContext>) -> Result<Arc<Ready>> {
        match self.shared.ready(context, &Meters::new(&self.metrics, 0)).await? {
            Found::Evidence(ready) => Ok(ready),
            Found::Rules(_) => Err(Error::internal("rules have no evidence")),
        }
    }

    /// The same for rules.
    ///
    /// # Errors
    /// If the input fails or the memory is too small.
    pub(crate) async fn certain(&self, context: &Arc<TaskContext>) -> Result<Arc<CertainReady>> {
        match self.shared.ready(context, &Meters::new(&self.metrics, 0)).await? {
            Found::Rules(ready) => Ok(ready),
            Found::Evidence(_) => Err(Error::internal("evidence has no rules")),
        }
    }

    fn partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }

    /// Of whom the pairs are, and by which rules: those in use, or as they were written.
    fn rules(&self) -> (&str, Vec<String>) {
        match (&self.shared.search, self.shared.ready.get()) {
            (Search::Rules(certain), _) => {
                (&certain.object, certain.alternatives.iter().map(Alternative::text).collect())
            }
            (Search::Evidence { what, .. }, Some(Ok(Found::Evidence(ready)))) => {
                (&what.object, ready.blocks.iter().map(|b| b.rule.text.clone()).collect())
            }
            (Search::Evidence { what, .. }, _) if what.plan.blocks.is_empty() => {
                (&what.object, vec!["to be chosen".to_owned()])
            }
            (Search::Evidence { what, .. }, _) => (&what.object, what.plan.rule_texts()),
        }
    }

    fn comparisons(&self) -> Option<String> {
        let Search::Evidence { what, .. } = &self.shared.search else { return None };
        let comparisons = what.plan.comparisons.iter();
        let texts = comparisons.map(|c| c.text());
        Some(texts.collect::<Vec<_>>().join(", "))
    }
}

impl DisplayAs for PairsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((object, rules), partitions) = (self.rules(), self.partitions());
        let (kind, rules) = match &self.shared.search {
            Search::Evidence { .. } => ("block", rules.join("; ")),
            Search::Rules(_) => ("rules", rules.join("; ")),
        };
        match format {
            DisplayFormatType::TreeRender => {
                writeln!(f, "{kind}={rules}")?;
                if let Some(compare) = self.comparisons() {
                    writeln!(f, "compare={compare}")?;
                }
                writeln!(f, "partitions={partitions}")
            }
            _ => {
                write!(f, "PairsExec: {object}, {kind}=[{rules}]")?;
                if let Some(compare) = self.comparisons() {
                    write!(f, ", compare=[{compare}]")?;
                }
                write!(f, ", partitions={partitions}")
            }
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
        Ok(Arc::new(Self::over(self.shared.search.clone(), input, self.partitions())?))
    }

    fn reset_state(self: Arc<Self>) -> DFResult<Arc<dyn ExecutionPlan>> {
        let input = Arc::clone(&self.shared.input);
        Ok(Arc::new(Self::over(self.shared.search.clone(), input, self.partitions())?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DFResult<SendableRecordBatchStream> {
        let worker = Worker {
            shared: Arc::clone(&self.shared),
            context,
            schema: self.schema(),
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
