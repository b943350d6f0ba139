//! The server's life: it binds before it says that it is there, and lets statements end before it goes.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::config::ServeConfig;
use super::metrics::Metrics;
use super::schedule::Scheduled;
use super::statements::Statements;
use super::tls::Tls;
use super::users::Users;
use super::{flight_sql, http, postgres, schedule};
use crate::engine::Engine;
use crate::{Error, Result};

/// How long statements may go on after the server was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What the protocols share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) config: ServeConfig,
    pub(super) users: Users,
    pub(super) metrics: Arc<Metrics>,
    pub(super) statements: Arc<Statements>,
    pub(super) tls: Option<Tls>,
    /// Cancelled when nothing new shall begin.
    pub(super) stop: CancellationToken,
}

/// Where a server listens; `None` for what is off.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// Arrow Flight SQL.
    pub flight_sql: Option<SocketAddr>,
    /// The PostgreSQL protocol.
    pub postgres: Option<SocketAddr>,
    /// `/healthz` and `/metrics`.
    pub http: Option<SocketAddr>,
}

/// A server whose ports are open.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    kill: CancellationToken,
    scheduled: Vec<Scheduled>,
    listeners: [Option<TcpListener>; 3],
    addresses: Addresses,
}

impl Server {
    /// Opens the ports. Nobody is answered before [`Server::run`].
    ///
    /// # Errors
    /// If the settings would let in whom they should not, a certificate is wrong, or a port is taken.
    pub async fn bind(engine: Engine, config: ServeConfig) -> Result<Self> {
        let wanted = config.addresses()?;
        let scheduled = config.refresh.iter().map(Scheduled::new).collect::<Result<Vec<_>>>()?;
        let tls = config.tls.as_ref().map(|tls| Tls::load(tls, &engine.project().dir)).transpose()?;
        let mut listeners = [None, None, None];
        let mut addresses = [None; 3];
        for (n, key) in ["flight_sql", "postgres", "http"].into_iter().enumerate() {
            let Some(address) = wanted[n] else { continue };
            let at = |e: std::io::Error| {
                Error::config(e.to_string())
                    .on(format!("serve.{key} = '{address}'"))
                    .hint("another program may have the port; choose another, or off")
            };
            let listener = TcpListener::bind(address).await.map_err(at)?;
            addresses[n] = Some(listener.local_addr().map_err(at)?);
            listeners[n] = Some(listener);
        }
        let [flight_sql, postgres, http] = addresses;
        let kill = CancellationToken::new();
        if let Some(folder) = &config.audit_log {
            engine.queries().audit_to(&engine.project().dir.join(folder))?;
        }
        let metrics = Arc::new(Metrics::default());
        let timeout = (config.statement_timeout > 0).then(|| Duration::from_secs(config.statement_timeout));
        let statements = Statements::new(Arc::clone(&metrics), config.max_statements, timeout, kill.clone());
        let shared = Arc::new(Shared {
            users: Users::new(engine.clone(), config.anonymous),
            engine,
            config,
            metrics,
            statements: Arc::new(statements),
            tls,
            stop: CancellationToken::new(),
        });
        let addresses = Addresses { flight_sql, postgres, http };
        Ok(Self { shared, kill, scheduled, listeners, addresses })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Answers until `shutdown` is ready; then lets statements end, for ten seconds at most.
    ///
    /// # Errors
    /// If a listener fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<()> {
        let mut tasks: JoinSet<Result<()>> = JoinSet::new();
        let [flight_sql, postgres, http] = self.listeners;
        let shared = &self.shared;
        if let Some(listener) = flight_sql {
            tasks.spawn(flight_sql::serve(listener, Arc::clone(shared)));
        }
        if let Some(listener) = postgres {
            tasks.spawn(postgres::serve(listener, Arc::clone(shared)));
        }
        for scheduled in self.scheduled {
            let (engine, metrics) = (shared.engine.clone(), Arc::clone(&shared.metrics));
            tasks.spawn(schedule::run(engine, scheduled, metrics, shared.stop.clone()));
        }
        // It answers to the last, so that what watches sees the end.
        let watched = CancellationToken::new();
        if let Some(listener) = http {
            tasks.spawn(http::serve(listener, Arc::clone(shared), watched.clone()));
        }
        let failed = tokio::select! {
            () = shutdown => None,
            ended = tasks.join_next() => ended,
        };
        self.shared.stop.cancel();
        let watch = usize::from(self.addresses.http.is_some());
        let drained = tokio::time::timeout(GRACE, async {
            while tasks.len() > watch && tasks.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!("statements were still running and are stopped");
            self.kill.cancel();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        watched.cancel();
        tasks.shutdown().await;
        match failed {
            Some(Ok(result)) => result,
            Some(Err(e)) => Err(Error::internal(e.to_string())),
            None => Ok(()),
        }
    }
}
