//! Where a database server is and who asks: from a URL or from options.

use std::net::IpAddr;

use url::Url;

use super::tls::TlsMode;
use crate::{Error, Options, Result, percent};

/// Where a server is and who asks.
#[derive(Clone)]
pub(crate) struct Address {
    /// A name, an address, or the folder of a Unix socket.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) tls: TlsMode,
    pub(crate) tls_ca: Option<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({})", self.shown())
    }
}

impl Address {
    /// Reads the option `url`, or `host` and its siblings; options take precedence over what the URL says.
    ///
    /// # Errors
    /// Neither is given, or the URL is none of these schemes. The message does not show the URL, which may hold a
    /// password.
    pub(crate) fn new(options: &Options, schemes: &[&str], port: u16) -> Result<Self> {
        let example = format!("{}://user:${{PASSWORD}}@host:{port}/database", schemes[0]);
        let mut address = match options.text("url") {
            Some(url) => Self::from_url(url, schemes, port, &example)?,
            None => {
                let Some(host) = options.text("host") else {
                    return Err(Error::new("neither url nor host is given")
                        .hint(format!("add OPTIONS (url '{example}')")));
                };
                let tls = TlsMode::Prefer;
                let host = host.to_owned();
                Self { host, port, database: None, user: None, password: None, tls, tls_ca: None }
                    .with_default_tls()
            }
        };
        let text = |name: &str| options.text(name).map(str::to_owned);
        address.host = text("host").unwrap_or(address.host);
        if let Some(port) = options.integer("port") {
            address.port = u16::try_from(port)
                .map_err(|_| Error::new(format!("{port} is not a port")).on("option port"))?;
        }
        address.database = text("database").or(address.database);
        address.user = text("user").or(address.user);
        address.password = text("password").or(address.password);
        address.tls_ca = text("tls_ca").or(address.tls_ca);
        if let Some(word) = options.text("tls") {
            address.tls = TlsMode::of(word).unwrap_or(address.tls);
        }
        Ok(address)
    }

    fn from_url(url: &str, schemes: &[&str], port: u16, example: &str) -> Result<Self> {
        let wrong = |why: String| Error::new(why).on("option url").hint(format!("write it as '{example}'"));
        let parsed = Url::parse(url).map_err(|e| {
            wrong(format!("it is not a URL: {e}"))
                .hint(format!("write it as '{example}', special characters of the password as %40 for @"))
        })?;
        if !schemes.contains(&parsed.scheme()) {
            return Err(wrong(format!("it begins with {}://, not {}://", parsed.scheme(), schemes[0])));
        }
        let decoded =
            |text: &str| percent::decoded(text).ok_or_else(|| wrong("it is not text in UTF-8".to_owned()));
        let host = match parsed.host_str() {
            Some(host) if !host.is_empty() => decoded(host.trim_matches(['[', ']']))?,
            _ => return Err(wrong("it names no host".to_owned())),
        };
        let given = |text: &str| if text.is_empty() { Ok(None) } else { decoded(text).map(Some) };
        let mut address = Self {
            host,
            port: parsed.port().unwrap_or(port),
            database: given(parsed.path().trim_start_matches('/'))?,
            user: given(parsed.username())?,
            password: parsed.password().map(decoded).transpose()?,
            tls: TlsMode::Prefer,
            tls_ca: None,
        }
        .with_default_tls();
        for (key, value) in parsed.query_pairs() {
            match key.as_ref() {
                "sslmode" | "ssl-mode" | "tls" => {
                    let word = value.to_lowercase().replace('-', "_");
                    address.tls = TlsMode::of(&word)
                        .ok_or_else(|| wrong(format!("{key} is '{value}'")).hint(TlsMode::WORDS))?;
                }
                "sslrootcert" | "ssl-ca" => address.tls_ca = Some(value.into_owned()),
                "application_name" | "charset" => {}
                other => {
                    let hint = "take it out; what can be set has an option of its own";
                    return Err(Error::new(format!("the parameter {other} is not known"))
                        .on("option url")
                        .hint(hint));
                }
            }
        }
        Ok(address)
    }

    fn with_default_tls(mut self) -> Self {
        self.tls = if self.is_local() { TlsMode::Prefer } else { TlsMode::VerifyFull };
        self
    }

    /// Whether nothing leaves this machine.
    fn is_local(&self) -> bool {
        let loopback = self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        self.is_socket() || loopback || self.host == "localhost"
    }

    /// Whether the host is the path of a Unix socket.
    pub(crate) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Host and port, for messages.
    pub(crate) fn shown(&self) -> String {
        match self.is_socket() {
            true => format!("{} (port {})", self.host, self.port),
            false if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}
