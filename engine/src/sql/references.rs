//! The relations that a query reads.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart, Query, TableFactor, Value, Visit,
    Visitor,
};

use super::name::{canonical_ident, canonical_name};

/// The relations that a query reads, canonical, each once, in the order of the text. Names of common table
/// expressions and of table functions are none.
pub fn references(query: &impl Visit) -> Vec<ObjectName> {
    let mut found = Relations::default();
    let _ = query.visit(&mut found);
    found.relations
}

#[derive(Default)]
struct Relations {
    relations: Vec<ObjectName>,
    scope: Vec<Ident>,
    in_function: bool,
}

impl Visitor for Relations {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let Some(with) = &query.with else { return ControlFlow::Continue(()) };
        for table in &with.cte_tables {
            // A name means something else within its own definition, unless it is recursive.
            if !with.recursive {
                table.visit(self)?;
            }
            self.scope.push(canonical_ident(table.alias.name.clone()));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let ended = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.scope.truncate(self.scope.len().saturating_sub(ended));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        self.in_function = matches!(factor, TableFactor::Table { args: Some(_), .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        if std::mem::take(&mut self.in_function) {
            return ControlFlow::Continue(());
        }
        let relation = canonical_name(relation.clone());
        let defined_here = match relation.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => self.scope.contains(name),
            _ => false,
        };
        if !defined_here && !self.relations.contains(&relation) {
            self.relations.push(relation);
        }
        ControlFlow::Continue(())
    }
}

/// What a statement explains, or else the statement.
pub fn explained(mut statement: &DFStatement) -> &DFStatement {
    while let DFStatement::Explain(explain) = statement {
        statement = &explain.statement;
    }
    statement
}

/// The profiles whose candidate pairs are asked for by `candidate_pairs('profile')`, each once, in the order of the text.
pub fn profiles_paired(statement: &impl Visit) -> Vec<String> {
    let mut found = Paired::default();
    let _ = statement.visit(&mut found);
    found.0
}

#[derive(Default)]
struct Paired(Vec<String>);

impl Visitor for Paired {
    type Break = std::convert::Infallible;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let TableFactor::Table { name, args: Some(args), .. } = factor else {
            return ControlFlow::Continue(());
        };
        let called = canonical_name(name.clone());
        if let (
            [ObjectNamePart::Identifier(function)],
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))],
        ) = (called.0.as_slice(), args.args.as_slice())
            && function.value == "candidate_pairs"
            && let Value::SingleQuotedString(profile) = &value.value
            && !self.0.contains(profile)
        {
            self.0.push(profile.clone());
        }
        ControlFlow::Continue(())
    }
}
