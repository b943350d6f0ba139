//! Rows as Flight sends them.

use std::pin::Pin;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::{FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::{Response, Status};

use super::messages::{Encoder, Message};
use super::status::any;
use crate::Result;
use crate::serve::plain;

/// What tonic's `DoGet` answers.
pub(super) type Rows = Pin<Box<dyn Stream<Item = Result<FlightData, Status>> + Send>>;

/// What our `DoGet` answers.
pub(super) type Messages = Pin<Box<dyn Stream<Item = Result<Message, Status>> + Send>>;

/// Rows in memory.
pub(super) fn one(batch: RecordBatch) -> Response<Rows> {
    let batches = futures::stream::iter([Ok(batch.clone())]);
    let encoded = FlightDataEncoderBuilder::new().with_schema(batch.schema()).build(batches);
    Response::new(Box::pin(encoded.map_err(Status::from)))
}

/// Rows as they are made.
///
/// # Errors
/// If a column has no form on the wire.
pub(super) fn streamed(schema: SchemaRef, stream: SendableRecordBatchStream) -> Result<Messages> {
    let mut encoder = Encoder::new(&schema)?;
    let head = encoder.schema(&schema)?;
    let rows = stream.map(move |batch| {
        let batch = batch.map_err(any)?;
        let batch = plain::batch(&batch, &schema).map_err(any)?;
        let messages = encoder.batches(&batch).map_err(any)?;
        Ok::<_, Status>(futures::stream::iter(messages.into_iter().map(Ok)))
    });
    Ok(Box::pin(futures::stream::iter([Ok(head)]).chain(rows.try_flatten())))
}

/// No rows, and no columns.
pub(super) fn none() -> Result<Messages> {
    let schema = SchemaRef::new(Schema::empty());
    let head = Encoder::new(&schema)?.schema(&schema)?;
    Ok(Box::pin(futures::stream::iter([Ok(head)])))
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
