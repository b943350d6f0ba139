//! The PostgreSQL protocol.
//!
//! ```text
//! connection.rs ─ startup.rs: who is it?
//!   simple.rs, extended.rs ─ command.rs ─ rewrite/ ─ the engine
//!     portal.rs, copy.rs ─ values/: rows as they are sent
//! ```

mod command;
mod connection;
mod copy;
mod cursors;
mod errors;
mod extended;
mod keys;
mod parameters;
mod portal;
mod rewrite;
pub(crate) mod settings;
mod simple;
mod startup;
mod tags;
pub(crate) mod types;
mod utility;
mod values;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use pgwire::tokio::server::negotiate_tls;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use self::keys::Keys;
use self::wire::Wire;
use super::server::Shared;
use crate::Result;

/// How long a client may take to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// Answers until the server stops; then waits for the connections that are at work.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> Result<()> {
    let keys = Arc::new(Keys::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = shared.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, Arc::clone(&shared), Arc::clone(&keys)));
            }
            Err(e) => {
                tracing::warn!("a connection was not accepted: {e}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, keys: Arc<Keys>) {
    let acceptor = shared.tls.as_ref().map(|tls| tls.acceptor.clone());
    let negotiated = tokio::time::timeout(HANDSHAKE, negotiate_tls::<()>(stream, acceptor)).await;
    let wire: Wire = match negotiated {
        Ok(Ok(Some(wire))) => wire,
        Ok(Err(e)) => return tracing::debug!("a client went during the handshake: {e}"),
        Ok(Ok(None)) | Err(_) => return,
    };
    connection::run(wire, shared, keys).await;
}
