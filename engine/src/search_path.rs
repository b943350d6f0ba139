//! Names without a schema, looked up along a path of schemas.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query, TableFactor, VisitMut, VisitorMut};

use crate::Result;
use crate::catalog::schemas::PUBLIC;
use crate::session::Session;
use crate::sql::{Parsed, Statement, canonical_ident, explained, references};

impl Session {
    /// A statement in which relations without a schema have that of the first schema of the path that has one of the
    /// name and may be read. Names that none of them has are left as they are, in `public`; definitions are not changed.
    ///
    /// # Errors
    /// If a schema of the path cannot be looked into.
    pub async fn along<'a>(&self, parsed: &'a Parsed, path: &[String]) -> Result<Cow<'a, Parsed>> {
        let Statement::DataFusion(inner) = &parsed.statement else { return Ok(Cow::Borrowed(parsed)) };
        let names = match explained(inner) {
            DFStatement::Statement(inner) if path != [PUBLIC] => references(inner.as_ref()),
            _ => Vec::new(),
        };
        let bare = |name: &ObjectName| match name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => Some(name.value.clone()),
            _ => None,
        };
        let names: Vec<String> = names.iter().filter_map(bare).collect();
        if names.is_empty() {
            return Ok(Cow::Borrowed(parsed));
        }
        self.begin().await?;
        let catalog = self.catalog();
        let mut schemas = HashMap::new();
        for name in names {
            for schema in path {
                if catalog.may_read(schema, &name) && catalog.relation(schema, &name).await?.is_some() {
                    schemas.insert(name, schema.clone());
                    break;
                }
            }
        }
        if schemas.is_empty() {
            return Ok(Cow::Borrowed(parsed));
        }
        let mut inner = inner.clone();
        qualify(&mut inner, &schemas);
        Ok(Cow::Owned(Parsed { statement: Statement::DataFusion(inner), ..parsed.clone() }))
    }
}

fn qualify(statement: &mut DFStatement, schemas: &HashMap<String, String>) {
    match statement {
        DFStatement::Statement(inner) => {
            let _ = inner.visit(&mut Qualify { schemas, scope: Vec::new(), in_function: false });
        }
        DFStatement::Explain(explain) => qualify(&mut explain.statement, schemas),
        _ => {}
    }
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
