//! Errors as gRPC says them.

use tonic::{Code, Status};

use crate::{Error, ErrorKind};

/// The status of an error; its text is the whole error, with the place and the remedy.
pub(super) fn status(error: Error) -> Status {
    Status::new(code(error.kind), error.to_string())
}

/// The status of an error that came through DataFusion or Arrow.
pub(super) fn any(error: impl Into<Error>) -> Status {
    status(error.into())
}

fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Syntax | ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Dependency => Code::FailedPrecondition,
        ErrorKind::Source | ErrorKind::Storage => Code::Unavailable,
        ErrorKind::Denied => Code::PermissionDenied,
        ErrorKind::Login => Code::Unauthenticated,
        ErrorKind::Resources | ErrorKind::Limit => Code::ResourceExhausted,
        ErrorKind::Timeout => Code::DeadlineExceeded,
        ErrorKind::Cancelled => Code::Cancelled,
        ErrorKind::Config => Code::FailedPrecondition,
        ErrorKind::Internal => Code::Internal,
    }
}

impl From<arrow_flight::error::FlightError> for Error {
    fn from(error: arrow_flight::error::FlightError) -> Self {
        Self::internal(error.to_string())
    }
}
