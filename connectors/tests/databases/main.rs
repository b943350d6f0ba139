//! The connectors to databases, against real servers.
//!
//! `scripts/databases start` starts PostgreSQL and MariaDB and tells where they are; without them their tests are
//! skipped with a message. SQLite needs no server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod faults;
mod http_json;
mod joins;
mod names;
mod odata;
mod parallel;
mod people;
mod random;
mod sent;
mod server;
mod tls;
mod values;
mod web;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use onefold_connectors::{Error, OpenRequest, Options, Source, connector, physical_optimizer_rules};

use server::Database;

/// Opens a source as a statement would.
async fn open(r#type: &str, options: &[(&str, &str)]) -> Result<Arc<dyn Source>, Error> {
    connector(r#type)?.open(request(r#type, options)?).await
}

fn request(r#type: &str, options: &[(&str, &str)]) -> Result<OpenRequest, Error> {
    let given: Vec<_> = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let options = Options::check(connector(r#type)?.options(), &given, &|name| std::env::var(name).ok())?;
    Ok(OpenRequest { name: "crm".to_owned(), options, base: ".".into() })
}

fn session(partitions: usize) -> SessionContext {
    let state = SessionStateBuilder::new_with_default_features()
        .with_config(SessionConfig::new().with_target_partitions(partitions))
        .with_physical_optimizer_rules(physical_optimizer_rules());
    SessionContext::new_with_state(state.build())
}

async fn frame(source: &Arc<dyn Source>, table: &str) -> DataFrame {
    session(2).read_table(source.table(table).await.unwrap().unwrap()).unwrap()
}

/// The rows of a query in SQL over the tables of a source.
async fn rows(source: &Arc<dyn Source>, sql: &str) -> Result<Vec<String>, String> {
    let frame = query(source, sql).await?;
    frame.collect().await.map(|batches| text(&batches)).map_err(|e| e.to_string())
}

/// A query in SQL over the tables of a source.
#[allow(clippy::disallowed_methods, reason = "tests of tables alone, without the engine and its statements")]
async fn query(source: &Arc<dyn Source>, sql: &str) -> Result<DataFrame, String> {
    let context = session(2);
    for name in source.tables().await.map_err(|e| e.to_string())? {
        let table = source.table(&name).await.map_err(|e| e.to_string())?.unwrap();
        context.register_table(format!("\"{name}\""), table).map_err(|e| e.to_string())?;
    }
    context.sql(sql).await.map_err(|e| e.to_string())
}

/// Rows as `a | b` in their order; NULL is `·`.
fn text(batches: &[RecordBatch]) -> Vec<String> {
    let batches: Vec<_> = batches.iter().filter(|batch| batch.num_rows() > 0).cloned().collect();
    let options = FormatOptions::default().with_null("·");
    let table = pretty_format_batches_with_options(&batches, &options).unwrap().to_string();
    let rows = table.lines().skip(3).filter(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(" | "))
        .collect()
}

/// The physical plan of a query, line by line.
async fn plan(frame: DataFrame) -> Vec<String> {
    let plan = frame.create_physical_plan().await.unwrap();
    let text = datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// A row of one text of a new source over one database.
async fn only(database: &Database, sql: &str) -> String {
    let source = database.source(&[]).await;
    rows(&source, sql).await.unwrap().join("\n")
}
