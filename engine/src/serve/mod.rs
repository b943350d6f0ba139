//! The server: Arrow Flight SQL and the PostgreSQL protocol over one engine, and what an operator watches over HTTP.
//!
//! ```text
//! flight_sql/ ─┐                                      ┌─ users.rs: who is it?
//! postgres/  ──┼─ a session for each connection/token ┼─ Session::execute: the one door
//! http.rs    ──┘                                      └─ statements.rs: what runs, limits, cancelling
//! ```

mod attempts;
mod bounds;
mod config;
mod flight_sql;
mod http;
mod metrics;
mod plain;
mod postgres;
mod schedule;
mod server;
mod statements;
mod tls;
mod users;

pub use config::{ServeConfig, TlsConfig};
pub(crate) use postgres::settings::{Settings, VERSION};
pub(crate) use postgres::types::{PG_TYPE, length as pg_length, modifier as pg_modifier, of_type as pg_type};
pub use server::{Addresses, Server};
