//! What runs: each statement with its turn, its end, and a way to stop it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
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
    running: Mutex<HashMap<String, Running>>,
    /// Ends everything when the server has waited long enough.
    kill: CancellationToken,
}

#[derive(Debug)]
struct Running {
    token: CancellationToken,
    place: Arc<Mutex<Place>>,
}

/// The turn of a statement. Whoever waits for one takes it from a statement whose client does not take its rows.
#[derive(Debug, Default)]
struct Place {
    permits: Option<Permits>,
    /// Since when the client has not asked for more rows.
    idle_since: Option<Instant>,
}

/// A client that has not asked for so long keeps nobody else waiting.
const IDLE: Duration = Duration::from_millis(500);

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
    user: Option<String>,
    started: Instant,
    bounds: Bounds,
    rows: u64,
    /// How it ended; whoever lets go of its rows before that has cancelled it.
    outcome: Outcome,
    place: Arc<Mutex<Place>>,
    limits: Limits,
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
        running.get(id).map(|running| running.token.cancel()).is_some()
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
        let place = Arc::<Mutex<Place>>::default();
        let running = Running { token: token.clone(), place: Arc::clone(&place) };
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), running);
        let entry = Entry { all: Arc::clone(self), id: id.to_owned() };
        let limits = session.limits().await?;
        let bounds = Bounds::new(self.timeout, limits, asked_timeout);
        let asked = Instant::now();
        tokio::select! {
            turn = self.turn(session.user(), limits, &place) => turn?,
            () = token.cancelled() => return Err(stopped()),
            () = bounds.timed_out(asked) => return Err(bounds.no_turn()),
        }
        let engine = session.engine().clone();
        let number = engine.queries().start(session.user(), protocol.word(), parsed);
        let mut turn = Turn {
            entry,
            token,
            protocol,
            engine,
            number,
            user: session.user().map(str::to_owned),
            started: Instant::now(),
            bounds,
            rows: 0,
            outcome: Outcome::Cancelled,
            place,
            limits,
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
    async fn turn(&self, user: Option<&str>, limits: Limits, place: &Mutex<Place>) -> Result<()> {
        let own = user.zip(limits.statements).map(|(user, at_once)| {
            let mut of_users = self.of_users.lock().unwrap_or_else(PoisonError::into_inner);
            let turns = of_users.entry(user.to_owned()).or_insert_with(|| (0, Arc::new(Semaphore::new(0))));
            if turns.0 != at_once {
                *turns = (at_once, Arc::new(Semaphore::new(at_once)));
            }
            Arc::clone(&turns.1)
        });
        let taken = async {
            let own = match own {
                Some(turns) => Some(turns.acquire_owned().await.map_err(|_| stopped())?),
                None => None,
            };
            let all = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| stopped())?;
            Ok::<Permits, Error>((own, all))
        };
        tokio::pin!(taken);
        loop {
            tokio::select! {
                biased;
                permits = &mut taken => {
                    of(place).permits = Some(permits?);
                    return Ok(());
                }
                () = tokio::time::sleep(IDLE / 4) => self.take_idle_turns(),
            }
        }
    }

    /// Takes the turns of statements whose clients do not take their rows.
    fn take_idle_turns(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for Running { place, .. } in running.values() {
            let mut place = of(place);
            if place.idle_since.is_some_and(|since| since.elapsed() > IDLE) {
                place.permits = None;
            }
        }
    }
}

fn of(place: &Mutex<Place>) -> MutexGuard<'_, Place> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turn {
    /// Goes on with a statement whose client asks for more rows.
    async fn go_on(&self) -> Result<()> {
        let has_turn = {
            let mut place = of(&self.place);
            place.idle_since = None;
            place.permits.is_some()
        };
        if has_turn {
            return Ok(());
        }
        tokio::select! {
            turn = self.entry.all.turn(self.user.as_deref(), self.limits, &self.place) => turn,
            () = self.token.cancelled() => Err(stopped()),
            () = self.bounds.timed_out(self.started) => Err(self.bounds.too_long()),
        }
    }

    /// The next rows of the statement; `None` at the end.
    async fn next(&mut self, stream: &mut SendableRecordBatchStream) -> Option<Result<RecordBatch>> {
        if let Err(e) = self.go_on().await {
            return Some(Err(e));
        }
        let next = tokio::select! {
            next = stream.next() => next.map(|batch| batch.map_err(Error::from)),
            () = self.token.cancelled() => Some(Err(stopped())),
            () = self.bounds.timed_out(self.started) => Some(Err(self.bounds.too_long())),
        };
        of(&self.place).idle_since = Some(Instant::now());
        let batch = match next? {
            Ok(batch) => batch,
            Err(e) => return Some(Err(e)),
        };
        self.rows += batch.num_rows() as u64;
        Some(self.bounds.check_rows(self.rows).map(|()| batch))
    }
}

/// The rows, until the statement is stopped or takes too long.
fn tracked(stream: SendableRecordBatchStream, turn: Turn) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let rows = futures::stream::unfold(Some((stream, turn)), |state| async move {
        let (mut stream, mut turn) = state?;
        match turn.next(&mut stream).await {
            None => {
                turn.outcome = Outcome::Done;
                None
            }
            Some(Ok(batch)) => Some((Ok(batch), Some((stream, turn)))),
            Some(Err(e)) => {
                turn.outcome = Outcome::of(&e);
                Some((Err(DataFusionError::from(e)), None))
            }
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}
