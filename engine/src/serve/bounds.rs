//! What one statement may take: time and rows, by the server's settings and the user's limits.

use std::time::{Duration, Instant};

use crate::access::Limits;
use crate::{Error, ErrorKind, Result};

/// What one statement may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    timeout: Option<Duration>,
    /// What sets that.
    timeout_of: &'static str,
    rows: Option<usize>,
}

impl Bounds {
    /// The narrowest of what the server allows, the user may and the client asks for.
    pub(super) fn new(server: Option<Duration>, limits: Limits, asked: Option<Duration>) -> Self {
        let user = limits.statement_timeout.map(|seconds| Duration::from_secs(seconds as u64));
        let all = [
            (server, "serve.statement_timeout in onefold.toml"),
            (user, "the user's limit: ALTER USER … OPTIONS (statement_timeout '…')"),
            (asked, "statement_timeout, which the session has set"),
        ];
        let (timeout, timeout_of) = all
            .into_iter()
            .filter_map(|(timeout, of)| Some((timeout?, of)))
            .min_by_key(|(timeout, _)| *timeout)
            .map_or((None, ""), |(timeout, of)| (Some(timeout), of));
        Self { timeout, timeout_of, rows: limits.rows }
    }

    /// Ready when a statement that began then has taken all its time.
    pub(super) async fn timed_out(self, started: Instant) {
        match self.timeout {
            Some(timeout) => tokio::time::sleep_until((started + timeout).into()).await,
            None => std::future::pending().await,
        }
    }

    /// The error of a statement that has run for so long.
    pub(super) fn too_long(self) -> Error {
        let seconds = self.timeout.unwrap_or_default().as_secs_f64();
        Error::new(ErrorKind::Timeout, format!("the statement took longer than {seconds} seconds"))
            .hint(format!("narrow it, or raise {}", self.timeout_of))
    }

    /// The error of a statement that has waited for so long.
    pub(super) fn no_turn(self) -> Error {
        let seconds = self.timeout.unwrap_or_default().as_secs_f64();
        Error::new(ErrorKind::Timeout, format!("the statement waited {seconds} seconds for its turn"))
            .hint("others run for as long as that: ask for less at a time, or for a longer statement_timeout")
    }

    /// An error if an answer has more rows than it may.
    pub(super) fn check_rows(self, rows: u64) -> Result<()> {
        match self.rows {
            Some(most) if rows > most as u64 => Err(Error::new(
                ErrorKind::Limit,
                format!("the answer has more than the {most} rows that the user may read"),
            )
            .hint("add a LIMIT, or aggregate; an administrator can ALTER USER … OPTIONS (rows '…')")),
            _ => Ok(()),
        }
    }
}

/// The error of a statement that was told to stop.
pub(super) fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "the statement was cancelled")
}
