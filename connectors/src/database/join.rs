//! Joins that a database computes: of two scans of one source, the database answers with the joined rows.
//!
//! ```text
//!   HashJoinExec: Left, on=[(id, member)]
//!     RemoteScanExec: SELECT id, tier …             →     RemoteScanExec: SELECT … FROM (SELECT id AS c0, tier AS c1 …)
//!     RemoteScanExec: SELECT member, amount …               AS l LEFT JOIN (SELECT member AS c0 …) AS r ON l.c0 = r.c0
//! ```
//!
//! Both sides are queries of their own in what is sent, so that each keeps its conditions, and one of them may be a join
//! itself. A join is sent if
//!
//! 1. it is an inner join, an outer join of one side, or asks whether there is a row, by equal values of columns of one
//!    type that are equal there just when they are equal here;
//! 2. it has no other condition;
//! 3. the columns of one side hold a key of that side. So no row of the other side comes twice, and what is sent back
//!    has no more rows than the tables have;
//! 4. the database need not try all pairs: it joins without an index, or there is one.

use std::mem::discriminant;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{JoinType, NullEquality};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;

use super::query::{Join, Query};
use super::scan::RemoteScanExec;
use super::table::{RemoteColumn, RemoteTable};
use crate::TableDescription;

/// Sends joins to the databases that both their tables are in. For the physical optimizer of a session, before its rules
/// choose how joins run and spread their inputs over partitions.
#[derive(Debug, Default)]
pub(super) struct JoinInDatabase;

impl PhysicalOptimizerRule for JoinInDatabase {
    fn name(&self) -> &'static str {
        "join_in_database"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let send = |plan: Arc<dyn ExecutionPlan>| {
            let sent = Asked::of(&plan).and_then(|asked| sent(&asked)).or_else(|| projected(&plan));
            Ok(match sent {
                Some(sent) => Transformed::yes(Arc::new(sent) as _),
                None => Transformed::no(plan),
            })
        };
        plan.transform_up(send).data()
    }
}

/// A join by columns alone.
struct Asked {
    left: RemoteScanExec,
    right: RemoteScanExec,
    kind: JoinType,
    /// Places of columns that are equal, left and right.
    on: Vec<(usize, usize)>,
    /// Which columns of both sides it yields.
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl Asked {
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let (left, right, on, kind, columns) = if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
            let plain = join.filter.is_none() && join.null_equality == NullEquality::NullEqualsNothing;
            if !plain || join.fetch().is_some() {
                return None;
            }
            let columns = join.projection.as_ref().map(|columns| columns.to_vec());
            (&join.left, &join.right, &join.on, join.join_type, columns)
        } else {
            let join = plan.downcast_ref::<SortMergeJoinExec>()?;
            let plain = join.filter.is_none() && join.null_equality == NullEquality::NullEqualsNothing;
            if !plain {
                return None;
            }
            (&join.left, &join.right, &join.on, join.join_type, None)
        };
        if !matches!(kind, JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::LeftSemi) {
            return None;
        }
        let place = |expr: &Arc<dyn PhysicalExpr>| Some(expr.downcast_ref::<Column>()?.index());
        let on = on.iter().map(|(left, right)| Some((place(left)?, place(right)?))).collect::<Option<_>>()?;
        let (left, right) = (side(left)?, side(right)?);
        let all = || (0..plan.schema().fields().len()).collect();
        let columns = columns.unwrap_or_else(all);
        Some(Self { left, right, kind, on, columns, schema: plan.schema() })
    }
}

/// The scan of all rows of a side, perhaps of some of its columns.
fn side(plan: &Arc<dyn ExecutionPlan>) -> Option<RemoteScanExec> {
    if let Some(scan) = plan.downcast_ref::<RemoteScanExec>() {
        return (scan.reads_all() && scan.is_typed()).then(|| scan.clone());
    }
    let projection = plan.downcast_ref::<ProjectionExec>()?;
    narrowed(&side(projection.input())?, projection)
}

/// A joined scan with the columns that are asked for of it.
fn projected(plan: &Arc<dyn ExecutionPlan>) -> Option<RemoteScanExec> {
    let projection = plan.downcast_ref::<ProjectionExec>()?;
    let scan = projection.input().downcast_ref::<RemoteScanExec>()?;
    scan.query().join.as_ref()?;
    narrowed(scan, projection)
}

fn narrowed(scan: &RemoteScanExec, projection: &ProjectionExec) -> Option<RemoteScanExec> {
    let places = projection.expr().iter().map(|e| Some(e.expr.downcast_ref::<Column>()?.index()));
    scan.projected(&places.collect::<Option<Vec<_>>>()?, projection.schema())
}

/// The scan of the joined rows, if the join can be sent.
fn sent(asked: &Asked) -> Option<RemoteScanExec> {
    let Asked { left, right, kind, on, .. } = asked;
    if !left.is_beside(right) {
        return None;
    }
    let one_of_left = is_unique(left.query(), on.iter().map(|(left, _)| *left).collect());
    let one_of_right = is_unique(right.query(), on.iter().map(|(_, right)| *right).collect());
    // Of one row at most, whether there is one is as good as that row.
    if !one_of_right && (!one_of_left || *kind == JoinType::LeftSemi) {
        return None;
    }
    // For each row of the other side such rows are looked for, and a key has an index.
    let optional = match kind {
        JoinType::Left if !one_of_right => Some((right, on.iter().map(|(_, right)| *right).collect())),
        JoinType::Right if !one_of_left => Some((left, on.iter().map(|(left, _)| *left).collect())),
        _ => None,
    };
    if let Some((side, columns)) = optional
        && !side.dialect().joins_without_index()
        && !is_foreign_key(side.query(), columns)
    {
        return None;
    }
    let columns: Vec<_> = columns(left, "l", *kind == JoinType::Right)
        .chain(columns(right, "r", *kind == JoinType::Left))
        .collect();
    let width = left.schema().fields().len();
    let equal = |(one, other): &(usize, usize)| {
        let (one, other) = (columns.get(*one)?, columns.get(width + *other)?);
        let same =
            one.data_type == other.data_type && discriminant(&one.compare) == discriminant(&other.compare);
        if same { left.dialect().equal(one, other) } else { None }
    };
    let conditions: Vec<String> = on.iter().map(equal).collect::<Option<_>>()?;
    let (word, in_ranges) = match kind {
        JoinType::Left => ("LEFT JOIN", if one_of_right { Some(left) } else { None }),
        JoinType::Right => ("RIGHT JOIN", if one_of_left { Some(right) } else { None }),
        _ => ("JOIN", Some(if one_of_right { left } else { right })),
    };
    let many = if one_of_right { left } else { right };
    let mut unique = Vec::new();
    if one_of_right {
        unique.extend(keys(left.query(), 0));
    }
    if one_of_left {
        unique.extend(keys(right.query(), width));
    }
    let join = Join {
        left: left.query().clone(),
        right: right.query().clone(),
        word,
        on: conditions.join(" AND "),
        right_in_ranges: in_ranges.is_some_and(|scan| std::ptr::eq(scan, right)),
    };
    let table = RemoteTable {
        schema: String::new(),
        name: String::new(),
        from: String::new(),
        columns,
        description: TableDescription::default(),
        rows: None,
        typed: true,
        ranges: None,
    };
    let query = Query {
        table: Arc::new(table),
        join: Some(Arc::new(join)),
        unique,
        columns: asked.columns.clone(),
        groups: None,
        filters: Vec::new(),
        order: Vec::new(),
        limit: None,
    };
    let object = format!("{} and {}", left.object(), right.object());
    Some(many.with_query(
        object,
        query,
        in_ranges.map_or(&[], |scan| scan.ranges()),
        Arc::clone(&asked.schema),
    ))
}

/// The columns of a side as the join sees them.
fn columns(scan: &RemoteScanExec, name: &str, is_optional: bool) -> impl Iterator<Item = RemoteColumn> {
    scan.query().output().enumerate().map(move |(place, column)| RemoteColumn {
        read: format!("{name}.c{place}"),
        nullable: column.nullable || is_optional,
        ..column.clone()
    })
}

/// What is unique among the columns that a query yields, these being counted from `first` on.
fn keys(query: &Query, first: usize) -> impl Iterator<Item = Vec<usize>> {
    let place = move |column: &usize| Some(first + query.columns.iter().position(|known| known == column)?);
    query.unique.iter().filter_map(move |key| key.iter().map(place).collect())
}

/// Whether no two rows have the same values in these of its columns.
fn is_unique(query: &Query, columns: Vec<usize>) -> bool {
    keys(query, 0).any(|key| key.iter().all(|column| columns.contains(column)))
}

/// Whether these of its columns hold a foreign key of its table.
fn is_foreign_key(query: &Query, columns: Vec<usize>) -> bool {
    let name = |place: usize| Some(&query.table.columns.get(*query.columns.get(place)?)?.name);
    let names: Vec<_> = columns.into_iter().filter_map(name).collect();
    let keys = &query.table.description.foreign_keys;
    query.join.is_none() && keys.iter().any(|key| key.columns.iter().all(|column| names.contains(&column)))
}
