//! Operators: those that are named with their schema, `COLLATE`, and comparing with all items of an array.

use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArguments, SetExpr, UnaryOperator};

use super::build::{call, last, literal, take, text};
use crate::serve::postgres::parameters::list_items;

pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Collate { expr: inner, .. } => *expr = take(inner),
        Expr::BinaryOp { op, .. } => {
            if let BinaryOperator::PGCustomBinaryOperator(parts) = op
                && let Some(plain) = parts.last().and_then(|symbol| operator(symbol))
            {
                *op = plain;
            }
        }
        Expr::AnyOp { left, compare_op, right, .. } if !is_query(right) => {
            let (left, array) = (take(left), array(take(right)));
            *expr = match compare_op {
                BinaryOperator::Eq => call("array_has", vec![array, left]),
                op => call("any_of", vec![array, left, text(&op.to_string())]),
            };
        }
        Expr::AllOp { left, compare_op, right }
            if !is_query(right) && *compare_op == BinaryOperator::NotEq =>
        {
            let has = call("array_has", vec![array(take(right)), take(left)]);
            *expr = Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(has) };
        }
        Expr::Function(Function { name, args: FunctionArguments::Subquery(query), .. })
            if last(name).as_deref() == Some("array") =>
        {
            let mut query = std::mem::replace(query.as_mut(), empty());
            if let SetExpr::Select(select) = query.body.as_mut() {
                super::columns::name_all(select, "value");
            }
            let text = format!("SELECT array_agg(value) FROM ({query}) AS items");
            if let Ok(outer) = crate::catalog::parse_query(&text) {
                *expr = Expr::Subquery(Box::new(outer));
            }
        }
        _ => {}
    }
}

fn empty() -> sqlparser::ast::Query {
    use sqlparser::ast::{Query, Values};
    Query {
        with: None,
        body: Box::new(SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows: vec![] })),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: vec![],
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: vec![],
    }
}

fn is_query(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_query(inner),
        Expr::Subquery(_) => true,
        _ => false,
    }
}

/// An array that is written as a text.
fn array(expr: Expr) -> Expr {
    let items = literal(&expr).and_then(list_items);
    match items {
        Some(items) => call("make_array", items.into_iter().flatten().map(|item| text(&item)).collect()),
        None => match expr {
            Expr::Nested(inner) => *inner,
            expr => expr,
        },
    }
}

fn operator(symbol: &str) -> Option<BinaryOperator> {
    Some(match symbol {
        "=" => BinaryOperator::Eq,
        "<>" | "!=" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        "<=" => BinaryOperator::LtEq,
        ">" => BinaryOperator::Gt,
        ">=" => BinaryOperator::GtEq,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Modulo,
        "||" => BinaryOperator::StringConcat,
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "~~*" => BinaryOperator::PGILikeMatch,
        "!~~" => BinaryOperator::PGNotLikeMatch,
        "!~~*" => BinaryOperator::PGNotILikeMatch,
        _ => return None,
    })
}
