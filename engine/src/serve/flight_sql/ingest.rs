//! Bulk ingest: batches become a table of the session in `public`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::sql::server::PeekableFlightDataStream;
use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use datafusion::catalog::SchemaProvider;
use datafusion::datasource::MemTable;
use futures::{StreamExt, TryStreamExt};
use tonic::Status;

use super::status::{any, status};
use super::tokens::Client;
use crate::catalog::schemas::PUBLIC;
use crate::serve::plain;
use crate::serve::server::Shared;
use crate::{Error, ErrorKind, Result};

/// Of the memory limit, a table of a session takes at most one part in so many.
const SHARE: usize = 8;

/// Creates the table, or appends to it; the rows that came.
pub(super) async fn ingest(
    shared: &Shared,
    client: &Client,
    command: &CommandStatementIngest,
    data: PeekableFlightDataStream,
) -> std::result::Result<i64, Status> {
    let name = target(command).map_err(status)?;
    client.session.forget_described();
    let tables = client.session.catalog().session_tables();
    let known = tables.table(name).await.map_err(any)?;
    let (if_exists, if_absent) = options(command);
    let append = match &known {
        None if if_absent == TableNotExistOption::Fail => {
            return Err(status(Error::not_found(format!(
                "there is no table {PUBLIC}.{name} of the session"
            ))));
        }
        Some(_) if if_exists == TableExistsOption::Fail => {
            return Err(status(
                Error::new(ErrorKind::AlreadyExists, "exists already").on(format!("table {PUBLIC}.{name}")),
            ));
        }
        Some(_) => if_exists == TableExistsOption::Append,
        None => false,
    };
    let limit = shared.engine.project().config.limits.memory_bytes().map_err(status)? / SHARE;
    let (schema, batches) = received(data, name, limit).await?;
    let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let table = match known.filter(|_| append) {
        Some(known) => {
            appended(client, name, &known.schema(), &schema, batches, limit).await.map_err(status)?
        }
        None => MemTable::try_new(schema, vec![batches]).map_err(any)?,
    };
    let session_tables = client.session.catalog();
    session_tables.session_tables().deregister_table(name).map_err(any)?;
    session_tables.session_tables().register_table(name.to_owned(), Arc::new(table)).map_err(any)?;
    session_tables.pin(client.session.snapshot());
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The table's name, if it is in `public`.
fn target(command: &CommandStatementIngest) -> Result<&str> {
    let elsewhere = command.schema.as_deref().is_some_and(|s| !s.is_empty() && s != PUBLIC);
    if elsewhere {
        return Err(Error::invalid("tables of the session are in public")
            .on(format!("{}.{}", command.schema.as_deref().unwrap_or_default(), command.table))
            .hint("leave the schema out, or read the data as a source: CREATE SOURCE"));
    }
    if command.table.is_empty() {
        return Err(Error::invalid("the table has no name"));
    }
    Ok(&command.table)
}

fn options(command: &CommandStatementIngest) -> (TableExistsOption, TableNotExistOption) {
    let given = command.table_definition_options.as_ref();
    let if_exists = given.and_then(|o| TableExistsOption::try_from(o.if_exists).ok());
    let if_absent = given.and_then(|o| TableNotExistOption::try_from(o.if_not_exist).ok());
    (if_exists.unwrap_or(TableExistsOption::Fail), if_absent.unwrap_or(TableNotExistOption::Create))
}

async fn received(
    data: PeekableFlightDataStream,
    name: &str,
    limit: usize,
) -> std::result::Result<(SchemaRef, Vec<RecordBatch>), Status> {
    let data = data.map_err(|e| FlightError::Tonic(Box::new(e)));
    let mut stream = FlightRecordBatchStream::new_from_flight_data(data);
    let (mut batches, mut bytes): (Vec<RecordBatch>, usize) = (Vec::new(), 0);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(Status::from)?;
        let batch = plain::batch(&batch, &plain::schema(batch.schema_ref())).map_err(status)?;
        bytes += batch.get_array_memory_size();
        if bytes > limit {
            return Err(status(too_large(name, limit)));
        }
        batches.push(batch);
    }
    let schema = stream.schema().map(|schema| plain::schema(schema));
    match schema {
        Some(schema) => Ok((schema, batches)),
        None => Err(Status::invalid_argument("no schema came")),
    }
}

async fn appended(
    client: &Client,
    name: &str,
    known: &SchemaRef,
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    limit: usize,
) -> Result<MemTable> {
    let types = |schema: &SchemaRef| -> Vec<(String, arrow::datatypes::DataType)> {
        schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    if types(known) != types(schema) {
        return Err(Error::invalid("the columns are others than those of the table")
            .on(format!("table {PUBLIC}.{name}"))
            .hint("append the same columns, in the same order"));
    }
    let quoted = name.replace('"', "\"\"");
    let mut all = client.session.query(&format!("SELECT * FROM {PUBLIC}.\"{quoted}\"")).await?;
    all.extend(batches);
    if all.iter().map(RecordBatch::get_array_memory_size).sum::<usize>() > limit {
        return Err(too_large(name, limit));
    }
    let all = all.iter().map(|batch| plain::batch(batch, known)).collect::<Result<Vec<_>>>()?;
    Ok(MemTable::try_new(Arc::clone(known), vec![all])?)
}

fn too_large(name: &str, limit: usize) -> Error {
    Error::new(ErrorKind::Resources, format!("has more than {} MB", limit >> 20))
        .on(format!("table {PUBLIC}.{name}"))
        .hint("tables of the session are in memory; write files, and read them as a source")
}
