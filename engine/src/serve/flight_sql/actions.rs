//! Actions of Flight beyond those of Flight SQL: cancelling, and ending a session.

use arrow_flight::sql::{Any, CommandPreparedStatementQuery, TicketStatementQuery};
use arrow_flight::{CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo};
use prost::Message;
use tonic::Status;

use super::statement::Handle;
use crate::serve::server::Shared;

/// `CancelFlightInfo`
pub(super) const CANCEL_FLIGHT_INFO: &str = "CancelFlightInfo";
/// `CloseSession`
pub(super) const CLOSE_SESSION: &str = "CloseSession";

/// What `CloseSession` answers: CLOSED.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CloseSessionResult {
    #[prost(int32, tag = "1")]
    status: i32,
}

impl CloseSessionResult {
    pub(super) fn closed() -> Self {
        Self { status: 1 }
    }
}

/// Stops the statement of a `FlightInfo`.
pub(super) fn cancel(shared: &Shared, info: &FlightInfo) -> Result<CancelStatus, Status> {
    let malformed = || Status::invalid_argument("the FlightInfo has no ticket of this server");
    let ticket = info.endpoint.first().and_then(|e| e.ticket.as_ref()).ok_or_else(malformed)?;
    let any = Any::decode(&*ticket.ticket).map_err(|_| malformed())?;
    let statement: Option<TicketStatementQuery> = any.unpack().map_err(|_| malformed())?;
    let prepared: Option<CommandPreparedStatementQuery> = any.unpack().map_err(|_| malformed())?;
    let id = match (statement, prepared) {
        (Some(ticket), _) => Handle::decode_from(&ticket.statement_handle)?.id,
        (None, Some(query)) => String::from_utf8_lossy(&query.prepared_statement_handle).into_owned(),
        (None, None) => return Err(malformed()),
    };
    let was_running = shared.statements.cancel(&id);
    Ok(if was_running { CancelStatus::Cancelled } else { CancelStatus::NotCancellable })
}

/// Reads and answers a `CancelFlightInfo`.
pub(super) fn cancel_flight_info(shared: &Shared, body: &[u8]) -> Result<Vec<u8>, Status> {
    let request = CancelFlightInfoRequest::decode(body);
    let info = request.ok().and_then(|request| request.info);
    let info = info.ok_or_else(|| Status::invalid_argument("the request has no FlightInfo"))?;
    let status = cancel(shared, &info)?;
    Ok(CancelFlightInfoResult { status: status as i32 }.encode_to_vec())
}
