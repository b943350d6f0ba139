//! The messages of one client.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt, StreamExt};
use pgwire::messages::PgWireFrontendMessage as Message;
use pgwire::tokio::server::{MaybeTls, PgWireMessageServerCodec};
use tokio_util::codec::Framed;

use super::errors::Failure;

/// Reads and writes messages.
pub(super) type Wire = Framed<MaybeTls, PgWireMessageServerCodec<()>>;

/// The next message; `None` if the client has gone.
///
/// # Errors
/// If it is none. pgwire panics at a length within a message that goes beyond its end; that is caught here.
pub(super) async fn next(wire: &mut Wire) -> Result<Option<Message>, Failure> {
    match AssertUnwindSafe(wire.next()).catch_unwind().await {
        Ok(None) => Ok(None),
        Ok(Some(Ok(message))) => Ok(Some(message)),
        Ok(Some(Err(e))) => Err(Failure::protocol(e.to_string()).fatal()),
        Err(_) => Err(Failure::protocol("a message cannot be read").fatal()),
    }
}
