//! `/healthz` and `/metrics`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::server::Shared;
use crate::{Error, Result};

/// Answers until the token is cancelled.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) -> Result<()> {
    let routes =
        Router::new().route("/healthz", get(health)).route("/metrics", get(metrics)).with_state(shared);
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await;
    served.map_err(|e| Error::config(e.to_string()).on("serve.http"))
}

/// 200 if the catalog can be read.
async fn health(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    match shared.engine.catalog().latest().await {
        Ok(snapshot) => (StatusCode::OK, format!("ok, catalog version {}\n", snapshot.version)),
        Err(e) => (StatusCode::SERVICE_UNAVAILABLE, format!("{e}\n")),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let text = shared.metrics.text(&shared.engine, shared.statements.running());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
