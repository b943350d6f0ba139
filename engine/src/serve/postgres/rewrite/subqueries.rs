//! A query of the catalog in the place of a value, which looks something up by what is outside. DataFusion wants an
//! aggregate there, and only equalities with what is outside:
//!
//! ```text
//!   (SELECT d.text FROM d WHERE d.id = a.id AND a.has)      its first value, and what is only about the outside
//! → CASE WHEN a.has THEN (SELECT first_value(d.text) FROM d WHERE d.id = a.id) END
//! ```
//!
//! What refers to the outside in another way cannot be run, and gives NULL: such queries of clients are about what there is
//! nothing of here, as collations of columns and partitions.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, GroupByExpr, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SetExpr, TableFactor, Value, Visit, Visitor,
};

use super::build::{call, last, take};

/// Aggregates that clients ask the catalog for.
const AGGREGATES: [&str; 11] = [
    "array_agg",
    "bool_and",
    "bool_or",
    "count",
    "first_value",
    "json_agg",
    "max",
    "min",
    "string_agg",
    "sum",
    "to_json",
];

pub(super) fn rewrite(expr: &mut Expr) {
    let Expr::Subquery(query) = expr else { return };
    let seen = Seen::of(query);
    if !seen.catalog {
        return;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    if is_plain(select)
        && let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
            select.projection.as_mut_slice()
    {
        *item = call("first_value", vec![take(item)]);
        query.order_by = None;
        query.limit_clause = None;
        query.fetch = None;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let (mut inside, mut outside, mut equalities) = (Vec::new(), Vec::new(), 0);
    for condition in conditions(select.selection.take()) {
        match outer(&condition, &seen.names) {
            0 => inside.push(condition),
            n if n == columns(&condition) => outside.push(condition),
            n => {
                if is_equality(&condition) {
                    equalities += n;
                }
                inside.push(condition);
            }
        }
    }
    let apart: usize = outside.iter().map(columns).sum();
    let everywhere = seen.outer - apart;
    select.selection = all(inside);
    if everywhere > equalities {
        *expr = Expr::Value(Value::Null.into());
    } else if let Some(condition) = all(outside) {
        let result = take(expr);
        *expr = Expr::Case {
            case_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            end_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            operand: None,
            conditions: vec![CaseWhen { condition, result }],
            else_result: None,
        };
    }
}

/// What stands between ANDs.
fn conditions(expr: Option<Expr>) -> Vec<Expr> {
    match expr {
        None => Vec::new(),
        Some(Expr::Nested(inner)) => conditions(Some(*inner)),
        Some(Expr::BinaryOp { left, op: BinaryOperator::And, right }) => {
            let mut all = conditions(Some(*left));
            all.extend(conditions(Some(*right)));
            all
        }
        Some(other) => vec![other],
    }
}

fn all(conditions: Vec<Expr>) -> Option<Expr> {
    let and = |left: Expr, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    };
    conditions.into_iter().reduce(and)
}

fn is_equality(condition: &Expr) -> bool {
    let is_column = |expr: &Expr| matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => is_column(left) && is_column(right),
        _ => false,
    }
}

/// How many columns with a relation that is not one of these.
fn outer(expr: &Expr, names: &HashSet<String>) -> usize {
    let mut found = Columns { names, outer: 0, all: 0 };
    let _ = expr.visit(&mut found);
    found.outer
}

fn columns(expr: &Expr) -> usize {
    let mut found = Columns { names: &HashSet::new(), outer: 0, all: 0 };
    let _ = expr.visit(&mut found);
    found.all
}

struct Columns<'a> {
    names: &'a HashSet<String>,
    outer: usize,
    all: usize,
}

impl Visitor for Columns<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Identifier(_) => self.all += 1,
            Expr::CompoundIdentifier(parts) => {
                self.all += 1;
                let relation = parts.first().map(|p| p.value.to_lowercase());
                self.outer += usize::from(relation.is_some_and(|name| !self.names.contains(&name)));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// No groups, no aggregates.
fn is_plain(select: &Select) -> bool {
    let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    ungrouped && select.distinct.is_none() && select.having.is_none() && {
        let mut found = Aggregates(false);
        for item in &select.projection {
            let _ = item.visit(&mut found);
        }
        !found.0
    }
}

struct Aggregates(bool);

impl Visitor for Aggregates {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(function) = expr {
            self.0 |= last(&function.name).is_some_and(|name| AGGREGATES.contains(&name.as_str()));
        }
        ControlFlow::Continue(())
    }
}

/// What a query reads, and how often it refers to what is outside of it.
struct Seen {
    /// Whether it reads the catalog, and nothing else but functions.
    catalog: bool,
    names: HashSet<String>,
    outer: usize,
}

impl Seen {
    fn of(query: &Query) -> Self {
        let mut relations = Relations { all: true, ..Relations::default() };
        let _ = query.visit(&mut relations);
        let mut found = Columns { names: &relations.names, outer: 0, all: 0 };
        let _ = query.visit(&mut found);
        let outer = found.outer;
        Self { catalog: relations.all && relations.any, names: relations.names, outer }
    }
}

#[derive(Default)]
struct Relations {
    all: bool,
    any: bool,
    function: bool,
    names: HashSet<String>,
    /// Those of its own common table expressions.
    own: HashSet<String>,
}

impl Visitor for Relations {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own.extend(with.map(|table| table.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let (name, alias) = match factor {
            TableFactor::Table { name, alias, args, .. } => {
                self.function = args.is_some();
                (Some(name), alias)
            }
            TableFactor::Derived { alias, .. } | TableFactor::Function { alias, .. } => (None, alias),
            _ => return ControlFlow::Continue(()),
        };
        let own = name.and_then(|name| name.0.last()).and_then(ObjectNamePart::as_ident);
        let name = alias.as_ref().map(|alias| &alias.name).or(own);
        self.names.extend(name.map(|name| name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        if !std::mem::take(&mut self.function) {
            let relation = relation.to_string().to_lowercase();
            let of_catalog = relation.starts_with("pg_catalog.pg_");
            self.all &= of_catalog || self.own.contains(&relation);
            self.any |= of_catalog;
        }
        ControlFlow::Continue(())
    }
}
