//! The `\d` family: what there is, asked of `information_schema` and `SHOW`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;

use super::output::apart;
use super::progress::Progress;
use super::state::Shell;
use crate::{Error, Response, Result};

const COLUMNS: &str = "SELECT table_schema AS schema, table_name AS relation, column_name AS column, \
                       data_type AS type, is_nullable AS nullable, column_comment AS comment \
                       FROM information_schema.columns";
const RELATIONS: &str = "SELECT table_schema AS schema, table_name AS relation, lower(table_type) AS type \
                         FROM information_schema.tables";

/// `\d`: all relations but the engine's own; the columns of those that are named; the relations of a schema.
pub(super) async fn relations(shell: &Shell, name: Option<&str>) -> Result<()> {
    let Some(name) = name else {
        let own = "WHERE table_schema NOT IN ('information_schema', 'system')";
        return show(shell, &format!("{RELATIONS} {own} ORDER BY schema, relation")).await;
    };
    let (schema, relation) = split(name);
    let mut condition = matches("table_name", relation);
    if let Some(schema) = schema {
        condition = format!("{condition} AND {}", matches("table_schema", schema));
    }
    let columns = format!("{COLUMNS} WHERE {condition} ORDER BY schema, relation, ordinal_position");
    if try_show(shell, &columns).await? {
        return Ok(());
    }
    let of_schema = matches("table_schema", name);
    if try_show(shell, &format!("{RELATIONS} WHERE {of_schema} ORDER BY schema, relation")).await? {
        return Ok(());
    }
    Err(Error::not_found(format!("there is no relation and no schema {name}"))
        .on("\\d")
        .hint("\\d lists all"))
}

/// `\dt` and `\dv`.
pub(super) async fn tables(shell: &Shell, kind: &str, name: Option<&str>) -> Result<()> {
    let (schema, relation) = name.map_or((None, "*"), split);
    let schema = schema.map_or_else(
        || "table_schema NOT IN ('information_schema', 'system')".to_owned(),
        |schema| matches("table_schema", schema),
    );
    let condition = format!("table_type = '{kind}' AND {schema} AND {}", matches("table_name", relation));
    show(shell, &format!("{RELATIONS} WHERE {condition} ORDER BY schema, relation")).await
}

/// `\dn`.
pub(super) async fn schemas(shell: &Shell, name: Option<&str>) -> Result<()> {
    let condition = matches("schema_name", name.unwrap_or("*"));
    let query = "SELECT DISTINCT schema_name AS schema FROM information_schema.schemata";
    show(shell, &format!("{query} WHERE {condition} ORDER BY schema")).await
}

/// `\df`.
pub(super) async fn functions(shell: &Shell, name: Option<&str>) -> Result<()> {
    let condition = matches("routine_name", name.unwrap_or("*"));
    let query = "SELECT DISTINCT routine_name AS function, function_type AS type, syntax_example AS syntax \
                 FROM information_schema.routines";
    show(shell, &format!("{query} WHERE {condition} ORDER BY function")).await
}

/// `\ds`.
pub(super) async fn sources(shell: &Shell, name: Option<&str>) -> Result<()> {
    let like = name.map(|name| format!(" LIKE {}", pattern(name))).unwrap_or_default();
    show(shell, &format!("SHOW SOURCES{like}")).await
}

fn split(name: &str) -> (Option<&str>, &str) {
    name.split_once('.').map_or((None, name), |(schema, relation)| (Some(schema), relation))
}

fn matches(column: &str, name: &str) -> String {
    format!("{column} LIKE {}", pattern(name))
}

/// A name as a pattern of LIKE: `*` is any text, and `_` only itself.
fn pattern(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("'{}'", escaped.replace('*', "%").replace('\'', "''"))
}

async fn show(shell: &Shell, query: &str) -> Result<()> {
    print(shell, rows(shell, query).await?).await
}

async fn rows(shell: &Shell, query: &str) -> Result<Vec<RecordBatch>> {
    let (session, query) = (shell.session.clone(), query.to_owned());
    apart(async move { session.query(&query).await }).await?
}

/// Shows the rows unless there are none.
async fn try_show(shell: &Shell, query: &str) -> Result<bool> {
    let batches = rows(shell, query).await?;
    let some = batches.iter().any(|batch| batch.num_rows() > 0);
    if some {
        print(shell, batches).await?;
    }
    Ok(some)
}

async fn print(shell: &Shell, batches: Vec<RecordBatch>) -> Result<()> {
    let Some(schema) = batches.first().map(RecordBatch::schema) else {
        return shell.say("(none)");
    };
    let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), stream::iter(batches.into_iter().map(Ok)));
    shell.output.show(Response::Rows { schema, stream: Box::pin(rows) }, Progress::none()).await
}
