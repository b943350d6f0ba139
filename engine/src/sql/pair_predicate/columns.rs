//! Which record of the pair an expression reads.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{AccessExpr, Expr, Ident, Query, Spanned, Visit, Visitor};

use super::super::name::canonical_ident;
use super::super::tokens::position;
use crate::{Error, Result};

/// Whether an expression reads `l`, and whether it reads `r`; `None` if it reads anything else.
pub(super) fn aliases(expr: &Expr) -> Option<(bool, bool)> {
    let mut columns = Columns::default();
    match Visit::visit(expr, &mut columns) {
        ControlFlow::Continue(()) => Some((columns.left, columns.right)),
        ControlFlow::Break(_) => None,
    }
}

/// Refuses what is no column of `l` or `r`.
pub(super) fn check(predicate: &Expr) -> Result<()> {
    match Visit::visit(predicate, &mut Columns::default()) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// The columns of `l` or `r` that an expression reads, folded, each once, in the order of the text.
///
/// # Errors
///
/// `Invalid` for a column without `l.` or `r.` before it, and for a subquery.
pub fn columns_read(expr: &Expr) -> Result<Vec<String>> {
    let mut columns = Columns::default();
    match Visit::visit(expr, &mut columns) {
        ControlFlow::Continue(()) => Ok(columns.names),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// Which sides an expression reads. The parameters of lambdas are no columns.
#[derive(Default)]
struct Columns {
    left: bool,
    right: bool,
    names: Vec<String>,
    parameters: Vec<Ident>,
    /// Names that a field access has accounted for.
    known: HashSet<*const Expr>,
}

impl Columns {
    fn qualified(&mut self, alias: &Ident, column: &Ident) -> Option<Error> {
        match side(alias) {
            Some(side) => self.column(side, column),
            None if self.parameters.contains(alias) => {}
            None => {
                let message = format!("`{alias}.{column}` is not a column of the pair");
                return Some(Error::invalid(message).hint(format!("write l.{column} or r.{column}")));
            }
        }
        None
    }

    fn column(&mut self, side: Side, column: &Ident) {
        match side {
            Side::Left => self.left = true,
            Side::Right => self.right = true,
        }
        let name = canonical_ident(column.clone()).value;
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// `alias.column[…].field`: the names behind a dot are no columns of their own.
    fn field(&mut self, root: &Expr, chain: &[AccessExpr]) -> Option<Error> {
        for access in chain {
            if let AccessExpr::Dot(name) = access {
                self.known.insert(std::ptr::from_ref(name));
            }
        }
        match (root, chain.first()) {
            (Expr::Identifier(alias), Some(AccessExpr::Dot(Expr::Identifier(column)))) => {
                self.known.insert(std::ptr::from_ref(root));
                self.qualified(alias, column)
            }
            _ => None,
        }
    }
}

impl Visitor for Columns {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<Self::Break> {
        let error = Error::invalid("a subquery cannot stand in a predicate over a pair");
        ControlFlow::Break(Box::new(
            error.hint(
                "join it in the query of the record source, or list the pairs in ALWAYS IN or NEVER IN",
            ),
        ))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        let error = match expr {
            _ if self.known.contains(&std::ptr::from_ref(expr)) => None,
            Expr::CompoundFieldAccess { root, access_chain } => self.field(root, access_chain),
            Expr::Lambda(lambda) => {
                self.parameters.extend(lambda.params.iter().map(|parameter| parameter.name.clone()));
                None
            }
            Expr::Identifier(name) if self.parameters.contains(name) => None,
            Expr::Identifier(name) => {
                let error =
                    Error::invalid(format!("`{name}` does not say which record of the pair it is of"));
                Some(error.hint(format!("write l.{name} or r.{name}")))
            }
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [alias, column, ..] => self.qualified(alias, column),
                _ => None,
            },
            _ => None,
        };
        match error {
            Some(error) => ControlFlow::Break(Box::new(error.at(position(expr.span().start)))),
            None => ControlFlow::Continue(()),
        }
    }
}

/// A record of the pair.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Left,
    Right,
}

/// Which record a qualifier names.
pub(super) fn side(alias: &Ident) -> Option<Side> {
    match canonical_ident(alias.clone()).value.as_str() {
        "l" => Some(Side::Left),
        "r" => Some(Side::Right),
        _ => None,
    }
}
