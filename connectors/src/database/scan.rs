//! The scan of a remote table: a query, perhaps in several ranges.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, project_schema};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SortOrderPushdownResult,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::attempts::answered;
use super::dialect::Dialect;
use super::driver::{Driver, Read, Snapshot};
use super::provider::RemoteProvider;
use super::query::{Groups, Query};
use super::source::Counters;
use super::table::RemoteColumn;
use crate::Error;

/// A query to a database.
#[derive(Debug, Clone)]
pub(crate) struct RemoteScanExec {
    object: String,
    driver: Arc<dyn Driver>,
    counters: Arc<Counters>,
    query: Query,
    /// Conditions, one per partition; none for one partition that reads everything.
    ranges: Vec<String>,
    schema: SchemaRef,
    rows: Precision<usize>,
    ordering: Option<LexOrdering>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    shared: Arc<Mutex<Option<Shared>>>,
}

/// The state of the database that the partitions of one run read.
#[derive(Debug)]
struct Shared {
    run: Weak<TaskContext>,
    snapshot: Arc<OnceCell<Option<Arc<Snapshot>>>>,
}

impl RemoteScanExec {
    pub(super) fn new(
        provider: &RemoteProvider,
        query: Query,
        ranges: Vec<String>,
        rows: Precision<usize>,
    ) -> Result<Self> {
        let schema = project_schema(&provider.schema, Some(&query.columns))?;
        let mut scan = Self {
            object: provider.object.clone(),
            driver: Arc::clone(&provider.driver),
            counters: Arc::clone(&provider.counters),
            query,
            ranges,
            rows,
            ordering: None,
            properties: Arc::new(properties(&schema, None, 1)),
            schema,
            metrics: ExecutionPlanMetricsSet::new(),
            shared: Arc::default(),
        };
        scan.renew();
        Ok(scan)
    }

    /// Whether it yields all rows that hold its filters, in any order.
    pub(super) fn reads_all(&self) -> bool {
        self.query.limit.is_none() && self.query.order.is_empty() && self.query.groups.is_none()
    }

    /// Whether every value surely has its column's type.
    pub(super) fn is_typed(&self) -> bool {
        self.query.table.typed
    }

    /// Whether both read the same database with the same login.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.driver), Arc::as_ptr(&other.driver))
    }

    /// `source.table`, for messages.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    pub(super) fn ranges(&self) -> &[String] {
        &self.ranges
    }

    pub(super) fn dialect(&self) -> &dyn Dialect {
        self.driver.dialect()
    }

    /// One of the columns that it yields.
    pub(super) fn column(&self, place: usize) -> Option<&RemoteColumn> {
        self.query.output().nth(place)
    }

    /// The same rows in groups by the first `keys` of these columns.
    pub(super) fn aggregated(&self, columns: Vec<RemoteColumn>, keys: usize, schema: SchemaRef) -> Self {
        let mut scan = self.clone();
        scan.query.groups = Some(Groups { columns, keys });
        scan.schema = schema;
        scan.rows = Precision::Absent;
        scan.metrics = ExecutionPlanMetricsSet::new();
        scan.renew();
        scan
    }

    /// Another query of the same source, perhaps in ranges, with an estimate of as many rows.
    pub(super) fn with_query(
        &self,
        object: String,
        query: Query,
        ranges: &[String],
        schema: SchemaRef,
    ) -> Self {
        let mut scan = self.clone();
        (scan.object, scan.query, scan.ranges, scan.schema) = (object, query, ranges.to_vec(), schema);
        scan.ordering = None;
        scan.metrics = ExecutionPlanMetricsSet::new();
        scan.renew();
        scan
    }

    /// The same rows with these of its columns; `None` where these make the rows what they are.
    pub(super) fn projected(&self, places: &[usize], schema: SchemaRef) -> Option<Self> {
        if self.query.groups.is_some() || self.ordering.is_some() {
            return None;
        }
        let columns = places.iter().map(|place| self.query.columns.get(*place).copied());
        let query = Query { columns: columns.collect::<Option<_>>()?, ..self.query.clone() };
        Some(self.with_query(self.object.clone(), query, &self.ranges, schema))
    }

    fn renew(&mut self) {
        let partitions = self.ranges.len().max(1);
        self.properties = Arc::new(properties(&self.schema, self.ordering.as_ref(), partitions));
        self.shared = Arc::default();
    }

    /// The cell of the run that a context belongs to.
    fn shared(&self, context: &Arc<TaskContext>) -> Arc<OnceCell<Option<Arc<Snapshot>>>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shared.as_ref().filter(|s| s.run.ptr_eq(&Arc::downgrade(context))) {
            return Arc::clone(&known.snapshot);
        }
        let snapshot = Arc::default();
        *shared = Some(Shared { run: Arc::downgrade(context), snapshot: Arc::clone(&snapshot) });
        snapshot
    }

    /// The SQL of `ORDER BY` for an ordering by columns, if there is one.
    fn order(&self, ordering: &[PhysicalSortExpr]) -> Option<Vec<String>> {
        let item = |sort: &PhysicalSortExpr| {
            let column = sort.expr.downcast_ref::<Column>()?;
            let place = *self.query.columns.get(column.index())?;
            let column = self.query.table.columns.get(place)?;
            self.driver.dialect().order(column, sort.options.descending, sort.options.nulls_first)
        };
        ordering.iter().map(item).collect()
    }
}

fn properties(schema: &SchemaRef, ordering: Option<&LexOrdering>, partitions: usize) -> PlanProperties {
    let mut equivalence = EquivalenceProperties::new(Arc::clone(schema));
    if let Some(ordering) = ordering {
        equivalence.add_ordering(ordering.iter().cloned());
    }
    PlanProperties::new(
        equivalence,
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    )
    .with_scheduling_type(SchedulingType::NonCooperative)
}

impl DisplayAs for RemoteScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteScanExec: {}, sql={}", self.object, self.driver.dialect().query(&self.query, None))?;
        if !self.ranges.is_empty() {
            write!(f, ", ranges=[{}]", self.ranges.join("; "))?;
        }
        Ok(())
    }
}

impl ExecutionPlan for RemoteScanExec {
    fn name(&self) -> &'static str {
        "RemoteScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let parts = if args.partition().is_some() { self.ranges.len().max(1) } else { 1 };
        statistics.num_rows = match (self.rows, self.query.limit) {
            (Precision::Inexact(rows), Some(limit)) => Precision::Inexact(rows.min(limit)),
            (Precision::Inexact(rows), None) => Precision::Inexact(rows / parts),
            (other, _) => other,
        };
        Ok(Arc::new(statistics))
    }

    fn supports_limit_pushdown(&self) -> bool {
        self.query.groups.is_none()
    }

    fn fetch(&self) -> Option<usize> {
        self.query.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        if self.query.groups.is_some() {
            return None;
        }
        let mut scan = self.clone();
        scan.query.limit = match (scan.query.limit, limit) {
            (Some(known), Some(limit)) => Some(known.min(limit)),
            (known, limit) => limit.or(known),
        };
        scan.renew();
        Some(Arc::new(scan))
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> Result<SortOrderPushdownResult<Arc<dyn ExecutionPlan>>> {
        // The first rows of another order are other rows.
        if self.query.limit.is_some() || self.query.groups.is_some() {
            return Ok(SortOrderPushdownResult::Unsupported);
        }
        let Some(items) = self.order(order) else { return Ok(SortOrderPushdownResult::Unsupported) };
        let mut scan = self.clone();
        scan.query.order = items;
        scan.ordering = LexOrdering::new(order.iter().cloned());
        scan.renew();
        Ok(SortOrderPushdownResult::Exact { inner: Arc::new(scan) })
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let shared = (self.ranges.len() > 1).then(|| self.shared(&context));
        let driver = Arc::clone(&self.driver);
        let read = Read {
            sql: driver.dialect().query(&self.query, self.ranges.get(partition).map(String::as_str)),
            columns: self.query.output().cloned().collect(),
            schema: Arc::clone(&self.schema),
            batch_size: context.session_config().batch_size(),
            snapshot: None,
        };
        tracing::debug!("{}: {}", self.object, read.sql);
        let opened = async move {
            let snapshot = match &shared {
                Some(cell) => {
                    let made = async || driver.snapshot().await.map(|s| s.map(Arc::new));
                    cell.get_or_try_init(made).await?.clone()
                }
                None => None,
            };
            driver.read(Read { snapshot, ..read }).await
        };
        let driver = Arc::clone(&self.driver);
        let rows = stream::once(opened).map_err(DataFusionError::from).try_flatten().boxed();
        let rows = stream::try_unfold(rows, move |mut rows| {
            let driver = Arc::clone(&driver);
            async move {
                let batch = answered(driver.as_ref(), rows.next()).await?;
                Ok(batch.transpose()?.map(|batch| (batch, rows)))
            }
        });
        let watched = Watched {
            object: self.object.clone(),
            rows: rows.boxed(),
            counters: Arc::clone(&self.counters),
            baseline: BaselineMetrics::new(&self.metrics, partition),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), watched)))
    }
}

/// Counts rows, and names the table in errors.
struct Watched {
    object: String,
    rows: stream::BoxStream<'static, Result<RecordBatch>>,
    counters: Arc<Counters>,
    baseline: BaselineMetrics,
}

impl Stream for Watched {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = self.rows.poll_next_unpin(context);
        let poll = match poll {
            Poll::Ready(Some(Ok(batch))) => {
                self.counters.read(&batch);
                Poll::Ready(Some(Ok(batch)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = named(error, &self.object);
                self.counters.failed(&error.to_string());
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                self.counters.finished();
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        };
        self.baseline.record_poll(poll)
    }
}

/// An error of the driver with the object it is about.
fn named(error: DataFusionError, object: &str) -> DataFusionError {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => own.on(object).into(),
            Err(other) => DataFusionError::External(other),
        },
        other => other,
    }
}
