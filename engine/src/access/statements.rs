//! Which statements a user may run. What relations a query reads is decided where names are resolved.

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{ObjectType, Statement as SqlStatement};

use super::Rights;
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::catalog::object::folded;
use crate::sql::{ObjectKind, Statement, explained};

/// An error unless the session's user may run the statement.
pub(crate) fn authorize(catalog: &SessionCatalog, statement: &Statement) -> Result<()> {
    let rights = catalog.rights();
    if rights.everything() {
        return Ok(());
    }
    let object = |kind: ObjectKind, name: &sqlparser::ast::Ident| match kind.schema() {
        Some(schema) => catalog.require_readable(schema, &folded(name)),
        None => rights.require_admin("looking into the definition of a source"),
    };
    match statement {
        Statement::DataFusion(inner) => datafusion(catalog, inner),
        Statement::ShowCreate(show) => object(show.kind, &show.name),
        Statement::Describe(describe) => object(describe.kind, &describe.name),
        Statement::ExplainMatch(explain) => rights.require_profile(&folded(&explain.profile)),
        Statement::Show(_) | Statement::DescribeConnector(_) => Ok(()),
        Statement::AnalyzeSource(_) => rights.require_admin("ANALYZE SOURCE"),
        Statement::ExplainRefresh(_) => rights.require_admin("EXPLAIN REFRESH"),
        Statement::Refresh(_) => rights.require_admin("REFRESH"),
        Statement::Comment(_) => rights.require_admin("COMMENT ON"),
        Statement::Drop(_) => rights.require_admin("DROP"),
        Statement::AlterUser(alter) => match &*rights {
            Rights::Granted { user, .. } if *user == folded(&alter.name) && alter.options.is_empty() => {
                Ok(())
            }
            _ => rights.require_admin("ALTER of another user, of a role and of limits"),
        },
        Statement::CreateUser(_) | Statement::DropUser(_) => rights.require_admin("making or dropping users"),
        Statement::Grant(_) => rights.require_admin("GRANT and REVOKE"),
        Statement::CreatePolicy(_) | Statement::DropPolicy(_) => {
            rights.require_admin("making or dropping policies")
        }
        Statement::CreateSource(_)
        | Statement::CreateProfile(_)
        | Statement::CreateActivity(_)
        | Statement::CreateMeasure(_)
        | Statement::CreateSegment(_)
        | Statement::CreatePrediction(_)
        | Statement::CreateView(_) => rights.require_admin("CREATE of a definition"),
    }
}

/// A user may query, explain, set and make tables of the session; not reach for files of the server.
fn datafusion(catalog: &SessionCatalog, statement: &DFStatement) -> Result<()> {
    let rights = catalog.rights();
    match explained(statement) {
        DFStatement::Statement(statement) => match statement.as_ref() {
            SqlStatement::Query(_)
            | SqlStatement::Explain { .. }
            | SqlStatement::ShowColumns { .. }
            | SqlStatement::ShowTables { .. }
            | SqlStatement::ShowVariable { .. }
            | SqlStatement::ShowFunctions { .. }
            | SqlStatement::Set(_)
            | SqlStatement::CreateTable(_)
            | SqlStatement::Insert(_)
            | SqlStatement::Drop { object_type: ObjectType::Table, .. }
            | SqlStatement::Prepare { .. }
            | SqlStatement::Execute { .. }
            | SqlStatement::Deallocate { .. } => Ok(()),
            SqlStatement::ExplainTable { table_name, .. } => {
                let (schema, name) = crate::catalog::dependencies::qualified(table_name);
                catalog.require_readable(&schema, &name)
            }
            _ => rights.require_admin("this statement"),
        },
        DFStatement::CopyTo(_) => rights.require_admin("COPY to files of the server"),
        DFStatement::CreateExternalTable(_) => rights.require_admin("CREATE EXTERNAL TABLE"),
        _ => rights.require_admin("this statement"),
    }
}
