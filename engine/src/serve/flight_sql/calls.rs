//! What a call does, once it is known who calls.

use std::net::SocketAddr;
use std::sync::Arc;

use arrow_flight::sql::server::PeekableFlightDataStream;
use arrow_flight::sql::{
    ActionCreatePreparedStatementResult, CommandPreparedStatementQuery, CommandStatementIngest,
    ProstMessageExt,
};
use arrow_flight::{Action, CancelStatus, FlightDescriptor, FlightInfo};
use bytes::Bytes;
use futures::future::BoxFuture;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use super::metadata::Metadata;
use super::rows::{self, Messages, Rows};
use super::status::status;
use super::tokens::{Client, Tokens};
use super::{actions, ingest, prepared, session_options, statement, update};
use crate::serve::server::Shared;

/// An answer that comes later.
pub(super) type Later<T> = BoxFuture<'static, Result<T, Status>>;

/// Who calls: what the call says of it, and from where.
pub(super) struct Caller {
    metadata: MetadataMap,
    from: Option<SocketAddr>,
}

impl Caller {
    pub(super) fn of<T>(request: &Request<T>) -> Self {
        Self { metadata: request.metadata().clone(), from: request.remote_addr() }
    }
}

/// The calls.
pub(super) trait Calls: Send + Sync {
    /// A token for a name and a password.
    fn handshake(self: Arc<Self>, caller: Caller) -> Later<String>;
    /// Only whether the caller is known.
    fn known(self: Arc<Self>, caller: Caller) -> Later<()>;
    /// The columns of a statement, and where its rows are.
    fn info(
        self: Arc<Self>,
        caller: Caller,
        text: String,
        at: FlightDescriptor,
    ) -> Later<Response<FlightInfo>>;
    /// The rows of a ticket.
    fn rows(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<Messages>;
    /// Prepares a statement.
    fn prepare(self: Arc<Self>, caller: Caller, text: String) -> Later<ActionCreatePreparedStatementResult>;
    /// Forgets a prepared statement.
    fn close(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<()>;
    /// The columns of a prepared statement, and where its rows are.
    fn prepared_info(
        self: Arc<Self>,
        caller: Caller,
        query: CommandPreparedStatementQuery,
        at: FlightDescriptor,
    ) -> Later<Response<FlightInfo>>;
    /// The rows of a prepared statement.
    fn prepared_rows(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<Messages>;
    /// Values for the parameters of a prepared statement.
    fn bind(self: Arc<Self>, caller: Caller, handle: Bytes, values: PeekableFlightDataStream) -> Later<()>;
    /// Runs a prepared statement for each row of values.
    fn prepared_update(
        self: Arc<Self>,
        caller: Caller,
        handle: Bytes,
        values: PeekableFlightDataStream,
    ) -> Later<i64>;
    /// Runs a statement that changes something.
    fn update(self: Arc<Self>, caller: Caller, text: String) -> Later<i64>;
    /// Makes or fills a table of the session.
    fn ingest(
        self: Arc<Self>,
        caller: Caller,
        command: CommandStatementIngest,
        data: PeekableFlightDataStream,
    ) -> Later<i64>;
    /// Stops the statement of a `FlightInfo`; the result as the protocol numbers it.
    fn cancel(self: Arc<Self>, caller: Caller, info: Bytes) -> Later<i32>;
    /// Another action.
    fn action(self: Arc<Self>, caller: Caller, action: Action) -> Later<Vec<u8>>;
    /// The rows of a question about what is there.
    fn metadata(self: Arc<Self>, caller: Caller, question: Box<dyn Metadata>) -> Later<Response<Rows>>;
}

/// The calls over one server.
pub(super) struct Service {
    shared: Arc<Shared>,
    tokens: Tokens,
}

impl Service {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { tokens: Tokens::new(Arc::clone(&shared)), shared }
    }

    async fn client(&self, caller: &Caller) -> Result<Arc<Client>, Status> {
        self.tokens.client(&caller.metadata, caller.from).await.map_err(status)
    }
}

impl Calls for Service {
    fn handshake(self: Arc<Self>, caller: Caller) -> Later<String> {
        Box::pin(async move { self.tokens.handshake(&caller.metadata, caller.from).await.map_err(status) })
    }

    fn known(self: Arc<Self>, caller: Caller) -> Later<()> {
        Box::pin(async move { self.client(&caller).await.map(drop) })
    }

    fn info(
        self: Arc<Self>,
        caller: Caller,
        text: String,
        at: FlightDescriptor,
    ) -> Later<Response<FlightInfo>> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            statement::info(&self.shared, &client, &text, at).await
        })
    }

    fn rows(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<Messages> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            let handle = statement::Handle::decode_from(&handle)?;
            statement::get(&self.shared, &client, &handle).await
        })
    }

    fn prepare(self: Arc<Self>, caller: Caller, text: String) -> Later<ActionCreatePreparedStatementResult> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            prepared::create(&client, &text).await
        })
    }

    fn close(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<()> {
        Box::pin(async move {
            prepared::close(&*self.client(&caller).await?, &handle);
            Ok(())
        })
    }

    fn prepared_info(
        self: Arc<Self>,
        caller: Caller,
        query: CommandPreparedStatementQuery,
        at: FlightDescriptor,
    ) -> Later<Response<FlightInfo>> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            let found = prepared::get(&client, &query.prepared_statement_handle)?;
            let columns = match &found.schema {
                Some(schema) => Arc::clone(schema),
                None => {
                    for values in found.values().map_err(status)? {
                        update::run(&self.shared, &client, &found.parsed, values).await.map_err(status)?;
                    }
                    Arc::new(arrow::datatypes::Schema::empty())
                }
            };
            let info = rows::info(&columns, query.as_any().encode_to_vec(), at)?;
            Ok(match found.schema.is_some() && found.has_parameters() {
                // The values may have told more of the columns than the text.
                true => Response::new(FlightInfo { schema: Bytes::new(), ..info.into_inner() }),
                false => info,
            })
        })
    }

    fn prepared_rows(self: Arc<Self>, caller: Caller, handle: Bytes) -> Later<Messages> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            let found = prepared::get(&client, &handle)?;
            if found.schema.is_none() {
                return rows::none().map_err(status);
            }
            let mut values = found.values().map_err(status)?;
            let (Some(row), true) = (values.pop(), values.is_empty()) else {
                return Err(Status::invalid_argument("a query runs with one row of values; bind one"));
            };
            let id = String::from_utf8_lossy(&handle).into_owned();
            statement::query(&self.shared, &client, &id, &found.parsed, row).await
        })
    }

    fn bind(self: Arc<Self>, caller: Caller, handle: Bytes, values: PeekableFlightDataStream) -> Later<()> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            prepared::get(&client, &handle)?.bind(values).await
        })
    }

    fn prepared_update(
        self: Arc<Self>,
        caller: Caller,
        handle: Bytes,
        values: PeekableFlightDataStream,
    ) -> Later<i64> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            let found = prepared::get(&client, &handle)?;
            found.bind(values).await?;
            let mut changed = 0;
            for values in found.values().map_err(status)? {
                changed += update::run(&self.shared, &client, &found.parsed, values).await.map_err(status)?;
            }
            Ok(changed)
        })
    }

    fn update(self: Arc<Self>, caller: Caller, text: String) -> Later<i64> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            let parsed = client.read(&text).await.map_err(status)?;
            update::run(&self.shared, &client, &parsed, Vec::new()).await.map_err(status)
        })
    }

    fn ingest(
        self: Arc<Self>,
        caller: Caller,
        command: CommandStatementIngest,
        data: PeekableFlightDataStream,
    ) -> Later<i64> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            ingest::ingest(&self.shared, &client, &command, data).await
        })
    }

    fn cancel(self: Arc<Self>, caller: Caller, info: Bytes) -> Later<i32> {
        Box::pin(async move {
            self.client(&caller).await?;
            let info = FlightInfo::decode(&*info);
            let info = info.map_err(|_| Status::invalid_argument("the request has no FlightInfo"))?;
            let cancelled = actions::cancel(&self.shared, &info)? == CancelStatus::Cancelled;
            // 1 is CANCELLED, 3 NOT_CANCELLABLE.
            Ok(if cancelled { 1 } else { 3 })
        })
    }

    fn action(self: Arc<Self>, caller: Caller, action: Action) -> Later<Vec<u8>> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            match action.r#type.as_str() {
                session_options::SET_SESSION_OPTIONS => session_options::set(&client, &action.body).await,
                session_options::GET_SESSION_OPTIONS => Ok(session_options::get(&client)),
                actions::CANCEL_FLIGHT_INFO => actions::cancel_flight_info(&self.shared, &action.body),
                actions::CLOSE_SESSION => {
                    self.tokens.close(&caller.metadata);
                    Ok(actions::CloseSessionResult::closed().encode_to_vec())
                }
                other => Err(Status::unimplemented(format!("there is no action {other}"))),
            }
        })
    }

    fn metadata(self: Arc<Self>, caller: Caller, question: Box<dyn Metadata>) -> Later<Response<Rows>> {
        Box::pin(async move {
            let client = self.client(&caller).await?;
            Ok(rows::one(question.rows(client).await.map_err(status)?))
        })
    }
}
