//! Statements by their text. A query's ticket carries the text, so that any server of the same warehouse could answer
//! it; what changes something runs once, when its `FlightInfo` is asked for.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::sql::{ProstMessageExt, TicketStatementQuery};
use arrow_flight::{FlightDescriptor, FlightInfo};
use datafusion::common::ScalarValue;
use prost::Message;
use tonic::{Response, Status};
use uuid::Uuid;

use super::rows::{self, Messages};
use super::status::status;
use super::tokens::Client;
use super::{fields, update};
use crate::serve::metrics::Protocol;
use crate::serve::server::Shared;
use crate::session;
use crate::sql::{self, Parsed};
use crate::{Error, Result};

/// What a ticket carries.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Handle {
    /// What the statement is cancelled by.
    #[prost(string, tag = "1")]
    pub(super) id: String,
    /// Its text; empty if it ran already.
    #[prost(string, tag = "2")]
    pub(super) text: String,
}

impl Handle {
    pub(super) fn decode_from(bytes: &[u8]) -> std::result::Result<Self, Status> {
        Self::decode(bytes).map_err(|_| Status::invalid_argument("the ticket cannot be read"))
    }
}

/// The one statement of a text.
pub(super) fn one(text: &str) -> Result<Parsed> {
    let mut parsed = sql::parse(text)?;
    match (parsed.len(), parsed.pop()) {
        (1, Some(parsed)) => Ok(parsed),
        (0, _) => Err(Error::invalid("there is no statement")),
        (n, _) => Err(Error::invalid(format!("there are {n} statements")).hint("send them one by one")),
    }
}

/// The columns of a statement, and where its rows are.
pub(super) async fn info(
    shared: &Arc<Shared>,
    client: &Client,
    text: &str,
    descriptor: FlightDescriptor,
) -> std::result::Result<Response<FlightInfo>, Status> {
    let parsed = client.read(text).await.map_err(status)?;
    let described = client.session.describe(&parsed).await.map_err(status)?;
    let mut handle = Handle { id: Uuid::new_v4().to_string(), text: text.to_owned() };
    let schema: SchemaRef = match (&described.schema, update::changes(&parsed)) {
        (Some(schema), false) => fields::of_result(schema),
        _ => {
            update::run(shared, client, &parsed, Vec::new()).await.map_err(status)?;
            handle.text.clear();
            Arc::new(Schema::empty())
        }
    };
    let ticket = TicketStatementQuery { statement_handle: handle.encode_to_vec().into() };
    rows::info(&schema, ticket.as_any().encode_to_vec(), descriptor)
}

/// The rows of a ticket.
pub(super) async fn get(
    shared: &Arc<Shared>,
    client: &Client,
    handle: &Handle,
) -> std::result::Result<Messages, Status> {
    if handle.text.is_empty() {
        return rows::none().map_err(status);
    }
    let parsed = client.read(&handle.text).await.map_err(status)?;
    if update::changes(&parsed) {
        return Err(Status::invalid_argument("only the ticket of a query has rows"));
    }
    query(shared, client, &handle.id, &parsed, Vec::new()).await
}

/// The rows of a query.
pub(super) async fn query(
    shared: &Arc<Shared>,
    client: &Client,
    id: &str,
    parsed: &Parsed,
    values: Vec<ScalarValue>,
) -> std::result::Result<Messages, Status> {
    let timeout = client.options().statement_timeout();
    let answer =
        shared.statements.run(id, Protocol::FlightSql, &client.session, parsed, values, timeout).await;
    match answer.map_err(status)? {
        session::Response::Rows { schema, stream } => rows::streamed(fields::of_result(&schema), stream),
        session::Response::Done { .. } => rows::none(),
    }
    .map_err(status)
}
