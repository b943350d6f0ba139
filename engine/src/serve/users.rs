//! Who connects: names and passwords against the verifiers in the catalog.

use std::net::IpAddr;

use super::attempts::Attempts;
use super::metrics::Metrics;
use crate::access::scram::Verifier;
use crate::engine::Engine;
use crate::session::Session;
use crate::{Error, ErrorKind, Result};

/// Lets users in.
#[derive(Debug)]
pub(super) struct Users {
    engine: Engine,
    anonymous: bool,
    attempts: Attempts,
    secret: [u8; 32],
}

impl Users {
    pub(super) fn new(engine: Engine, anonymous: bool) -> Self {
        Self { engine, anonymous, attempts: Attempts::default(), secret: rand::random() }
    }

    /// Whether who comes from this address needs no name.
    pub(super) fn anonymous_from(&self, from: IpAddr) -> bool {
        self.anonymous && from.is_loopback()
    }

    /// An error if the address has sent too many wrong passwords.
    pub(super) fn admit(&self, from: IpAddr) -> Result<()> {
        self.attempts.admit(from)
    }

    /// The verifier of a user; of one that no password has if there is no such user.
    pub(super) async fn verifier(&self, user: &str) -> Result<Verifier> {
        let snapshot = self.engine.catalog().latest().await?;
        let stored = snapshot.state.users.get(user).filter(|u| u.login).and_then(|u| u.verifier.as_deref());
        Ok(stored.and_then(Verifier::parse).unwrap_or_else(|| Verifier::of_nobody(user, &self.secret)))
    }

    /// The session of a user who says a password.
    ///
    /// # Errors
    /// If the password is wrong or the user is not there; the two cannot be told apart.
    pub(super) async fn login(
        &self,
        user: &str,
        password: &str,
        from: IpAddr,
        metrics: &Metrics,
    ) -> Result<Session> {
        self.admit(from)?;
        let verifier = self.verifier(user).await?;
        let password = password.to_owned();
        let accepted = tokio::task::spawn_blocking(move || verifier.accepts(&password)).await;
        if accepted.unwrap_or(false) {
            return Ok(self.engine.session_of(user));
        }
        self.refused(from, metrics).await;
        Err(Error::new(ErrorKind::Login, "the password is wrong, or there is no such user")
            .on(format!("user {user}"))
            .hint("an administrator makes users: CREATE USER name PASSWORD '…'"))
    }

    /// Remembers a wrong password, and waits.
    pub(super) async fn refused(&self, from: IpAddr, metrics: &Metrics) {
        metrics.login_failed();
        tracing::warn!(%from, "a wrong password");
        self.attempts.failed(from).await;
    }

    /// A session of the engine's own, for who needs no name.
    pub(super) fn nameless(&self) -> Session {
        self.engine.session()
    }

    /// The session of a user whose password was checked.
    pub(super) fn session(&self, user: &str) -> Session {
        self.engine.session_of(user)
    }
}
