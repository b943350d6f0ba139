//! One connection: its messages one after another, and what it keeps between them.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures::SinkExt;
use pgwire::messages::response::{ReadyForQuery, TransactionStatus};
use pgwire::messages::{PgWireBackendMessage as Answer, PgWireFrontendMessage as Message};

use super::errors::Failure;
use super::extended::Prepared;
use super::keys::{self, Key, Keys};
use super::portal::Portal;
use super::settings::Settings;
use super::startup::{self, Opened};
use super::wire::{self, Wire};
use super::{HANDSHAKE, simple};
use crate::catalog::schemas::pg_catalog;
use crate::serve::metrics::{OpenConnection, Protocol};
use crate::serve::server::Shared;
use crate::session::Session;
use crate::{Error, ErrorKind};

/// Messages that are read ahead while a statement runs.
const AHEAD: usize = 256;

/// So many bytes of rows are sent at once.
const WRITTEN_AT_ONCE: usize = 64 << 10;

/// What a client and the server keep of each other.
pub(super) struct Connection {
    wire: Wire,
    /// Messages that came while a statement ran.
    inbox: VecDeque<Message>,
    pub(super) shared: Arc<Shared>,
    pub(super) session: Session,
    pub(super) settings: Arc<Settings>,
    pub(super) key: Key,
    pub(super) prepared: HashMap<String, Arc<Prepared>>,
    pub(super) portals: HashMap<String, Portal>,
    pub(super) transaction: TransactionStatus,
    /// The client has gone.
    gone: bool,
}

/// Serves one client until it goes.
pub(super) async fn run(mut wire: Wire, shared: Arc<Shared>, keys: Arc<Keys>) {
    let settings = Arc::new(Settings::default());
    let opened = tokio::time::timeout(HANDSHAKE, startup::open(&mut wire, &shared, &keys, &settings)).await;
    let session = match opened {
        Ok(Ok(Opened::Client(session))) => session,
        Ok(Ok(Opened::Over)) | Err(_) => return,
        Ok(Err(failure)) => return refuse(&mut wire, &failure).await,
    };
    let most = shared.config.max_connections;
    if shared.metrics.open() >= most {
        let error = Error::new(ErrorKind::Limit, format!("all {most} connections are taken"))
            .hint("close some, or raise serve.max_connections in onefold.toml");
        return refuse(&mut wire, &Failure::new("53300", error).fatal()).await;
    }
    let _open = OpenConnection::new(&shared.metrics, Protocol::Postgres);
    let key = keys.issue();
    pg_catalog::register(&session, &settings, key.process);
    let ready = startup::welcome(&mut wire, &settings, &key).await;
    let mut connection = Connection {
        wire,
        inbox: VecDeque::new(),
        shared,
        session,
        settings,
        key,
        prepared: HashMap::new(),
        portals: HashMap::new(),
        transaction: TransactionStatus::Idle,
        gone: ready.is_err(),
    };
    connection.serve().await;
}

async fn refuse(wire: &mut Wire, failure: &Failure) {
    // Who does not listen any more need not hear it.
    let _ = wire.send(Answer::ErrorResponse(failure.response())).await;
    let _ = wire.close().await;
}

impl Connection {
    async fn serve(&mut self) {
        let mut skipping = false;
        while !self.gone {
            let message = match self.next().await {
                Ok(Some(message)) => message,
                Ok(None) => return,
                Err(failure) => return refuse(&mut self.wire, &failure).await,
            };
            // After an error in the extended protocol, messages are skipped until Sync.
            let sync = matches!(message, Message::Sync(_));
            if skipping && !sync && !matches!(message, Message::Terminate(_)) {
                continue;
            }
            skipping = false;
            let extended = message.is_extended_query();
            match self.answer(message).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(failure) => {
                    self.failed();
                    if failure.is_fatal() {
                        return refuse(&mut self.wire, &failure).await;
                    }
                    self.tell(Answer::ErrorResponse(failure.response())).await;
                    skipping = extended && !sync;
                    if !extended || sync {
                        self.ready().await;
                    } else {
                        self.flush().await;
                    }
                }
            }
        }
    }

    /// The next message; `None` when the client goes or the server stops.
    async fn next(&mut self) -> Result<Option<Message>, Failure> {
        if let Some(message) = self.inbox.pop_front() {
            return Ok(Some(message));
        }
        let idle = Duration::from_secs(self.shared.config.idle_minutes.max(1) * 60);
        tokio::select! {
            message = wire::next(&mut self.wire) => message,
            () = self.shared.stop.cancelled() => {
                let error = Error::new(ErrorKind::Cancelled, "the server stops");
                Err(Failure::new("57P01", error).fatal())
            }
            () = tokio::time::sleep(idle) => {
                let error = Error::new(ErrorKind::Cancelled, "the connection was idle for too long");
                Err(Failure::new("57P05", error).fatal())
            }
        }
    }

    /// Answers one message; whether the connection goes on.
    async fn answer(&mut self, message: Message) -> Result<bool, Failure> {
        match message {
            Message::Query(query) => simple::query(self, &query.query).await?,
            Message::Parse(parse) => self.parse(&parse).await?,
            Message::Bind(bind) => self.bind(&bind).await?,
            Message::Describe(describe) => self.describe(&describe).await?,
            Message::Execute(execute) => self.execute(&execute).await?,
            Message::Close(close) => self.close(&close).await,
            Message::Flush(_) => self.flush().await,
            Message::Sync(_) => {
                self.portals.remove("");
                self.ready().await;
            }
            Message::Terminate(_) => return Ok(false),
            // What follows a COPY that failed is of no use.
            Message::CopyData(_) | Message::CopyDone(_) | Message::CopyFail(_) => {}
            _ => return Err(Failure::protocol("this message cannot come here").fatal()),
        }
        Ok(!self.gone)
    }

    /// Waits for something while it listens to the client: `None` if the client has gone.
    pub(super) async fn listening<T>(&mut self, wait: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(wait);
        loop {
            if self.inbox.len() >= AHEAD {
                return Some(wait.await);
            }
            tokio::select! {
                biased;
                answer = &mut wait => return Some(answer),
                message = wire::next(&mut self.wire) => match message {
                    Ok(Some(Message::Terminate(_)) | None) | Err(_) => {
                        self.gone = true;
                        return None;
                    }
                    Ok(Some(message)) => self.inbox.push_back(message),
                },
            }
        }
    }

    /// Sends an answer, perhaps later with others.
    pub(super) async fn tell(&mut self, answer: Answer) {
        if !self.gone && self.wire.feed(answer).await.is_err() {
            self.gone = true;
        }
    }

    /// Puts messages, as their bytes, behind those that wait to be sent.
    pub(super) async fn write(&mut self, write: impl FnOnce(&mut BytesMut)) {
        if self.gone {
            return;
        }
        let buffer = self.wire.write_buffer_mut();
        write(buffer);
        if buffer.len() >= WRITTEN_AT_ONCE {
            self.flush().await;
        }
    }

    /// Whether the client has gone.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(super) async fn flush(&mut self) {
        if !self.gone && self.wire.flush().await.is_err() {
            self.gone = true;
        }
    }

    /// Says that the next statement can come.
    pub(super) async fn ready(&mut self) {
        self.tell(Answer::ReadyForQuery(ReadyForQuery::new(self.transaction))).await;
        self.flush().await;
    }

    /// The id that the statement of this connection is cancelled by.
    pub(super) fn id(&self) -> String {
        keys::statement_id(self.key.process)
    }

    /// After an error a transaction only ends.
    fn failed(&mut self) {
        if self.transaction == TransactionStatus::Transaction {
            self.transaction = TransactionStatus::Error;
        }
    }
}
