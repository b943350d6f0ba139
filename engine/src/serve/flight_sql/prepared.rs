//! Prepared statements and the values of their parameters.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::sql::ActionCreatePreparedStatementResult;
use arrow_flight::sql::server::PeekableFlightDataStream;
use arrow_flight::{IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use tonic::Status;
use uuid::Uuid;

use super::status::{any, status};
use super::tokens::Client;
use super::{fields, update};
use crate::sql::Parsed;
use crate::{Error, Result};

/// Prepared statements of one token.
const MOST: usize = 1000;

/// A prepared statement.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) parsed: Parsed,
    /// The columns of its rows; `None` for what changes something.
    pub(super) schema: Option<SchemaRef>,
    parameters: SchemaRef,
    bound: Mutex<Option<RecordBatch>>,
}

/// Prepares a statement.
pub(super) async fn create(
    client: &Client,
    text: &str,
) -> std::result::Result<ActionCreatePreparedStatementResult, Status> {
    let parsed = client.read(text).await.map_err(status)?;
    let described = client.session.describe(&parsed).await.map_err(status)?;
    let schema = described.schema.filter(|_| !update::changes(&parsed)).map(|s| fields::of_result(&s));
    let parameters = described.parameters.iter().enumerate().map(|(n, data_type)| {
        let data_type = data_type.as_ref().map_or(DataType::Utf8, crate::serve::plain::data_type);
        Field::new(format!("${}", n + 1), data_type, true)
    });
    let parameters = Arc::new(Schema::new(parameters.collect::<Vec<_>>()));
    let result = ActionCreatePreparedStatementResult {
        prepared_statement_handle: Bytes::from(Uuid::new_v4().to_string()),
        dataset_schema: schema.as_ref().map(|s| encoded(s)).transpose()?.unwrap_or_default(),
        parameter_schema: encoded(&parameters)?,
    };
    let handle = String::from_utf8_lossy(&result.prepared_statement_handle).into_owned();
    let prepared = Arc::new(Prepared { parsed, schema, parameters, bound: Mutex::default() });
    let mut all = client.prepared.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MOST {
        return Err(Status::resource_exhausted(format!("there are {MOST} prepared statements; close some")));
    }
    all.insert(handle, prepared);
    Ok(result)
}

/// A prepared statement by its handle.
pub(super) fn get(client: &Client, handle: &[u8]) -> std::result::Result<Arc<Prepared>, Status> {
    let all = client.prepared.lock().unwrap_or_else(PoisonError::into_inner);
    let found = std::str::from_utf8(handle).ok().and_then(|handle| all.get(handle));
    found
        .cloned()
        .ok_or_else(|| Status::not_found("there is no such prepared statement; it may have been closed"))
}

/// Forgets a prepared statement.
pub(super) fn close(client: &Client, handle: &[u8]) {
    if let Ok(handle) = std::str::from_utf8(handle) {
        client.prepared.lock().unwrap_or_else(PoisonError::into_inner).remove(handle);
    }
}

impl Prepared {
    /// Whether there are values to bind.
    pub(super) fn has_parameters(&self) -> bool {
        !self.parameters.fields().is_empty()
    }

    /// Takes the values of the parameters, a row for each time that the statement shall run.
    pub(super) async fn bind(&self, values: PeekableFlightDataStream) -> std::result::Result<(), Status> {
        let rows = received(values).await?;
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = rows;
        Ok(())
    }

    /// The values for each time that the statement runs.
    ///
    /// # Errors
    /// If the values do not fit the parameters.
    pub(super) fn values(&self) -> Result<Vec<Vec<ScalarValue>>> {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let wanted = self.parameters.fields();
        let Some(rows) = bound.filter(|rows| rows.num_columns() > 0) else {
            if wanted.is_empty() {
                return Ok(vec![Vec::new()]);
            }
            return Err(Error::invalid(format!("{} parameters have no values", wanted.len()))
                .hint("bind them before the statement runs"));
        };
        if rows.num_columns() != wanted.len() {
            return Err(Error::invalid(format!(
                "the statement has {} parameters, and {} were bound",
                wanted.len(),
                rows.num_columns()
            )));
        }
        let columns = rows.columns().iter().zip(wanted).map(|(column, field)| {
            // A type that nothing told is that of the values.
            let untold = *field.data_type() == DataType::Utf8;
            if untold { Ok(Arc::clone(column)) } else { cast(column, field.data_type()) }
        });
        let columns = columns.collect::<std::result::Result<Vec<_>, _>>()?;
        let row = |n: usize| -> Result<Vec<ScalarValue>> {
            columns.iter().map(|column| Ok(ScalarValue::try_from_array(column, n)?)).collect()
        };
        (0..rows.num_rows()).map(row).collect()
    }
}

/// The batches of a `DoPut` as one; `None` if there are none.
async fn received(values: PeekableFlightDataStream) -> std::result::Result<Option<RecordBatch>, Status> {
    let data = values.map_err(|e| FlightError::Tonic(Box::new(e)));
    let batches: Vec<RecordBatch> =
        FlightRecordBatchStream::new_from_flight_data(data).try_collect().await.map_err(Status::from)?;
    let Some(first) = batches.first() else { return Ok(None) };
    concat_batches(&first.schema(), &batches).map(Some).map_err(any)
}

fn encoded(schema: &Schema) -> std::result::Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, arrow::error::ArrowError> = SchemaAsIpc::new(schema, &options).try_into();
    let IpcMessage(bytes) = message.map_err(any)?;
    Ok(bytes)
}
