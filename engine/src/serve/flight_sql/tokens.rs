//! Whose session a call belongs to: bearer tokens, given for a name and a password.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tonic::metadata::MetadataMap;

use super::prepared::Prepared;
use super::session_options::SessionOptions;
use super::statement;
use crate::serve::metrics::{OpenConnection, Protocol};
use crate::serve::server::Shared;
use crate::session::Session;
use crate::sql::Parsed;
use crate::{Error, ErrorKind, Result};

/// What Basic is written in; Go's clients leave the padding out.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One who has logged in, with the session and the prepared statements of the token.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) session: Session,
    pub(super) prepared: Mutex<HashMap<String, Arc<Prepared>>>,
    options: Mutex<SessionOptions>,
    /// The verifier that the password was checked against; when it changes, the token ends.
    verifier: Option<String>,
    used: Mutex<Instant>,
    _open: OpenConnection,
}

impl Client {
    /// The options of the session.
    pub(super) fn options(&self) -> MutexGuard<'_, SessionOptions> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one statement of a text, its names looked up along the session's path.
    pub(super) async fn read(&self, text: &str) -> Result<Parsed> {
        let parsed = statement::one(text)?;
        let path = self.options().path();
        Ok(self.session.along(&parsed, &path).await?.into_owned())
    }

    /// Whether the token still holds: it is used, and the user still has the password.
    fn holds(&self, idle: Duration) -> bool {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        let known = self.session.engine().catalog().known();
        let current =
            self.session.user().map(|user| known.state.users.get(user).and_then(|u| u.verifier.clone()));
        used < idle && current.is_none_or(|current| current.is_some() && current == self.verifier)
    }
}

/// What a client is known by. Tokens and passwords themselves are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Token([u8; 32]),
    Basic([u8; 32]),
    Nameless(SocketAddr),
}

/// The clients that have logged in.
#[derive(Debug)]
pub(super) struct Tokens {
    shared: Arc<Shared>,
    clients: Mutex<HashMap<Key, Arc<Client>>>,
}

impl Tokens {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, clients: Mutex::default() }
    }

    /// The client of a call.
    ///
    /// # Errors
    /// `Login` if it says neither a token nor a password that holds.
    pub(super) async fn client(
        &self,
        metadata: &MetadataMap,
        from: Option<SocketAddr>,
    ) -> Result<Arc<Client>> {
        let from = from.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let said = metadata.get("authorization").and_then(|v| v.to_str().ok());
        let key = match said.and_then(|said| said.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Key::Token(digest(token)),
            Some((scheme, login)) if scheme.eq_ignore_ascii_case("basic") => Key::Basic(digest(login)),
            _ if self.shared.users.anonymous_from(from.ip()) => Key::Nameless(from),
            Some(_) => return Err(unknown("the authorization is neither Basic nor Bearer")),
            None => return Err(unknown("the call has no authorization")),
        };
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        match (key, said.and_then(|said| said.split_once(' '))) {
            (key @ Key::Basic(_), Some((_, login))) => {
                let (session, verifier) = self.login(login, from.ip()).await?;
                self.admit(key, session, verifier)
            }
            (key @ Key::Nameless(_), _) => self.admit(key, self.shared.users.nameless(), None),
            _ => Err(unknown("the token is unknown, or has ended")),
        }
    }

    /// A new token for the name and the password of a handshake.
    ///
    /// # Errors
    /// `Login` if they are wrong.
    pub(super) async fn handshake(&self, metadata: &MetadataMap, from: Option<SocketAddr>) -> Result<String> {
        let from = from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |from| from.ip());
        let said = metadata.get("authorization").and_then(|v| v.to_str().ok());
        let basic =
            said.and_then(|said| said.split_once(' ')).filter(|(s, _)| s.eq_ignore_ascii_case("basic"));
        let (session, verifier) = match basic {
            Some((_, login)) => self.login(login, from).await?,
            None if self.shared.users.anonymous_from(from) => (self.shared.users.nameless(), None),
            None => return Err(unknown("the handshake has no name and password")),
        };
        let token = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.admit(Key::Token(digest(&token)), session, verifier)?;
        Ok(token)
    }

    /// Ends the token of a call.
    pub(super) fn close(&self, metadata: &MetadataMap) {
        let said = metadata.get("authorization").and_then(|v| v.to_str().ok());
        let Some((_, said)) = said.and_then(|said| said.split_once(' ')) else { return };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.remove(&Key::Token(digest(said)));
        clients.remove(&Key::Basic(digest(said)));
    }

    fn known(&self, key: &Key) -> Option<Arc<Client>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.get(key)?;
        if !client.holds(self.idle()) {
            clients.remove(key);
            return None;
        }
        *client.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Some(Arc::clone(client))
    }

    fn admit(&self, key: Key, session: Session, verifier: Option<String>) -> Result<Arc<Client>> {
        let idle = self.idle();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|_, client| client.holds(idle));
        let most = self.shared.config.max_connections;
        if self.shared.metrics.open() >= most {
            return Err(Error::new(ErrorKind::Limit, format!("all {most} connections are taken"))
                .hint("close some, or raise serve.max_connections in onefold.toml"));
        }
        let client = Arc::new(Client {
            session,
            prepared: Mutex::default(),
            options: Mutex::default(),
            verifier,
            used: Mutex::new(Instant::now()),
            _open: OpenConnection::new(&self.shared.metrics, Protocol::FlightSql),
        });
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }

    /// The session of a name and a password, as the Basic scheme encodes them.
    async fn login(&self, login: &str, from: IpAddr) -> Result<(Session, Option<String>)> {
        let text = BASIC.decode(login.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((user, password)) = text.as_deref().and_then(|text| text.split_once(':')) else {
            return Err(unknown("the Basic authorization cannot be read"));
        };
        let session = self.shared.users.login(user, password, from, &self.shared.metrics).await?;
        let known = self.shared.engine.catalog().known();
        Ok((session, known.state.users.get(user).and_then(|u| u.verifier.clone())))
    }

    fn idle(&self) -> Duration {
        Duration::from_secs(self.shared.config.idle_minutes.max(1) * 60)
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.trim()).into()
}

fn unknown(message: &str) -> Error {
    Error::new(ErrorKind::Login, message)
        .hint("connect with a user and a password, or with the token of a handshake")
}
