//! Whether a conjunction says the same with the two records swapped.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectNamePart,
    VisitMut, VisitorMut,
};

use super::super::name::canonical_ident;
use super::columns::{Side, side};
use super::{collect, nested, unnest};

/// Functions of two values that do not care which is first.
const SYMMETRIC_FUNCTIONS: [&str; 15] = [
    "abs_difference",
    "array_distance",
    "cosine",
    "cosine_distance",
    "date_similarity",
    "greatest",
    "great_circle_distance",
    "jaccard",
    "jaro",
    "jaro_winkler",
    "least",
    "levenshtein",
    "ngram_jaccard",
    "osa",
    "same_given_name",
];

/// Whether the terms, as a set, are the same with `l` and `r` swapped, whatever the order of what commutes.
pub(super) fn is_symmetric(terms: &[Expr]) -> bool {
    canonical_terms(terms) == canonical_terms(&terms.iter().map(swapped).collect::<Vec<_>>())
}

fn swapped(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    let _ = VisitMut::visit(&mut expr, &mut Swap);
    expr
}

struct Swap;

impl VisitorMut for Swap {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let alias = match expr {
            Expr::CompoundIdentifier(parts) => parts.first_mut(),
            Expr::CompoundFieldAccess { root, .. } => match root.as_mut() {
                Expr::Identifier(alias) => Some(alias),
                _ => None,
            },
            _ => None,
        };
        if let Some(alias) = alias {
            match side(alias) {
                Some(Side::Left) => *alias = Ident::new("r"),
                Some(Side::Right) => *alias = Ident::new("l"),
                None => {}
            }
        }
        ControlFlow::Continue(())
    }
}

fn canonical_terms(terms: &[Expr]) -> BTreeSet<String> {
    terms.iter().map(canonical).collect()
}

/// A text that is the same for expressions that differ only in the order of what may be swapped.
fn canonical(expr: &Expr) -> String {
    let mut expr = expr.clone();
    let _ = VisitMut::visit(&mut expr, &mut Order);
    unnest(&expr).to_string()
}

/// Puts the sides of commutative operators and functions in order, from the leaves up.
struct Order;

impl VisitorMut for Order {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::BinaryOp { left, op, right } => order_operator(left, op, right),
            Expr::Function(function) => order_arguments(function),
            Expr::CompoundIdentifier(parts) => {
                parts.iter_mut().for_each(|part| *part = canonical_ident(part.clone()));
            }
            Expr::Nested(_) if !is_operator(unnest(expr)) => *expr = unnest(expr).clone(),
            _ => {}
        }
        if let Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } = expr {
            *expr = in_order(expr);
        }
        ControlFlow::Continue(())
    }
}

fn is_operator(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { .. } | Expr::UnaryOp { .. })
}

fn order_operator(left: &mut Box<Expr>, op: &mut BinaryOperator, right: &mut Box<Expr>) {
    let mirrored = match op {
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::Plus | BinaryOperator::Multiply => {
            op.clone()
        }
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        _ => return,
    };
    if left.to_string() > right.to_string() {
        std::mem::swap(left, right);
        *op = mirrored;
    }
}

/// The terms of an AND or OR in the order of their texts.
fn in_order(expr: &Expr) -> Expr {
    let Expr::BinaryOp { op, .. } = expr else { return expr.clone() };
    let mut terms = vec![];
    collect(expr, op, &mut terms);
    let sorted: BTreeSet<String> = terms.iter().map(|term| term.to_string()).collect();
    let rank = |term: &&Expr| sorted.iter().position(|text| *text == term.to_string());
    terms.sort_by_key(rank);
    terms
        .into_iter()
        .map(|term| if is_operator(term) { nested(term.clone()) } else { term.clone() })
        .reduce(|left, right| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) })
        .unwrap_or_else(|| expr.clone())
}

fn order_arguments(function: &mut Function) {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return };
    let name = name.value.to_ascii_lowercase();
    let FunctionArguments::List(list) = &mut function.args else { return };
    match list.args.as_mut_slice() {
        [one, two, ..]
            if SYMMETRIC_FUNCTIONS.contains(&name.as_str()) && one.to_string() > two.to_string() =>
        {
            std::mem::swap(one, two);
        }
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] if name == "abs" => {
            let Expr::BinaryOp { left, op: BinaryOperator::Minus, right } = argument else { return };
            if left.to_string() > right.to_string() {
                std::mem::swap(left, right);
            }
        }
        _ => {}
    }
}
