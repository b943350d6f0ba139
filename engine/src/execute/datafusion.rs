//! Statements that DataFusion understands: queries, EXPLAIN, COPY, SET, and tables of the session.

use datafusion::logical_expr::{DdlStatement, LogicalPlan, Statement as PlanStatement};
use datafusion::prelude::DataFrame;
use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{DescribeAlias, ObjectName, Statement as SqlStatement};

use super::{describe, handed_on};
use crate::catalog::dependencies::qualified;
use crate::session::{Response, Session};
use crate::{Error, Result, stopping};

pub(super) async fn execute(session: &Session, statement: &DFStatement) -> Result<Response> {
    if let Some(relation) = described(statement) {
        let (schema, name) = qualified(relation);
        return describe::columns(session, &schema, &name).await;
    }
    let plan = session.plan_to_run(statement.clone()).await?;
    run(session, plan).await
}

/// Whether a statement describes a relation.
pub(crate) fn describes(statement: &DFStatement) -> bool {
    described(statement).is_some()
}

async fn run(session: &Session, plan: LogicalPlan) -> Result<Response> {
    allow(&plan)?;
    let done = match &plan {
        LogicalPlan::Ddl(ddl) => Some(defined(ddl)),
        LogicalPlan::Statement(PlanStatement::SetVariable(set)) => Some(format!("{} is set", set.variable)),
        LogicalPlan::Statement(statement) => Some(statement.name().to_owned()),
        _ => None,
    };
    let frame = session.ctx().execute_logical_plan(plan).await?;
    match done {
        Some(message) => {
            frame.collect().await?;
            Ok(Response::done(message))
        }
        None => rows(frame).await,
    }
}

/// The relation of a `DESCRIBE relation`.
fn described(statement: &DFStatement) -> Option<&ObjectName> {
    let DFStatement::Statement(statement) = statement else { return None };
    match statement.as_ref() {
        SqlStatement::ExplainTable {
            describe_alias: DescribeAlias::Describe | DescribeAlias::Desc,
            table_name,
            ..
        } => Some(table_name),
        _ => None,
    }
}

/// The rows of a query, as they are made.
pub(super) async fn rows(frame: DataFrame) -> Result<Response> {
    let (answer, context) = (frame.schema().as_arrow().clone(), frame.task_ctx());
    let (plan, context) = handed_on::read(frame.create_physical_plan().await?, context)?;
    let schema = handed_on::columns(&answer, plan.as_ref());
    Ok(Response::Rows { schema, stream: stopping::stream_of(plan, &context)? })
}

fn defined(ddl: &DdlStatement) -> String {
    match ddl {
        DdlStatement::CreateMemoryTable(create) => format!("table {} created", create.name),
        DdlStatement::CreateExternalTable(create) => format!("table {} created", create.name),
        DdlStatement::DropTable(drop) => format!("table {} dropped", drop.name),
        other => other.name().to_owned(),
    }
}

/// What would go round the catalog or the limits is refused.
fn allow(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Ddl(ddl) => match ddl {
            DdlStatement::CreateMemoryTable(_)
            | DdlStatement::CreateExternalTable(_)
            | DdlStatement::DropTable(_) => Ok(()),
            DdlStatement::CreateCatalogSchema(_) | DdlStatement::DropCatalogSchema(_) => {
                Err(Error::invalid("schemas are the stages of the pipeline and cannot be made or dropped")
                    .hint("a source makes a schema of its own: CREATE SOURCE name TYPE files …"))
            }
            other => Err(Error::invalid(format!("{} is not supported", other.name()))),
        },
        LogicalPlan::Statement(PlanStatement::SetVariable(set)) => {
            let name = set.variable.to_lowercase();
            let name = name.strip_prefix("datafusion.").unwrap_or(&name);
            if name.starts_with("runtime.") {
                return Err(Error::invalid(format!("{} is a limit of the engine", set.variable))
                    .hint("set [limits] in onefold.toml"));
            }
            if name.starts_with("catalog.") || name.starts_with("sql_parser.") {
                return Err(Error::invalid(format!("{} cannot be changed", set.variable)));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
