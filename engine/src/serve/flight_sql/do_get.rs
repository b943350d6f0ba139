//! `DoGet` of a query's rows, whose bytes go out as they are. All other calls are tonic's.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow_flight::Ticket;
use arrow_flight::flight_service_server::FlightServiceServer;
use arrow_flight::sql::{Any, Command};
use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use http_body::Frame;
use prost::Message as _;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;

use super::LARGEST_MESSAGE;
use super::calls::{Caller, Calls};
use super::messages::Message;
use super::rows::Messages;
use super::service::FlightSql;

const METHOD: &str = "DoGet";

/// The first byte of a message that is not compressed.
const UNCOMPRESSED: u8 = 0;

/// The service as HTTP sees it.
#[derive(Clone)]
pub(super) struct DoGet {
    calls: Arc<dyn Calls>,
    others: FlightServiceServer<FlightSql>,
}

impl DoGet {
    pub(super) fn new(calls: Arc<dyn Calls>) -> Self {
        let others = FlightServiceServer::new(FlightSql { calls: Arc::clone(&calls) })
            .max_decoding_message_size(LARGEST_MESSAGE);
        Self { calls, others }
    }
}

impl NamedService for DoGet {
    const NAME: &'static str = <FlightServiceServer<FlightSql> as NamedService>::NAME;
}

impl Service<Request<Body>> for DoGet {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut others = self.others.clone();
        if request.uri().path().rsplit('/').next() != Some(METHOD) {
            return others.call(request);
        }
        let calls = Arc::clone(&self.calls);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = match to_bytes(axum::body::Body::new(body), LARGEST_MESSAGE).await {
                Ok(body) => body,
                Err(e) => return Ok(Status::invalid_argument(e.to_string()).into_http()),
            };
            let Some(query) = asked(&body) else {
                let body = axum::body::Body::from(body);
                return others.call(Request::from_parts(parts, body)).await;
            };
            let metadata = MetadataMap::from_headers(parts.headers);
            let caller = Caller::of(&tonic::Request::from_parts(metadata, parts.extensions, ()));
            let rows = match query {
                Query::Statement(handle) => calls.rows(caller, handle),
                Query::Prepared(handle) => calls.prepared_rows(caller, handle),
            };
            Ok(match rows.await {
                Ok(messages) => answer(messages),
                Err(status) => status.into_http(),
            })
        })
    }
}

/// The query whose rows a request asks for; `None` for whatever else it is.
fn asked(body: &Bytes) -> Option<Query> {
    let (&compressed, rest) = body.split_first()?;
    let (length, ticket) = rest.split_first_chunk()?;
    let whole = compressed == UNCOMPRESSED && u32::from_be_bytes(*length) as usize == ticket.len();
    let ticket = Ticket::decode(ticket).ok().filter(|_| whole)?;
    match Command::try_from(Any::decode(ticket.ticket).ok()?).ok()? {
        Command::TicketStatementQuery(ticket) => Some(Query::Statement(ticket.statement_handle)),
        Command::CommandPreparedStatementQuery(query) => {
            Some(Query::Prepared(query.prepared_statement_handle))
        }
        _ => None,
    }
}

/// A query, by its handle.
enum Query {
    Statement(Bytes),
    Prepared(Bytes),
}

fn answer(messages: Messages) -> Response<Body> {
    let mut response = Response::new(Body::new(Sent { messages, pieces: VecDeque::new(), ended: false }));
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The body of an answer: messages, and how it ended.
struct Sent {
    messages: Messages,
    pieces: VecDeque<Bytes>,
    ended: bool,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match std::task::ready!(self.messages.poll_next_unpin(cx)) {
                Some(Ok(message)) => self.pieces = Message::into(message),
                ended => {
                    self.ended = true;
                    let status = ended.and_then(Result::err).unwrap_or_else(|| Status::ok(""));
                    let mut trailers = HeaderMap::new();
                    return Poll::Ready(Some(
                        status.add_header(&mut trailers).map(|()| Frame::trailers(trailers)),
                    ));
                }
            }
        }
    }
}
