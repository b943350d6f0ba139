//! The relations that a query reads.

use std::ops::ControlFlow;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query, TableFactor, Visit, Visitor};

use super::name::{canonical_ident, canonical_name};

/// The relations that a query reads, canonical, each once, in the order of the text. Names of common table
/// expressions and of table functions are none.
pub fn references(query: &Query) -> Vec<ObjectName> {
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
