//! Connections to a MySQL or MariaDB server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mysql_async::{ClientIdentity, Conn, DriverError, OptsBuilder, SslOpts};

use crate::database::address::Address;
use crate::database::attempts::{PAUSES, within};
use crate::database::tls::{TlsFiles, TlsMode, unreadable};
use crate::{Error, Result};

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
    pub(super) async fn connect(&self) -> Result<Conn> {
        let mut pauses = PAUSES.iter();
        let all = async {
            let mut tls = self.tls()?;
            loop {
                match Conn::new(self.options(tls.clone())).await {
                    Ok(connection) => return self.prepared(connection).await,
                    Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer))
                        if self.address.tls == TlsMode::Prefer =>
                    {
                        tls = None;
                    }
                    Err(e) if is_passing(&e) => match pauses.next() {
                        Some(pause) => tokio::time::sleep(*pause).await,
                        None => return Err(self.explain(&e)),
                    },
                    Err(e) => return Err(self.explain(&e)),
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
            let _ = Conn::new(self.options(self.tls()?)).await;
            Ok(())
        };
        within(&self.address, self.timeout, attempt).await
    }

    fn options(&self, tls: Option<SslOpts>) -> OptsBuilder {
        let address = &self.address;
        let builder = OptsBuilder::default()
            .user(address.user.clone())
            .pass(address.password.clone())
            .db_name(address.database.clone())
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .prefer_socket(false)
            .stmt_cache_size(0)
            .ssl_opts(tls);
        match address.is_socket() {
            true => builder.socket(Some(address.host.clone())),
            false => builder.ip_or_hostname(address.host.clone()).tcp_port(address.port),
        }
    }

    fn tls(&self) -> Result<Option<SslOpts>> {
        if self.address.is_socket() || self.address.tls == TlsMode::Disable {
            return Ok(None);
        }
        // The library asks for the process's provider. Another one that is there already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut tls = SslOpts::default();
        match self.address.tls {
            TlsMode::VerifyFull => {
                let roots = match &self.files.ca {
                    Some(path) => vec![there(path, "tls_ca")?.into()],
                    None => {
                        let known = rustls_native_certs::load_native_certs().certs;
                        known.into_iter().map(|certificate| certificate.to_vec().into()).collect()
                    }
                };
                tls = tls.with_disable_built_in_roots(true).with_root_certs(roots);
            }
            _ => {
                tls = tls.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true);
            }
        }
        if let (Some(certificate), Some(key)) = (&self.files.certificate, &self.files.key) {
            let certificate = there(certificate, "tls_certificate")?;
            let identity = ClientIdentity::new(certificate.into(), there(key, "tls_key")?.into());
            tls = tls.with_client_identity(Some(identity));
        }
        Ok(Some(tls))
    }

    /// Texts are written as this crate writes them, and times are in UTC.
    async fn prepared(&self, mut connection: Conn) -> Result<Conn> {
        use mysql_async::prelude::Queryable;
        let mut statements = vec![
            "SET NAMES utf8mb4".to_owned(),
            "SET SESSION time_zone = '+00:00', SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'".to_owned(),
            "SET SESSION TRANSACTION READ ONLY".to_owned(),
        ];
        if let Some(timeout) = self.statement_timeout {
            let version: Option<String> =
                connection.query_first("SELECT VERSION()").await.map_err(|e| self.explain(&e))?;
            statements.push(match version.is_some_and(|v| v.contains("MariaDB")) {
                true => format!("SET SESSION max_statement_time = {}", timeout.as_secs()),
                false => format!("SET SESSION max_execution_time = {}", timeout.as_millis()),
            });
        }
        for statement in statements {
            connection.query_drop(statement).await.map_err(|e| self.explain(&e))?;
        }
        Ok(connection)
    }

    fn explain(&self, error: &mysql_async::Error) -> Error {
        let hint = match error {
            mysql_async::Error::Server(e) if matches!(e.code, 1044 | 1045 | 1698) => {
                "check user and password, and that the server lets this login in from here"
            }
            mysql_async::Error::Server(e) if e.code == 1049 => "check the name of the database",
            mysql_async::Error::Server(e) if e.code == 1040 => "make the option pool_size smaller",
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                "turn TLS on at the server; on a network that is safe: tls 'prefer'"
            }
            _ if cause(error).contains("certificate") => {
                "name the authority's certificate by the option tls_ca, or only encrypt with tls 'require'"
            }
            _ => "check that the server runs there and can be reached from here",
        };
        Error::new(format!("{}: {}", self.address.shown(), cause(error))).hint(hint)
    }
}

/// A file that is there: of one that is not the library says no more than that.
fn there(path: &Path, option: &str) -> Result<PathBuf> {
    std::fs::metadata(path).map(|_| path.to_owned()).map_err(|e| unreadable(path, option, &e))
}

/// Whether another attempt a moment later may go well.
fn is_passing(error: &mysql_async::Error) -> bool {
    match error {
        mysql_async::Error::Server(e) => matches!(e.code, 1040 | 1053),
        mysql_async::Error::Io(mysql_async::IoError::Io(_)) => true,
        _ => false,
    }
}

/// What the server said, or what is at the bottom of an error.
pub(super) fn cause(error: &mysql_async::Error) -> String {
    if let mysql_async::Error::Server(e) = error {
        return e.message.clone();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The library of TLS names a page of its own.
    let said = cause.to_string();
    said.split_once(": https://").map_or(said.as_str(), |(said, _)| said).to_owned()
}

/// A failed read.
pub(super) fn read_error(error: &mysql_async::Error) -> Error {
    match error {
        mysql_async::Error::Server(e) => {
            let said = Error::new(format!("the server says: {}", e.message));
            match e.code {
                1054 | 1146 | 1356 => said.hint("the table has just changed there: run the query again"),
                1142 | 1143 => said.hint("let the login read it: GRANT SELECT ON … TO …"),
                1969 | 3024 => said.hint("give it longer by the option statement_timeout"),
                _ => said,
            }
        }
        other => Error::new(format!("the connection broke: {}", cause(other)))
            .hint("run it again once the server is there"),
    }
}
