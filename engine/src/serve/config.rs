//! `[serve]` of `onefold.toml`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use serde::Deserialize;

use super::schedule::RefreshConfig;
use crate::{Error, Result};

/// Where and how `onefold serve` listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServeConfig {
    /// Where Arrow Flight SQL listens, as `address:port`, or `off`.
    pub flight_sql: String,
    /// Where the PostgreSQL protocol listens, as `address:port`, or `off`.
    pub postgres: String,
    /// Where `/healthz` and `/metrics` answer, as `address:port`, or `off`.
    pub http: String,
    /// Whether programs on this machine may connect without a name and do everything.
    pub anonymous: bool,
    /// Whether other machines may connect without TLS; only behind a proxy that has it.
    pub plaintext: bool,
    /// The certificate; without one there is no TLS.
    pub tls: Option<TlsConfig>,
    /// Connections of the PostgreSQL protocol and tokens of Flight SQL that are open at a time.
    pub max_connections: usize,
    /// Statements that run at a time; others wait.
    pub max_statements: usize,
    /// Seconds after which a statement is stopped; 0 for never.
    pub statement_timeout: u64,
    /// Minutes after which a token that nobody uses ends, and an idle connection.
    pub idle_minutes: u64,
    /// The folder of the audit log, a file of JSON lines for each day; relative paths start from the project.
    pub audit_log: Option<PathBuf>,
    /// What is refreshed at set times.
    pub refresh: Vec<RefreshConfig>,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            flight_sql: "127.0.0.1:31337".to_owned(),
            postgres: "127.0.0.1:5433".to_owned(),
            http: "127.0.0.1:9090".to_owned(),
            anonymous: false,
            plaintext: false,
            tls: None,
            max_connections: 500,
            max_statements: 64,
            statement_timeout: 600,
            idle_minutes: 240,
            audit_log: None,
            refresh: Vec::new(),
        }
    }
}

/// Certificates, as PEM files; relative paths start from the project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The server's certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// The key of the certificate.
    pub key: PathBuf,
    /// The authority of the clients' certificates; with it, Flight SQL asks each client for one.
    pub client_authority: Option<PathBuf>,
}

impl ServeConfig {
    /// The addresses of Flight SQL, PostgreSQL and HTTP; `None` for what is off.
    ///
    /// # Errors
    /// If one is no address, or would let in whom it should not.
    pub fn addresses(&self) -> Result<[Option<SocketAddr>; 3]> {
        let flight_sql = address("serve.flight_sql", &self.flight_sql)?;
        let postgres = address("serve.postgres", &self.postgres)?;
        let http = address("serve.http", &self.http)?;
        if flight_sql.is_none() && postgres.is_none() {
            return Err(config("both protocols are off", "set serve.flight_sql or serve.postgres"));
        }
        for (key, at) in [("flight_sql", flight_sql), ("postgres", postgres)] {
            let Some(at) = at.filter(|at| !at.ip().is_loopback()) else { continue };
            if self.anonymous {
                let message = format!("serve.anonymous would let everybody who reaches {at} do everything");
                return Err(config(message, format!("listen on 127.0.0.1 with serve.{key}, or make users")));
            }
            if self.tls.is_none() && !self.plaintext {
                let message = format!("serve.{key} = '{at}' can be reached by others, and there is no TLS");
                return Err(config(
                    message,
                    "set certificate and key in [serve.tls], or serve.plaintext = true behind a proxy that has TLS",
                ));
            }
        }
        Ok([flight_sql, postgres, http])
    }
}

fn address(key: &str, text: &str) -> Result<Option<SocketAddr>> {
    if text == "off" {
        return Ok(None);
    }
    let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    let message = || config(format!("{key} = '{text}' is no address"), "write 127.0.0.1:5433, or off");
    found.map(Some).ok_or_else(message)
}

fn config(message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::config(message).on("onefold.toml").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_let_in_only_with_tls_and_never_without_a_name() {
        let open =
            |flight_sql: &str| ServeConfig { flight_sql: flight_sql.to_owned(), ..ServeConfig::default() };
        assert!(open("127.0.0.1:0").addresses().is_ok());
        assert!(open("[::1]:0").addresses().is_ok());
        assert!(open("0.0.0.0:0").addresses().unwrap_err().to_string().contains("[serve.tls]"));
        assert!(ServeConfig { plaintext: true, ..open("0.0.0.0:0") }.addresses().is_ok());
        let anonymous = ServeConfig { plaintext: true, anonymous: true, ..open("0.0.0.0:0") };
        assert!(anonymous.addresses().unwrap_err().to_string().contains("serve.anonymous"));
        assert!(ServeConfig { anonymous: true, ..open("127.0.0.1:0") }.addresses().is_ok());
        assert!(open("nowhere").addresses().unwrap_err().to_string().contains("is no address"));
        let off = ServeConfig { postgres: "off".to_owned(), ..open("off") };
        assert!(off.addresses().unwrap_err().to_string().contains("off"));
    }
}
