//! Onefold: a customer data platform that is a SQL engine.

pub mod catalog;
pub mod error;
pub mod example;
pub mod identity;
pub mod insight;
pub mod refresh;
pub mod shell;
pub mod sql;
pub mod warehouse;

pub use error::{Error, ErrorKind, Position, Result};
