//! Rows as Flight sends them.

use std::pin::Pin;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::{Response, Status};

use super::status::any;
use crate::serve::plain;

/// What `DoGet` answers.
pub(super) type Rows = Pin<Box<dyn Stream<Item = Result<FlightData, Status>> + Send>>;

/// Rows in memory.
pub(super) fn one(batch: RecordBatch) -> Response<Rows> {
    let schema = batch.schema();
    sent(schema, futures::stream::iter([Ok(batch)]))
}

/// Rows as they are made, in batches of at most two megabytes.
pub(super) fn streamed(schema: SchemaRef, stream: SendableRecordBatchStream) -> Response<Rows> {
    let as_sent = schema.clone();
    let batches = stream.map(move |batch| {
        let batch = batch.map_err(|e| FlightError::Tonic(Box::new(any(e))))?;
        plain::batch(&batch, &as_sent).map_err(|e| FlightError::Tonic(Box::new(any(e))))
    });
    sent(schema, batches)
}

/// No rows, and no columns.
pub(super) fn none() -> Response<Rows> {
    sent(SchemaRef::new(arrow::datatypes::Schema::empty()), futures::stream::empty())
}

fn sent(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, FlightError>> + Send + 'static,
) -> Response<Rows> {
    let encoded = FlightDataEncoderBuilder::new().with_schema(schema).build(batches);
    Response::new(Box::pin(encoded.map_err(Status::from)))
}

/// What `GetFlightInfo` answers: the columns, and one ticket for the rows.
pub(super) fn info(
    schema: &SchemaRef,
    ticket: Vec<u8>,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket));
    let info = FlightInfo::new().try_with_schema(schema).map_err(any)?;
    Ok(Response::new(info.with_endpoint(endpoint).with_descriptor(descriptor)))
}
