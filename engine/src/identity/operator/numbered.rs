//! The records of a profile as they are in its sources now, numbered, without being stored.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::{Distribution, EquivalenceProperties, OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    Partitioning, PlanProperties,
};
use futures::future::BoxFuture;

use crate::catalog::boxed::{self, Asked, Relation};
use crate::identity::profile::Profile;
use crate::identity::records::NumberedRecords;
use crate::{Error, Result};

/// The relation `p_records` of a profile, live.
#[derive(Debug)]
pub struct NumberedProfile {
    records: LogicalPlan,
    schema: SchemaRef,
    sources: Vec<String>,
}

impl NumberedProfile {
    /// The records of a profile.
    ///
    /// # Errors
    /// If its sources cannot be united.
    pub fn relation(profile: &Profile) -> Result<Arc<dyn TableProvider>> {
        let (records, schema) = (profile.union_plan()?, profile.records_schema());
        Ok(boxed::relation(Self { records, schema, sources: profile.sources.clone() }))
    }
}

impl Relation for NumberedProfile {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let sorted = asked.state.create_physical_plan(&self.records).await?;
            let (schema, sources) = (Arc::clone(&self.schema), self.sources.clone());
            let numbered: Arc<dyn ExecutionPlan> =
                Arc::new(NumberedRecordsExec::new(sorted, schema, sources));
            let Some(projection) = asked.projection else { return Ok(numbered) };
            let columns = projection.iter().map(|n| {
                let name = self.schema.field(*n).name();
                let column = datafusion::physical_expr::expressions::Column::new(name, *n);
                (Arc::new(column) as Arc<dyn PhysicalExpr>, name.clone())
            });
            Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), numbered)?))
        })
    }
}

/// Numbers records that come ordered by source and key, and keeps one per key.
#[derive(Debug)]
struct NumberedRecordsExec {
    input: Arc<dyn ExecutionPlan>,
    sources: Vec<String>,
    properties: Arc<PlanProperties>,
}

impl NumberedRecordsExec {
    fn new(input: Arc<dyn ExecutionPlan>, schema: SchemaRef, sources: Vec<String>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, sources, properties: Arc::new(properties) }
    }
}

impl DisplayAs for NumberedRecordsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(f, "sources={}", self.sources.join(", ")),
            _ => write!(f, "NumberedRecordsExec: sources=[{}]", self.sources.join(", ")),
        }
    }
}

impl ExecutionPlan for NumberedRecordsExec {
    fn name(&self) -> &'static str {
        "NumberedRecordsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.input.output_ordering().map(|ordering| OrderingRequirements::from(ordering.clone()))]
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
            return Err(DataFusionError::from(Error::internal("records are numbered in one input")));
        };
        Ok(Arc::new(Self::new(input, self.schema(), self.sources.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DFResult<SendableRecordBatchStream> {
        let sorted = self.input.execute(partition, context)?;
        let (numbered, _) = NumberedRecords::new(sorted, self.schema(), self.sources.clone())?;
        Ok(Box::pin(numbered))
    }
}
