//! Who connects: the first message, SCRAM, and what the client is told then.

use std::sync::Arc;

use futures::SinkExt;
use pgwire::api::{ClientInfo, PgWireConnectionState};
use pgwire::messages::response::{ReadyForQuery, TransactionStatus};
use pgwire::messages::startup::{
    Authentication, BackendKeyData, NegotiateProtocolVersion, ParameterStatus, SecretKey, Startup,
};
use pgwire::messages::{PgWireBackendMessage as Answer, PgWireFrontendMessage as Message, ProtocolVersion};

use super::errors::Failure;
use super::keys::{self, Keys};
use super::settings::Settings;
use super::wire::{self, Wire};
use crate::access::scram::{Exchange, MECHANISM};
use crate::serve::server::Shared;
use crate::session::Session;
use crate::{Error, ErrorKind};

/// What the first messages lead to.
pub(super) enum Opened {
    /// A client, with its session.
    Client(Session),
    /// Nothing more: it cancelled something, or went.
    Over,
}

/// Reads the first messages. TLS is there already, or is not wanted.
pub(super) async fn open(
    wire: &mut Wire,
    shared: &Arc<Shared>,
    keys: &Keys,
    settings: &Settings,
) -> Result<Opened, Failure> {
    let startup = match wire::next(wire).await? {
        Some(Message::Startup(startup)) => startup,
        Some(Message::CancelRequest(cancel)) => {
            if keys.fits(cancel.pid, &cancel.secret_key) {
                shared.statements.cancel(&keys::statement_id(cancel.pid));
            }
            return Ok(Opened::Over);
        }
        Some(_) => return Err(Failure::protocol("the first message is no startup").fatal()),
        None => return Ok(Opened::Over),
    };
    if shared.tls.is_some() && !wire.is_secure() {
        let error =
            Error::new(ErrorKind::Denied, "this server speaks TLS only").hint("connect with sslmode=require");
        return Err(Failure::new("28000", error).fatal());
    }
    version(wire, &startup).await?;
    for (name, value) in &startup.parameters {
        settings.start(name, value);
    }
    let user = startup.parameters.get("user").cloned().unwrap_or_default();
    let database = startup.parameters.get("database").map(String::as_str);
    if !matches!(database, None | Some("" | "onefold")) && database != Some(user.as_str()) {
        let name = database.unwrap_or_default();
        let error =
            Error::not_found(format!("there is no database {name}")).hint("the one database is onefold");
        return Err(Failure::new("3D000", error).fatal());
    }
    let from = wire.socket_addr().ip();
    if shared.users.anonymous_from(from) && !known(shared, &user) {
        return Ok(Opened::Client(shared.users.nameless()));
    }
    shared.users.admit(from).map_err(|e| Failure::from(e).fatal())?;
    wire.set_state(PgWireConnectionState::AuthenticationInProgress);
    match scram(wire, shared, &user).await {
        Ok(()) => Ok(Opened::Client(shared.users.session(&user))),
        Err(failure) => {
            shared.users.refused(from, &shared.metrics).await;
            Err(failure)
        }
    }
}

fn known(shared: &Shared, user: &str) -> bool {
    shared.engine.catalog().known().state.users.get(user).is_some_and(|u| u.login)
}

async fn version(wire: &mut Wire, startup: &Startup) -> Result<(), Failure> {
    let (major, minor) = (startup.protocol_number_major, startup.protocol_number_minor);
    if major != 3 {
        let error = Error::invalid(format!("version {major}.{minor} of the protocol is not spoken here"));
        return Err(Failure::new("0A000", error.hint("connect with version 3")).fatal());
    }
    wire.set_protocol_version(ProtocolVersion::PROTOCOL3_0);
    let options: Vec<String> =
        startup.parameters.keys().filter(|name| name.starts_with("_pq_.")).cloned().collect();
    if minor != 0 || !options.is_empty() {
        let answer = NegotiateProtocolVersion::new(0, options);
        send(wire, Answer::NegotiateProtocolVersion(answer)).await?;
    }
    Ok(())
}

/// The exchange of SCRAM-SHA-256.
async fn scram(wire: &mut Wire, shared: &Shared, user: &str) -> Result<(), Failure> {
    let verifier = shared.users.verifier(user).await.map_err(|e| Failure::from(e).fatal())?;
    send(wire, Answer::Authentication(Authentication::SASL(vec![MECHANISM.to_owned()]))).await?;
    let denied = |e: Error| {
        let hint = "an administrator makes users: CREATE USER name PASSWORD '…'";
        Failure::from(Error::new(e.kind, e.message).on(format!("user {user}")).hint(hint)).fatal()
    };
    let malformed = || Failure::protocol("a message of SCRAM was expected").fatal();
    let Some(Message::PasswordMessageFamily(message)) = wire::next(wire).await? else {
        return Err(malformed());
    };
    let first = message.into_sasl_initial_response().map_err(|_| malformed())?;
    if first.auth_method != MECHANISM {
        let error = Error::invalid(format!("{} was not offered", first.auth_method));
        return Err(Failure::new("28000", error).fatal());
    }
    let first = first.data.unwrap_or_default();
    let first = std::str::from_utf8(&first).map_err(|_| malformed())?;
    let (exchange, answer) = Exchange::begin(first, verifier).map_err(denied)?;
    send(wire, Answer::Authentication(Authentication::SASLContinue(answer.into()))).await?;
    let Some(Message::PasswordMessageFamily(message)) = wire::next(wire).await? else {
        return Err(malformed());
    };
    let last = message.into_sasl_response().map_err(|_| malformed())?;
    let last = std::str::from_utf8(&last.data).map_err(|_| malformed())?;
    let answer = exchange.finish(last).map_err(denied)?;
    send(wire, Answer::Authentication(Authentication::SASLFinal(answer.into()))).await
}

/// Tells the client that it is in.
pub(super) async fn welcome(wire: &mut Wire, settings: &Settings, key: &keys::Key) -> Result<(), Failure> {
    let mut answers = vec![Answer::Authentication(Authentication::Ok)];
    for (name, value) in settings.reported() {
        answers.push(Answer::ParameterStatus(ParameterStatus::new(name.to_owned(), value)));
    }
    answers.push(Answer::BackendKeyData(BackendKeyData::new(key.process, SecretKey::I32(key.secret))));
    answers.push(Answer::ReadyForQuery(ReadyForQuery::new(TransactionStatus::Idle)));
    for answer in answers {
        wire.feed(answer).await.map_err(|e| Failure::protocol(e.to_string()).fatal())?;
    }
    wire.flush().await.map_err(|e| Failure::protocol(e.to_string()).fatal())?;
    wire.set_state(PgWireConnectionState::ReadyForQuery);
    Ok(())
}

async fn send(wire: &mut Wire, answer: Answer) -> Result<(), Failure> {
    wire.send(answer).await.map_err(|e| Failure::protocol(e.to_string()).fatal())
}
