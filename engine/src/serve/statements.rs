//! What runs: each statement with its turn, its end, and a way to stop it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::bounds::{Bounds, stopped};
use super::metrics::{Metrics, Protocol};
use crate::access::Limits;
use crate::engine::Engine;
use crate::queries::Outcome;
use crate::session::{Response, Session};
use crate::sql::Parsed;
use crate::{Error, Result};

/// The statements of all connections.
#[derive(Debug)]
pub(super) struct Statements {
    metrics: Arc<Metrics>,
    turns: Arc<Semaphore>,
    /// The turns of users who have a limit of their own, with that limit.
    of_users: Mutex<HashMap<String, (usize, Arc<Semaphore>)>>,
    timeout: Option<Duration>,
    running: Mutex<HashMap<String, CancellationToken>>,
    /// Ends everything when the server has waited long enough.
    kill: CancellationToken,
}

/// A statement by the id that it is cancelled by, forgotten when it ends.
#[derive(Debug)]
struct Entry {
    all: Arc<Statements>,
    id: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.all.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// A statement that runs.
#[derive(Debug)]
struct Turn {
    entry: Entry,
    token: CancellationToken,
    protocol: Protocol,
    engine: Engine,
    number: u64,
    started: Instant,
    bounds: Bounds,
    rows: u64,
    /// How it ended; whoever lets go of its rows before that has cancelled it.
    outcome: Outcome,
    _permits: Permits,
}

/// A turn of the user's, if there is a limit, and one of the server's.
type Permits = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

impl Drop for Turn {
    fn drop(&mut self) {
        let failed = matches!(self.outcome, Outcome::Failed(_));
        self.entry.all.metrics.statement(self.protocol, self.started.elapsed(), self.rows, failed);
        self.engine.queries().end(self.number, self.rows, self.outcome.clone());
    }
}

impl Statements {
    pub(super) fn new(
        metrics: Arc<Metrics>,
        at_once: usize,
        timeout: Option<Duration>,
        kill: CancellationToken,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(at_once.max(1)));
        Self { metrics, turns, of_users: Mutex::default(), timeout, running: Mutex::default(), kill }
    }

    /// How many run now.
    pub(super) fn running(&self) -> usize {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Stops a statement; whether it was running.
    pub(super) fn cancel(&self, id: &str) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(id).map(CancellationToken::cancel).is_some()
    }

    /// Runs a statement, in its turn. The id is what [`Statements::cancel`] knows it by; the timeout what the client asks
    /// for, if that is less than it may take.
    ///
    /// # Errors
    /// The statement's own; `Cancelled` if it was stopped, `Timeout` if it took too long.
    pub(super) async fn run(
        self: &Arc<Self>,
        id: &str,
        protocol: Protocol,
        session: &Session,
        parsed: &Parsed,
        values: Vec<ScalarValue>,
        asked_timeout: Option<Duration>,
    ) -> Result<Response> {
        let token = self.kill.child_token();
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), token.clone());
        let entry = Entry { all: Arc::clone(self), id: id.to_owned() };
        let limits = session.limits().await?;
        let bounds = Bounds::new(self.timeout, limits, asked_timeout);
        let asked = Instant::now();
        let permits = tokio::select! {
            permits = self.turn(session.user(), limits) => permits?,
            () = token.cancelled() => return Err(stopped()),
            () = bounds.timed_out(asked) => return Err(bounds.no_turn()),
        };
        let engine = session.engine().clone();
        let number = engine.queries().start(session.user(), protocol.word(), parsed);
        let mut turn = Turn {
            entry,
            token,
            protocol,
            engine,
            number,
            started: Instant::now(),
            bounds,
            rows: 0,
            outcome: Outcome::Cancelled,
            _permits: permits,
        };
        let answer = tokio::select! {
            answer = session.execute_with(parsed, values) => answer,
            () = turn.token.cancelled() => Err(stopped()),
            () = bounds.timed_out(turn.started) => Err(bounds.too_long()),
        };
        match answer {
            Err(e) => {
                turn.outcome = Outcome::of(&e);
                Err(e)
            }
            Ok(Response::Done { message }) => {
                turn.outcome = Outcome::Done;
                Ok(Response::Done { message })
            }
            Ok(Response::Rows { schema, stream }) => {
                let stream = tracked(stream, turn);
                Ok(Response::Rows { schema: Arc::clone(&schema), stream })
            }
        }
    }

    /// Waits for a turn: of the user's first, so that those who wait for it hold up nobody else.
    async fn turn(&self, user: Option<&str>, limits: Limits) -> Result<Permits> {
        let own = user.zip(limits.statements).map(|(user, at_once)| {
            let mut of_users = self.of_users.lock().unwrap_or_else(PoisonError::into_inner);
            let turns = of_users.entry(user.to_owned()).or_insert_with(|| (0, Arc::new(Semaphore::new(0))));
            if turns.0 != at_once {
                *turns = (at_once, Arc::new(Semaphore::new(at_once)));
            }
            Arc::clone(&turns.1)
        });
        let own = match own {
            Some(turns) => Some(turns.acquire_owned().await.map_err(|_| stopped())?),
            None => None,
        };
        Ok((own, Arc::clone(&self.turns).acquire_owned().await.map_err(|_| stopped())?))
    }
}

/// The rows, until the statement is stopped or takes too long.
fn tracked(stream: SendableRecordBatchStream, turn: Turn) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let rows = futures::stream::unfold(Some((stream, turn)), |state| async move {
        let (mut stream, mut turn) = state?;
        let next = tokio::select! {
            next = stream.next() => next,
            () = turn.token.cancelled() => Some(Err(DataFusionError::from(stopped()))),
            () = turn.bounds.timed_out(turn.started) => Some(Err(DataFusionError::from(turn.bounds.too_long()))),
        };
        let Some(next) = next else {
            turn.outcome = Outcome::Done;
            return None;
        };
        let checked = next.and_then(|batch| {
            turn.bounds.check_rows(turn.rows + batch.num_rows() as u64)?;
            Ok(batch)
        });
        match checked {
            Ok(batch) => {
                turn.rows += batch.num_rows() as u64;
                Some((Ok(batch), Some((stream, turn))))
            }
            Err(e) => {
                let e = Error::from(e);
                turn.outcome = Outcome::of(&e);
                Some((Err(DataFusionError::from(e)), None))
            }
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}
