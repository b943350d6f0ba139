//! `cluster_pairs((SELECT left_key, right_key, weight …) [, threshold])`: any pairs, clustered as a profile's are.
//!
//! Weights are in bits. What a profile has as rules and as NEVER are here the weights `Infinity` and `-Infinity`:
//! such a pair is together before evidence is asked, or is kept apart. A pair that is not among the rows counts as
//! one of which nothing is known, [`CLIP`](crate::identity::linkage::CLIP) bits, which is the least that any pair
//! counts as; of a pair that is there more than once, the highest weight counts. A key that is in no pair is a
//! cluster of its own if a row names it beside NULL.
//!
//! The result has a row per key: `key`, and `cluster`, which is the smallest key of the cluster.

mod clusters;
mod exec;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;
use sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, Query, TableFactor};

use crate::Error;
use crate::catalog::boxed::{self, Asked, Relation};

/// The function's name.
pub(crate) const NAME: &str = "cluster_pairs";

const COLUMNS: [&str; 3] = ["left_key", "right_key", "weight"];

/// The function where its first argument is no query.
#[derive(Debug)]
pub(super) struct ClusterPairs;

impl TableFunctionImpl for ClusterPairs {
    fn call_with_args(&self, _: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        Err(wrong("takes a query in parentheses and, if you like, a threshold in bits").into())
    }
}

/// Plans the function where its first argument is a query, which DataFusion would take for a single value.
#[derive(Debug)]
pub(crate) struct ClusterPairsPlanner;

impl RelationPlanner for ClusterPairsPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DFResult<RelationPlanning> {
        let TableFactor::Table { name, args: Some(args), alias, .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Some((query, threshold)) =
            arguments(&args.args).filter(|_| name.to_string().eq_ignore_ascii_case(NAME))
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let threshold = match threshold {
            None => 0.0,
            Some(expr) => expr
                .to_string()
                .replace(' ', "")
                .parse()
                .map_err(|_| wrong(format!("takes a number of bits as its threshold, not {expr}")))?,
        };
        let subquery = TableFactor::Derived {
            lateral: false,
            subquery: Box::new(query.clone()),
            alias: None,
            sample: None,
        };
        let pairs = columns(context.plan(subquery)?)?;
        let schema = schema(pairs.schema().field(0).data_type());
        let table = boxed::relation(Pairs { schema, pairs, threshold });
        let plan = LogicalPlanBuilder::scan(NAME, provider_as_source(table), None)?.build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}

/// The query and the threshold.
fn arguments(args: &[FunctionArg]) -> Option<(&Query, Option<&SqlExpr>)> {
    let expr = |arg| match arg {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    let (first, rest) = args.split_first()?;
    let SqlExpr::Subquery(query) = expr(first)? else { return None };
    match rest {
        [] => Some((query, None)),
        [threshold] => Some((query, Some(expr(threshold)?))),
        _ => None,
    }
}

/// The columns that count, both keys of one type.
fn columns(plan: LogicalPlan) -> DFResult<LogicalPlan> {
    let fields = plan.schema().fields();
    let names: Vec<&str> = fields.iter().map(|f| f.name().as_str()).collect();
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = names.iter().position(|name| *name == column).ok_or_else(|| {
            let hint = format!("the query gives {}; name the columns with AS", names.join(", "));
            wrong(format!("needs a column {column}")).hint(hint)
        })?;
    }
    let [left, right, weight] = places.map(|place| fields[place].data_type().clone());
    let key = if left == right {
        Some(left.clone())
    } else {
        type_union_resolution(&[left.clone(), right.clone()])
    };
    let Some(key) = key else {
        return Err(wrong(format!("has keys of two types, {left} and {right}"))
            .hint("CAST one of them")
            .into());
    };
    if !(weight.is_numeric() || weight.is_null()) {
        return Err(wrong(format!("has weights that are {weight} and no numbers")).into());
    }
    let as_type = |place: usize, r#type: &DataType| {
        cast(Expr::Column(plan.schema().columns().swap_remove(places[place])), r#type.clone())
            .alias(COLUMNS[place])
    };
    let exprs = [as_type(0, &key), as_type(1, &key), as_type(2, &DataType::Float64)];
    LogicalPlanBuilder::from(plan.clone()).project(exprs)?.build()
}

fn wrong(message: impl Into<String>) -> Error {
    Error::invalid(message)
        .on(NAME)
        .hint("as in cluster_pairs((SELECT left_key, right_key, weight FROM pairs))")
}

fn schema(key: &DataType) -> SchemaRef {
    let field = |name: &str| Field::new(name, key.clone(), false);
    Arc::new(Schema::new(vec![field("key"), field("cluster")]))
}

/// The clusters of the pairs that a plan gives.
#[derive(Debug)]
struct Pairs {
    pairs: LogicalPlan,
    threshold: f32,
    schema: SchemaRef,
}

impl Relation for Pairs {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let input = asked.state.create_physical_plan(&self.pairs).await?;
            let columns = asked.projection.cloned().unwrap_or_else(|| vec![0, 1]);
            let threads = asked.state.config().target_partitions();
            let clusters =
                exec::ClusterPairsExec::new(input, &self.schema, columns, self.threshold, threads)?;
            Ok(Arc::new(clusters) as _)
        })
    }
}
