//! What a finished statement is called.

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{ObjectType, Statement as SqlStatement};

use crate::sql::{ObjectKind, Statement, UserKind};

/// The tag of a statement, without the number of rows.
pub(super) fn tag(statement: &Statement) -> String {
    let created = |kind: ObjectKind| format!("CREATE {kind}");
    match statement {
        Statement::DataFusion(inner) => datafusion(inner).to_owned(),
        Statement::CreateSource(_) => created(ObjectKind::Source),
        Statement::CreateProfile(_) => created(ObjectKind::Profile),
        Statement::CreateActivity(_) => created(ObjectKind::Activity),
        Statement::CreateMeasure(_) => created(ObjectKind::Measure),
        Statement::CreateSegment(_) => created(ObjectKind::Segment),
        Statement::CreatePrediction(_) => created(ObjectKind::Prediction),
        Statement::CreateView(_) => created(ObjectKind::View),
        Statement::CreateUser(create) => format!("CREATE {}", role(create.kind)),
        Statement::AlterUser(_) => "ALTER ROLE".to_owned(),
        Statement::DropUser(drop) => format!("DROP {}", role(drop.kind)),
        Statement::CreatePolicy(_) => "CREATE POLICY".to_owned(),
        Statement::DropPolicy(_) => "DROP POLICY".to_owned(),
        Statement::Grant(grant) => if grant.revoke { "REVOKE" } else { "GRANT" }.to_owned(),
        Statement::Comment(_) => "COMMENT".to_owned(),
        Statement::Drop(drop) => format!("DROP {}", drop.kind),
        Statement::Refresh(_) => "REFRESH".to_owned(),
        Statement::Show(_)
        | Statement::ShowCreate(_)
        | Statement::Describe(_)
        | Statement::DescribeConnector(_) => "SHOW".to_owned(),
        Statement::AnalyzeSource(_) => "ANALYZE".to_owned(),
        Statement::ExplainMatch(_) | Statement::ExplainRefresh(_) => "EXPLAIN".to_owned(),
    }
}

fn role(kind: UserKind) -> &'static str {
    match kind {
        UserKind::User | UserKind::Role => "ROLE",
    }
}

fn datafusion(statement: &DFStatement) -> &'static str {
    match statement {
        DFStatement::Explain(_) => "EXPLAIN",
        DFStatement::CopyTo(_) => "COPY",
        DFStatement::CreateExternalTable(_) => "CREATE TABLE",
        DFStatement::Statement(inner) => match inner.as_ref() {
            SqlStatement::Insert(_) => "INSERT 0",
            SqlStatement::Update { .. } => "UPDATE",
            SqlStatement::Delete(_) => "DELETE",
            SqlStatement::CreateTable(_) => "CREATE TABLE",
            SqlStatement::Drop { object_type: ObjectType::Table, .. } => "DROP TABLE",
            SqlStatement::Set(_) => "SET",
            SqlStatement::Prepare { .. } => "PREPARE",
            SqlStatement::Explain { .. } | SqlStatement::ExplainTable { .. } => "EXPLAIN",
            SqlStatement::ShowVariable { .. }
            | SqlStatement::ShowTables { .. }
            | SqlStatement::ShowColumns { .. } => "SHOW",
            _ => "SELECT",
        },
        _ => "SELECT",
    }
}

/// Whether the rows of a statement say how many rows it changed.
pub(super) fn counts(tag: &str) -> bool {
    matches!(tag, "INSERT 0" | "UPDATE" | "DELETE" | "COPY")
}
