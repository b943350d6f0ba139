//! Onefold: a customer data platform that is a SQL engine.

pub mod access;
pub mod catalog;
pub mod cli;
pub mod engine;
pub mod error;
pub mod example;
pub mod execute;
mod functions;
mod held;
pub mod identity;
pub mod insight;
mod parallel;
pub mod prediction;
pub mod prepare;
pub mod project;
mod queries;
pub mod refresh;
mod search_path;
pub mod serve;
pub mod session;
pub mod shell;
pub mod sql;
mod stopping;
pub mod warehouse;

pub use engine::Engine;
pub use error::{Error, ErrorKind, Position, Result};
pub use project::Project;
pub use session::{Response, Session};
