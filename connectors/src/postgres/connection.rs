//! Connections to a PostgreSQL server.

use std::error::Error as _;
use std::time::Duration;

use datafusion::common::runtime::SpawnedTask;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::merge::{Encrypted, Plain};
use crate::database::address::Address;
use crate::database::attempts::{PAUSES, within};
use crate::database::tls::{TlsFiles, TlsMode, client_config};
use crate::{Error, Result};

/// What tokio-postgres says of a server that only speaks without encryption.
const NO_TLS: &str = "server does not support TLS";

/// An open connection. Closed when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    _task: SpawnedTask<()>,
}

/// Opens connections.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub(super) address: Address,
    pub(super) files: TlsFiles,
    pub(super) timeout: Duration,
    pub(super) statement_timeout: Option<Duration>,
}

impl Connector {
    /// A new connection, ready to read.
    ///
    /// # Errors
    /// It cannot be made; the message tells host, port and cause.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let mut pauses = PAUSES.iter();
        let all = async {
            loop {
                match self.attempt().await {
                    Err(e) if is_passing(&e) => match pauses.next() {
                        Some(pause) => tokio::time::sleep(*pause).await,
                        None => return Err(self.explain(&e)),
                    },
                    Err(e) => return Err(self.explain(&e)),
                    Ok(connection) => return self.prepared(connection).await,
                }
            }
        };
        within(&self.address, self.timeout, all).await
    }

    /// Whether the server answers, be it that it refuses.
    ///
    /// # Errors
    /// It does not.
    pub(super) async fn answers(&self) -> Result<()> {
        let attempt = async {
            let _ = self.attempt().await;
            Ok(())
        };
        within(&self.address, self.timeout, attempt).await
    }

    async fn attempt(&self) -> Result<Connection, Failure> {
        let mut config = self.config();
        if self.address.is_socket() {
            let (client, connection) = config.connect(NoTls).await.map_err(Failure::Server)?;
            return Ok(Connection { client, _task: run(connection) });
        }
        config.ssl_mode(SslMode::Require);
        if self.address.tls != TlsMode::Disable {
            let tls = client_config(self.address.tls, &self.files).map_err(Failure::Own)?;
            match config.connect(Encrypted(MakeRustlsConnect::new(tls))).await {
                Ok((client, connection)) => return Ok(Connection { client, _task: run(connection) }),
                Err(e) if self.address.tls == TlsMode::Prefer && cause(&e) == NO_TLS => {}
                Err(e) => return Err(Failure::Server(e)),
            }
        }
        config.ssl_negotiation(SslNegotiation::Direct);
        let (client, connection) = config.connect(Plain).await.map_err(Failure::Server)?;
        Ok(Connection { client, _task: run(connection) })
    }

    fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        let address = &self.address;
        config
            .host(&address.host)
            .port(address.port)
            .application_name("onefold")
            .connect_timeout(self.timeout)
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(60))
            .ssl_mode(SslMode::Disable);
        address.database.as_ref().map(|database| config.dbname(database));
        address.password.as_ref().map(|password| config.password(password));
        match &address.user {
            Some(user) => config.user(user),
            None => config.user(std::env::var("USER").unwrap_or_else(|_| "postgres".to_owned())),
        };
        config
    }

    /// Texts are written as this crate writes them, and times are in UTC.
    async fn prepared(&self, connection: Connection) -> Result<Connection> {
        let mut sql = "SET standard_conforming_strings = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; \
                       SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1; \
                       SET default_transaction_read_only = on"
            .to_owned();
        if let Some(timeout) = self.statement_timeout {
            sql += &format!("; SET statement_timeout = {}", timeout.as_millis());
        }
        connection.client.batch_execute(&sql).await.map_err(|e| self.explain(&Failure::Server(e)))?;
        Ok(connection)
    }

    fn explain(&self, failure: &Failure) -> Error {
        let error = match failure {
            Failure::Own(error) => return error.clone(),
            Failure::Server(error) => error,
        };
        let message = format!("{}: {}", self.address.shown(), cause(error));
        let tls = !matches!(self.address.tls, TlsMode::Disable) && message.contains("certificate");
        let hint = match error.code() {
            Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                "check user and password, and that the server lets this login in from here"
            }
            Some(&SqlState::INVALID_CATALOG_NAME) => "check the name of the database",
            Some(&SqlState::TOO_MANY_CONNECTIONS) => "make the option pool_size smaller",
            _ if message.ends_with("password missing") => "name the login by the options user and password",
            _ if tls => {
                "name the authority's certificate by the option tls_ca, or only encrypt with tls 'require'"
            }
            _ if message.contains(NO_TLS) => {
                "turn TLS on at the server; on a network that is safe: tls 'prefer'"
            }
            _ => "check that the server runs there and can be reached from here",
        };
        Error::new(message).hint(hint)
    }
}

/// Why there is no connection.
enum Failure {
    Own(Error),
    Server(tokio_postgres::Error),
}

/// Whether another attempt a moment later may go well.
fn is_passing(failure: &Failure) -> bool {
    let Failure::Server(error) = failure else { return false };
    match error.code() {
        Some(code) => matches!(
            *code,
            SqlState::CANNOT_CONNECT_NOW | SqlState::TOO_MANY_CONNECTIONS | SqlState::ADMIN_SHUTDOWN
        ),
        None => error.source().is_some_and(|source| source.is::<std::io::Error>()),
    }
}

fn run<S, T>(connection: tokio_postgres::Connection<S, T>) -> SpawnedTask<()>
where
    tokio_postgres::Connection<S, T>: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    SpawnedTask::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection to PostgreSQL ended: {}", cause(&error));
        }
    })
}

/// What the server said, or what is at the bottom of an error.
pub(super) fn cause(error: &tokio_postgres::Error) -> String {
    if let Some(server) = error.as_db_error() {
        return match server.detail() {
            Some(detail) => format!("{} ({detail})", server.message()),
            None => server.message().to_owned(),
        };
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A failed read.
pub(super) fn read_error(error: &tokio_postgres::Error) -> Error {
    let hint = match error.code() {
        Some(&SqlState::UNDEFINED_COLUMN | &SqlState::UNDEFINED_TABLE | &SqlState::DATATYPE_MISMATCH) => {
            "the table has just changed there: run the query again"
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "let the login read it: GRANT SELECT ON … TO …",
        Some(&SqlState::QUERY_CANCELED) => "give it longer by the option statement_timeout",
        Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE) => {
            "read numerics without precision otherwise: OPTIONS (unbounded_numeric 'double') or 'text'"
        }
        Some(_) => return Error::new(format!("the server says: {}", cause(error))),
        None => {
            return Error::new(format!("the connection broke: {}", cause(error)))
                .hint("run it again once the server is there");
        }
    };
    Error::new(format!("the server says: {}", cause(error))).hint(hint)
}
