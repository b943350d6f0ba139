//! What connectors to services of the web share: requests with credentials, retried as the service asks.

mod auth;
mod client;
mod options;
mod service;
mod visited;

pub(crate) use client::Client;
pub(crate) use options::OPTIONS;
pub(crate) use service::service;
pub(crate) use visited::Visited;
