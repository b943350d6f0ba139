//! Connectors: customer data where it lives, as tables.

mod connector;
mod error;
mod options;

pub use connector::{Connector, OpenRequest, RejectedRecord, Source};
pub use error::{Error, Result};
pub use options::{OptionSpec, OptionType, Options};
