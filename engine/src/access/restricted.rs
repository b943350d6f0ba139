//! A relation as a user sees it who is restricted by policies.
//!
//! Nothing of the user's statement runs before the policies have: not a filter, whose errors would tell of rows that
//! are not seen, nor the figures of `EXPLAIN ANALYZE`. Comparisons of columns with constants, which cannot fail, are
//! the exception, so that a large relation need not be read as a whole.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableProviderFilterPushDown,
};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;
use futures::future::BoxFuture;

use super::policies::{self, StoredPolicy};
use crate::catalog::boxed::{self, Asked, Relation};
use crate::catalog::{SessionCatalog, comments};
use crate::identity::rules::quoted;
use crate::{Error, ErrorKind, Result};

/// The name in `scratch` under which the whole relation is planned.
const WHOLE: &str = "whole relation of ";

/// What `user` sees of the relation `whole`.
///
/// # Errors
/// If a policy does not fit the relation: then nobody whom it restricts sees anything.
pub(crate) async fn restricted(
    catalog: &SessionCatalog,
    relation: (&str, &str),
    whole: &Arc<dyn TableProvider>,
    user: &str,
    policies: &[(String, StoredPolicy)],
) -> Result<Arc<dyn TableProvider>> {
    let path = comments::path(&[relation.0, relation.1]);
    let plan = seen(catalog, relation, whole, user, policies).await.map_err(|e| {
        tracing::warn!("the policies of {path} do not fit it: {e}");
        refused(&path, "do not fit it")
    })?;
    let columns = whole.schema();
    let columns = columns.fields().iter().map(|f| f.name().clone());
    let is_masked = |column: &String| policies.iter().any(|(_, policy)| policy.masks.contains_key(column));
    let seen_as_is = columns.filter(|column| !is_masked(column)).collect();
    let names = policies.iter().map(|(name, _)| name.clone()).collect();
    let schema = Arc::new(plan.schema().as_arrow().clone());
    Ok(boxed::relation(Restricted { path, plan, schema, names, seen_as_is }))
}

/// The plan of what a user sees. Like a view, a policy reads with the engine's rights what it stands on.
///
/// # Errors
/// What does not fit the relation.
pub(crate) async fn seen(
    catalog: &SessionCatalog,
    (schema, name): (&str, &str),
    whole: &Arc<dyn TableProvider>,
    user: &str,
    policies: &[(String, StoredPolicy)],
) -> Result<LogicalPlan> {
    let session = catalog.engine().session();
    session.pin(catalog.snapshot());
    let catalog = session.catalog();
    let scratch = format!("{WHOLE}{}", comments::path(&[schema, name]));
    catalog.scratch(&scratch, Arc::clone(whole))?;
    let columns = whole.schema();
    let columns: Vec<(String, String)> =
        columns.fields().iter().map(|f| (f.name().clone(), f.data_type().to_string())).collect();
    let from = format!("scratch.{} AS {}", quoted(&scratch), quoted(name));
    let view = catalog.view_text(&policies::query(&columns, &from, user, policies)?).await?;
    let plan = view.get_logical_plan().map(std::borrow::Cow::into_owned);
    plan.ok_or_else(|| Error::internal("policies have no plan").on(scratch))
}

fn refused(path: &str, why: &str) -> Error {
    Error::new(ErrorKind::Denied, format!("the policies of {path} {why}"))
        .hint("ask an administrator: the log of the server says more")
}

#[derive(Debug)]
struct Restricted {
    path: String,
    plan: LogicalPlan,
    schema: SchemaRef,
    names: Vec<String>,
    seen_as_is: Vec<String>,
}

impl Relation for Restricted {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let mut plan = LogicalPlanBuilder::from(self.plan.clone());
            if let Some(filter) = conjunction(asked.filters.iter().map(|filter| bare(filter.clone()))) {
                plan = plan.filter(filter)?;
            }
            if let Some(projection) = asked.projection {
                let names = projection.iter().map(|n| self.schema.field(*n).name());
                plan = plan.project(names.map(datafusion::prelude::ident).collect::<Vec<_>>())?;
            }
            let plan = plan.limit(0, asked.limit)?.build()?;
            let inner = asked.state.create_physical_plan(&plan).await?;
            Ok(Arc::new(RestrictedExec::new(inner, &self.path, &self.names)) as _)
        })
    }

    fn filter(&self, filter: &Expr) -> TableProviderFilterPushDown {
        match cannot_fail(filter, &self.seen_as_is) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        }
    }
}

/// A filter over the columns of the plan, which have another qualifier than those of the scan.
fn bare(filter: Expr) -> Expr {
    let stripped = filter.clone().transform(|expr| {
        Ok(match expr {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::new_unqualified(column.name))),
            other => Transformed::no(other),
        })
    });
    stripped.map_or(filter, |done| done.data)
}

/// Whether a filter only compares columns, which are seen as they are, with constants.
fn cannot_fail(filter: &Expr, columns: &[String]) -> bool {
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(c) if columns.contains(&c.name));
    let is_constant = |expr: &Expr| matches!(expr, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::And | Operator::Or => {
                cannot_fail(&binary.left, columns) && cannot_fail(&binary.right, columns)
            }
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq => {
                is_column(&binary.left) && is_constant(&binary.right)
                    || is_constant(&binary.left) && is_column(&binary.right)
            }
            _ => false,
        },
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => is_column(inner),
        Expr::Not(inner) => cannot_fail(inner, columns),
        Expr::InList(list) => is_column(&list.expr) && list.list.iter().all(is_constant),
        Expr::Between(between) => {
            is_column(&between.expr) && is_constant(&between.low) && is_constant(&between.high)
        }
        _ => false,
    }
}

/// What policies let through. It does not show what it stands on, nor how many rows that has.
#[derive(Debug)]
struct RestrictedExec {
    inner: Arc<dyn ExecutionPlan>,
    path: String,
    names: String,
    properties: Arc<PlanProperties>,
}

impl RestrictedExec {
    fn new(inner: Arc<dyn ExecutionPlan>, path: &str, names: &[String]) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(inner.schema()),
            Partitioning::UnknownPartitioning(inner.output_partitioning().partition_count()),
            inner.pipeline_behavior(),
            inner.boundedness(),
        );
        Self { inner, path: path.to_owned(), names: names.join(", "), properties: Arc::new(properties) }
    }
}

impl DisplayAs for RestrictedExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => {
                writeln!(f, "relation={}", self.path)?;
                writeln!(f, "policies={}", self.names)
            }
            _ => write!(f, "RestrictedExec: {}, policies=[{}]", self.path, self.names),
        }
    }
}

impl ExecutionPlan for RestrictedExec {
    fn name(&self) -> &'static str {
        "RestrictedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DFResult<TreeNodeRecursion>,
    ) -> DFResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DFResult<SendableRecordBatchStream> {
        let path = self.path.clone();
        // A message may hold a value that is not seen.
        let hidden = move |e: DataFusionError| {
            tracing::warn!("reading {path} under its policies failed: {e}");
            DataFusionError::from(refused(&path, "could not be applied"))
        };
        let rows = self.inner.execute(partition, context).map_err(&hidden)?;
        let rows = rows.map(move |batch| batch.map_err(&hidden));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
