//! Arrow Flight SQL.
//!
//! ```text
//! gathered.rs ─ do_get.rs: rows of queries      ─ calls.rs ─ tokens.rs: whose session?
//!             └ service.rs: all else, by tonic  ┘          ├ statement.rs, prepared.rs, update.rs, ingest.rs: what runs
//!                                                          └ metadata.rs, tables.rs, keys.rs, sql_info.rs, xdbc_types.rs: what is there
//! ```

mod actions;
mod calls;
mod do_get;
mod fields;
mod gathered;
mod ingest;
mod keys;
mod messages;
mod metadata;
mod prepared;
mod rows;
mod service;
mod session_options;
mod sql_info;
mod statement;
mod status;
mod tables;
mod tokens;
mod update;
mod xdbc_types;

use std::sync::Arc;

use futures::TryStreamExt;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use self::calls::Service;
use self::do_get::DoGet;
use self::gathered::Gathered;
use super::server::Shared;
use crate::{Error, Result};

/// The largest message that is read: a batch of an ingest.
const LARGEST_MESSAGE: usize = 64 << 20;

/// Answers until the server stops.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> Result<()> {
    let failed = |e: tonic::transport::Error| {
        let cause = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        Error::config(cause).on("serve.flight_sql")
    };
    let mut server = Server::builder().http2_keepalive_interval(Some(std::time::Duration::from_secs(60)));
    if let Some(tls) = &shared.tls {
        server = server.tls_config(tls.tonic.clone()).map_err(failed)?;
    }
    let stop = shared.stop.clone();
    let service = DoGet::new(Arc::new(Service::new(shared)));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true)).map_ok(Gathered::new);
    let served = server.add_service(service).serve_with_incoming_shutdown(incoming, stop.cancelled_owned());
    served.await.map_err(failed)
}
