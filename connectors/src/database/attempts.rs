//! How often and how long a connection is tried.

use std::time::Duration;

use super::address::Address;
use crate::{Error, Result};

/// How long to wait before each further attempt.
pub(crate) const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(1000)];

/// What `connecting` gives.
///
/// # Errors
/// It fails, or takes longer than `timeout`.
pub(crate) async fn within<T>(
    address: &Address,
    timeout: Duration,
    connecting: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(timeout, connecting).await {
        Ok(result) => result,
        Err(_) => {
            let seconds = timeout.as_secs();
            Err(Error::new(format!("{} did not answer in {seconds} seconds", address.shown()))
                .hint("check host, port and firewall, or give it longer by the option timeout"))
        }
    }
}
