//! The operator: reads all pairs, clusters them, gives the keys.

use std::fmt;
use std::sync::Arc;

use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, execute_stream,
};
use futures::{TryStreamExt, stream};

use super::clusters::clusters;
use crate::Error;
use crate::identity::operator::off_thread;
use crate::parallel::Threads;

/// The clusters of the pairs that its input gives.
#[derive(Debug)]
pub(super) struct ClusterPairsExec {
    input: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
    columns: Vec<usize>,
    threshold: f32,
    threads: usize,
    properties: Arc<PlanProperties>,
}

impl ClusterPairsExec {
    /// `schema` is that of the function, `columns` those of it that are wanted.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        schema: &SchemaRef,
        columns: Vec<usize>,
        threshold: f32,
        threads: usize,
    ) -> DFResult<Self> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(schema.project(&columns)?)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let schema = Arc::clone(schema);
        Ok(Self { input, schema, columns, threshold, threads, properties: Arc::new(properties) })
    }
}

impl DisplayAs for ClusterPairsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(f, "threshold={}", self.threshold),
            _ => write!(f, "ClusterPairsExec: threshold={} bits", self.threshold),
        }
    }
}

impl ExecutionPlan for ClusterPairsExec {
    fn name(&self) -> &'static str {
        "ClusterPairsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
            return Err(DataFusionError::from(Error::internal("pairs are clustered from one input")));
        };
        let columns = self.columns.clone();
        Ok(Arc::new(Self::new(input, &self.schema, columns, self.threshold, self.threads)?))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> DFResult<SendableRecordBatchStream> {
        let (input, schema, columns) =
            (Arc::clone(&self.input), Arc::clone(&self.schema), self.columns.clone());
        let (threshold, threads) = (self.threshold, Threads::new(self.threads));
        let rows = async move {
            let held = MemoryConsumer::new(super::NAME).register(context.memory_pool());
            let pairs = input.schema();
            let mut read = execute_stream(input, context)?;
            let mut batches = Vec::new();
            while let Some(batch) = read.try_next().await? {
                // Once as it was read, and about twice more in the tables by key.
                held.try_grow(3 * batch.get_array_memory_size())?;
                batches.push(batch);
            }
            let pairs = concat_batches(&pairs, &batches)?;
            drop(batches);
            let found = off_thread(move || clusters(&pairs, &schema, threshold, threads)).await?;
            Ok(found.project(&columns)?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream::once(rows))))
    }
}
