//! Aggregates that a database computes: of a grouping right above a scan, the database answers with the states that the
//! engine would have computed of each part, which the engine puts together as it does with its own.
//!
//! ```text
//!   AggregateExec: mode=Final                     AggregateExec: mode=Final
//!     AggregateExec: mode=Partial           →       RemoteScanExec: SELECT c, count(*), max(n) … GROUP BY 1
//!       RemoteScanExec: SELECT c, n …
//! ```
//!
//! What is sent is on a list, as with filters: columns to group by whose equal values there are equal here, `count`, `sum`
//! of whole numbers and decimals, `min` and `max` of what is ordered alike.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};

use super::dialect::{Aggregates, Dialect};
use super::scan::RemoteScanExec;
use super::table::{Collation, Compare, RemoteColumn};

/// Sends aggregates to the databases that their tables are in. For the physical optimizer of a session.
#[derive(Debug, Default)]
pub(super) struct AggregateInDatabase;

impl PhysicalOptimizerRule for AggregateInDatabase {
    fn name(&self) -> &'static str {
        "aggregate_in_database"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let send = |plan: Arc<dyn ExecutionPlan>| {
            Ok(match plan.downcast_ref::<AggregateExec>().map(sent).transpose()?.flatten() {
                Some(sent) => Transformed::yes(sent),
                None => Transformed::no(plan),
            })
        };
        plan.transform_up(send).data()
    }
}

/// The aggregate with its part below sent, if it can be.
fn sent(aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(scan) = scan_below(aggregate.input()) else { return Ok(None) };
    match aggregate.mode() {
        AggregateMode::Partial => {
            let Some(states) = states(aggregate, scan)? else { return Ok(None) };
            Ok(Some(Arc::new(scan.aggregated(
                states,
                aggregate.group_expr().expr().len(),
                aggregate.schema(),
            ))))
        }
        AggregateMode::Single => {
            let parts = |mode, input| {
                AggregateExec::try_new(
                    mode,
                    match mode {
                        AggregateMode::Final => aggregate.group_expr().as_final(),
                        _ => aggregate.group_expr().clone(),
                    },
                    aggregate.aggr_expr().to_vec(),
                    aggregate.filter_expr().to_vec(),
                    input,
                    aggregate.input_schema(),
                )
            };
            let partial = parts(AggregateMode::Partial, Arc::clone(aggregate.input()))?;
            let Some(scan) = sent(&partial)? else { return Ok(None) };
            let single: Arc<dyn ExecutionPlan> = match scan.output_partitioning().partition_count() {
                1 => scan,
                _ => Arc::new(CoalescePartitionsExec::new(scan)),
            };
            let whole = parts(AggregateMode::Final, single)?.with_limit_options(aggregate.limit_options());
            Ok(Some(Arc::new(whole)))
        }
        _ => Ok(None),
    }
}

/// The scan of a remote table that gives the rows, perhaps spread over more partitions.
fn scan_below(input: &Arc<dyn ExecutionPlan>) -> Option<&RemoteScanExec> {
    if let Some(spread) = input.downcast_ref::<RepartitionExec>() {
        return match spread.partitioning() {
            Partitioning::RoundRobinBatch(_) => scan_below(spread.input()),
            _ => None,
        };
    }
    if let Some(together) = input.downcast_ref::<CoalescePartitionsExec>() {
        return if together.fetch().is_none() { scan_below(together.input()) } else { None };
    }
    if let Some(cooperative) = input.downcast_ref::<CooperativeExec>() {
        return scan_below(cooperative.input());
    }
    input.downcast_ref::<RemoteScanExec>().filter(|scan| scan.reads_all())
}

/// What the database is asked for: the columns to group by, and the states of the aggregates.
fn states(aggregate: &AggregateExec, scan: &RemoteScanExec) -> Result<Option<Vec<RemoteColumn>>> {
    let Some(known) = scan.dialect().aggregates().filter(|_| scan.is_typed()) else { return Ok(None) };
    let groups = aggregate.group_expr();
    if groups.has_grouping_set() || aggregate.filter_expr().iter().any(Option::is_some) {
        return Ok(None);
    }
    let mut asked = Vec::new();
    for (expr, _) in groups.expr() {
        match column(expr, scan).filter(|c| groups_alike(c.compare)) {
            Some(column) => asked.push(column.clone()),
            None => return Ok(None),
        }
    }
    for function in aggregate.aggr_expr() {
        let fields = function.state_fields()?;
        let [field] = fields.as_slice() else { return Ok(None) };
        match state(function, field, scan, &known) {
            Some(state) => asked.push(state),
            None => return Ok(None),
        }
    }
    Ok(Some(asked))
}

fn state(
    function: &AggregateFunctionExpr,
    field: &FieldRef,
    scan: &RemoteScanExec,
    known: &Aggregates,
) -> Option<RemoteColumn> {
    if function.is_distinct() || !function.order_bys().is_empty() {
        return None;
    }
    let arguments = function.expressions();
    let [argument] = arguments.as_slice() else { return None };
    let asked = |read: String, wire: u32, compare| RemoteColumn {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        nullable: true,
        read,
        compare,
        wire,
    };
    let dialect = scan.dialect();
    match function.fun().name() {
        "count" => {
            let read = match argument.downcast_ref::<Literal>() {
                Some(literal) if !literal.value().is_null() => "count(*)".to_owned(),
                Some(_) => return None,
                None => format!("count({})", operand(dialect, column(argument, scan)?)),
            };
            Some(asked(read, known.whole, Compare::Integer))
        }
        "sum" => {
            let column = column(uncast(argument), scan)?;
            let sum = format!("sum({})", column.read);
            match (column.compare, field.data_type()) {
                (Compare::Integer, DataType::Int64) => {
                    Some(asked((known.as_whole)(&sum), known.whole, Compare::Integer))
                }
                (Compare::Decimal, DataType::Decimal128(..)) => {
                    Some(asked(sum, column.wire, Compare::Decimal))
                }
                _ => None,
            }
        }
        name @ ("min" | "max") => {
            let column = column(argument, scan)?;
            let is_ordered_alike = matches!(
                column.compare,
                Compare::Integer | Compare::Decimal | Compare::Date | Compare::Timestamp
            );
            let same = is_ordered_alike && column.data_type == *field.data_type();
            let read = format!("{name}({})", operand(dialect, column));
            same.then(|| asked(read, column.wire, column.compare))
        }
        _ => None,
    }
}

/// The remote column that an expression over the scan is.
fn column<'a>(expr: &Arc<dyn PhysicalExpr>, scan: &'a RemoteScanExec) -> Option<&'a RemoteColumn> {
    scan.column(expr.downcast_ref::<Column>()?.index())
}

/// What is cast to a wider type to be summed.
fn uncast(expr: &Arc<dyn PhysicalExpr>) -> &Arc<dyn PhysicalExpr> {
    expr.downcast_ref::<CastExpr>().map_or(expr, CastExpr::expr)
}

/// What stands for the value as it is read here, NULL where that is.
fn operand(dialect: &dyn Dialect, column: &RemoteColumn) -> String {
    match column.compare {
        Compare::Date | Compare::Timestamp => dialect.operand(column, true),
        _ => column.read.clone(),
    }
}

/// Whether values that are one group there are one here. The groups there may be finer.
fn groups_alike(compare: Compare) -> bool {
    match compare {
        Compare::Integer | Compare::Boolean | Compare::Date | Compare::Timestamp | Compare::Uuid => true,
        Compare::Text(collation) => collation != Collation::Loose,
        // Zeros with a sign, digits behind the last one that counts, and what cannot be compared there.
        Compare::Float | Compare::Decimal | Compare::Nulls => false,
    }
}
