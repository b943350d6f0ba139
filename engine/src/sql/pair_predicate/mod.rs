//! Predicates over a pair of records, `l` and `r`: what can be hashed, what remains, and whether the two sides
//! can be swapped.
//!
//! 1. [`disjuncts`] splits at OR, and distributes AND over an OR where no equality stands outside of it.
//! 2. [`split_rule`] splits one disjunct at AND into equalities and the rest.
//!
//! ```text
//! l.city = r.city AND (l.email = r.email OR l.phone = r.phone)      one disjunct: hash on city
//! l.age > 17 AND (l.email = r.email OR l.phone = r.phone)           two: hash on email, hash on phone
//! ```

mod columns;
mod symmetry;

use sqlparser::ast::{BinaryOperator, Expr};

use crate::{Error, Result};
use columns::{aliases, check};

pub use columns::columns_read;

/// More disjuncts than this are refused: each is a join of its own.
const MAX_DISJUNCTS: usize = 64;

/// `left = right`, the left side over `l` only and the right side over `r` only.
#[derive(Debug, Clone, PartialEq)]
pub struct PairEquality {
    /// Over the columns of `l`.
    pub left: Expr,
    /// Over the columns of `r`.
    pub right: Expr,
}

/// A conjunction over `l` and `r`, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleParts {
    /// What a join can hash, in the order of the text.
    pub equalities: Vec<PairEquality>,
    /// What is left to test on each pair, in the order of the text.
    pub residual: Vec<Expr>,
    /// Whether the predicate says the same with `l` and `r` swapped.
    pub symmetric: bool,
}

/// The terms of a conjunction, without the parentheses round them unless a term is an OR.
pub fn conjuncts(expr: &Expr) -> Vec<Expr> {
    let mut out = vec![];
    collect(expr, &BinaryOperator::And, &mut out);
    out.into_iter().map(|term| if is_or(term) { nested(term.clone()) } else { term.clone() }).collect()
}

/// Terms joined with AND; `None` without terms.
pub fn conjunction(terms: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    terms.into_iter().map(|term| if is_or(&term) { nested(term) } else { term }).reduce(|left, right| {
        Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::And, right: Box::new(right) }
    })
}

/// The alternatives of a predicate, each a conjunction, each once. An OR beside an equality of `l` and `r`
/// stays inside its conjunction, where it is tested on the pairs that the equality finds.
///
/// # Errors
///
/// `Invalid` if there are more than 64.
pub fn disjuncts(expr: &Expr) -> Result<Vec<Expr>> {
    let mut out = vec![];
    expand(expr, &mut out)?;
    Ok(out)
}

fn expand(expr: &Expr, out: &mut Vec<Expr>) -> Result<()> {
    let mut alternatives = vec![];
    collect(expr, &BinaryOperator::Or, &mut alternatives);
    if alternatives.len() > 1 {
        return alternatives.into_iter().try_for_each(|alternative| expand(alternative, out));
    }
    let terms = conjuncts(expr);
    let splits = if terms.iter().any(|term| equality(term).is_some()) {
        None
    } else {
        terms.iter().position(|term| is_or(unnest(term)) && has_equality(term))
    };
    if let Some(at) = splits {
        let mut alternatives = vec![];
        collect(&terms[at], &BinaryOperator::Or, &mut alternatives);
        for alternative in alternatives {
            let with = terms.iter().enumerate().map(|(i, t)| if i == at { alternative } else { t }).cloned();
            if let Some(product) = conjunction(with) {
                expand(&product, out)?;
            }
        }
        return Ok(());
    }
    let Some(plain) = conjunction(terms) else { return Ok(()) };
    if !out.contains(&plain) {
        out.push(plain);
    }
    if out.len() > MAX_DISJUNCTS {
        return Err(Error::invalid(format!("the predicate has more than {MAX_DISJUNCTS} alternatives"))
            .hint("write several rules, each with the equality that it stands on"));
    }
    Ok(())
}

/// Takes a conjunction over `l` and `r` apart.
///
/// # Errors
///
/// `Invalid` for a column without `l.` or `r.` before it, and for a subquery.
pub fn split_rule(predicate: &Expr) -> Result<RuleParts> {
    check(predicate)?;
    let terms = conjuncts(predicate);
    let symmetric = symmetry::is_symmetric(&terms);
    let mut parts = RuleParts { equalities: vec![], residual: vec![], symmetric };
    for term in terms {
        match equality(&term) {
            Some(equality) => parts.equalities.push(equality),
            None => parts.residual.push(term),
        }
    }
    Ok(parts)
}

fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

fn unnest(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

fn is_or(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::Or, .. })
}

fn collect<'a>(expr: &'a Expr, joined_by: &BinaryOperator, out: &mut Vec<&'a Expr>) {
    match unnest(expr) {
        Expr::BinaryOp { left, op, right } if op == joined_by => {
            collect(left, joined_by, out);
            collect(right, joined_by, out);
        }
        term => out.push(term),
    }
}

fn equality(term: &Expr) -> Option<PairEquality> {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = unnest(term) else { return None };
    let (left, right) = (unnest(left), unnest(right));
    match (aliases(left)?, aliases(right)?) {
        ((true, false), (false, true)) => Some(PairEquality { left: left.clone(), right: right.clone() }),
        ((false, true), (true, false)) => Some(PairEquality { left: right.clone(), right: left.clone() }),
        _ => None,
    }
}

fn has_equality(expr: &Expr) -> bool {
    match unnest(expr) {
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            has_equality(left) || has_equality(right)
        }
        term => equality(term).is_some(),
    }
}
