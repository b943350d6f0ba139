//! Names without a schema, looked up along a path of schemas.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query, TableFactor, VisitMut, VisitorMut};

use crate::Result;
use crate::catalog::schemas::PUBLIC;
use crate::session::Session;
use crate::sql::{Parsed, Statement, canonical_ident, references};

impl Session {
    /// A statement in which relations without a schema have that of the first schema of the path that has one of the
    /// name and may be read. Names that none of them has are left as they are, in `public`; definitions are not changed.
    ///
    /// # Errors
    /// If a schema of the path cannot be looked into.
    pub async fn along<'a>(&self, parsed: &'a Parsed, path: &[String]) -> Result<Cow<'a, Parsed>> {
        let Statement::DataFusion(inner) = &parsed.statement else { return Ok(Cow::Borrowed(parsed)) };
        let names = match (path, statement_of(inner)) {
            ([only], _) if only == PUBLIC => Vec::new(),
            (_, Some(inner)) => references(inner),
            (_, None) => Vec::new(),
        };
        let mut schemas = HashMap::new();
        for name in &names {
            let [ObjectNamePart::Identifier(name)] = name.0.as_slice() else { continue };
            if schemas.is_empty() {
                self.begin().await?;
            }
            for schema in path {
                let catalog = self.catalog();
                let readable = catalog.may_read(schema, &name.value);
                if readable && catalog.relation(schema, &name.value).await?.is_some() {
                    schemas.insert(name.value.clone(), schema.clone());
                    break;
                }
            }
        }
        if schemas.is_empty() {
            return Ok(Cow::Borrowed(parsed));
        }
        let mut inner = inner.as_ref().clone();
        if let Some(statement) = statement_of_mut(&mut inner) {
            let _ =
                statement.visit(&mut Qualify { schemas: &schemas, scope: Vec::new(), in_function: false });
        }
        Ok(Cow::Owned(Parsed { statement: Statement::DataFusion(Box::new(inner)), ..parsed.clone() }))
    }
}

fn statement_of(mut statement: &DFStatement) -> Option<&sqlparser::ast::Statement> {
    while let DFStatement::Explain(explain) = statement {
        statement = &explain.statement;
    }
    if let DFStatement::Statement(inner) = statement { Some(inner) } else { None }
}

fn statement_of_mut(mut statement: &mut DFStatement) -> Option<&mut sqlparser::ast::Statement> {
    while let DFStatement::Explain(explain) = statement {
        statement = &mut explain.statement;
    }
    if let DFStatement::Statement(inner) = statement { Some(inner) } else { None }
}

struct Qualify<'a> {
    schemas: &'a HashMap<String, String>,
    /// Names of common table expressions.
    scope: Vec<Ident>,
    in_function: bool,
}

impl VisitorMut for Qualify<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let Some(with) = &mut query.with else { return ControlFlow::Continue(()) };
        for table in &mut with.cte_tables {
            // A name means something else within its own definition, unless it is recursive.
            if !with.recursive {
                table.visit(self)?;
            }
            self.scope.push(canonical_ident(table.alias.name.clone()));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let ended = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.scope.truncate(self.scope.len().saturating_sub(ended));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        self.in_function = matches!(factor, TableFactor::Table { args: Some(_), .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<Self::Break> {
        if std::mem::take(&mut self.in_function) {
            return ControlFlow::Continue(());
        }
        let [ObjectNamePart::Identifier(name)] = relation.0.as_slice() else {
            return ControlFlow::Continue(());
        };
        let name = canonical_ident(name.clone());
        if !self.scope.contains(&name)
            && let Some(schema) = self.schemas.get(&name.value)
        {
            relation.0.insert(0, ObjectNamePart::Identifier(Ident::with_quote('"', schema)));
        }
        ControlFlow::Continue(())
    }
}
