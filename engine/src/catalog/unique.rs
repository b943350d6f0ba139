//! Whether a plan says that a column's values are all different, as a key's are.

use datafusion::common::{Column, DFSchemaRef, JoinType};
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan};

/// Whether no two rows of a plan, as it was planned from SQL, have the same value in the column at a place. What the
/// plan does not tell counts as no. `keys` says whether a column of a relation of the catalog is its key.
pub fn is_unique(plan: &LogicalPlan, place: usize, keys: &dyn Fn(&str, &str, &str) -> bool) -> bool {
    if by_grouping(plan.schema(), place) {
        return true;
    }
    match plan {
        LogicalPlan::TableScan(scan) => {
            let field = scan.projected_schema.field(place);
            let schema = scan.table_name.schema().unwrap_or(super::schemas::PUBLIC);
            keys(schema, scan.table_name.table(), field.name())
        }
        LogicalPlan::Projection(projection) => match projection.expr.get(place).map(named) {
            Some(Some(column)) => is_unique_column(&projection.input, column, keys),
            _ => false,
        },
        LogicalPlan::Filter(filter) => is_unique(&filter.input, place, keys),
        LogicalPlan::Sort(sort) => is_unique(&sort.input, place, keys),
        LogicalPlan::Limit(limit) => is_unique(&limit.input, place, keys),
        LogicalPlan::SubqueryAlias(alias) => is_unique(&alias.input, place, keys),
        LogicalPlan::Distinct(Distinct::All(input)) => {
            input.schema().fields().len() == 1 || is_unique(input, place, keys)
        }
        LogicalPlan::Join(join) => is_unique_in_join(join, place, keys),
        _ => false,
    }
}

fn is_unique_column(plan: &LogicalPlan, column: &Column, keys: &dyn Fn(&str, &str, &str) -> bool) -> bool {
    plan.schema().maybe_index_of_column(column).is_some_and(|place| is_unique(plan, place, keys))
}

/// A join repeats no row of one side if the other side has at most one row for it.
fn is_unique_in_join(join: &Join, place: usize, keys: &dyn Fn(&str, &str, &str) -> bool) -> bool {
    let left = join.left.schema().fields().len();
    let semi = matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti);
    if semi {
        return is_unique(&join.left, place, keys);
    }
    let (kept, other) = if place < left { (&join.left, &join.right) } else { (&join.right, &join.left) };
    let preserved = match join.join_type {
        JoinType::Inner => true,
        JoinType::Left => place < left,
        JoinType::Right => place >= left,
        _ => false,
    };
    let place = if place < left { place } else { place - left };
    let once = join.on.iter().any(|(l, r)| {
        let expr = if std::ptr::eq(other, &join.right) { r } else { l };
        named(expr).is_some_and(|column| is_unique_column(other, column, keys))
    });
    preserved && once && is_unique(kept, place, keys)
}

/// The column that an expression is, under whatever alias.
fn named(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => named(&alias.expr),
        _ => None,
    }
}

/// Whether the rows are grouped by that column alone.
fn by_grouping(schema: &DFSchemaRef, place: usize) -> bool {
    schema.functional_dependencies().iter().any(|d| d.source_indices == [place])
}
