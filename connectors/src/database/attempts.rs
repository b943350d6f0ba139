//! How often and how long a connection is tried.

use std::pin::pin;
use std::time::Duration;

use super::address::Address;
use super::driver::Driver;
use crate::{Error, Result};

/// How long to wait before each further attempt.
pub(crate) const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(1000)];

/// What `waiting` gives. As often as the database is silent for as long as it may be, it is asked whether it is there.
///
/// # Errors
/// It is not. A long query is waited for, and a server that hangs or cannot be reached any more is not.
pub(crate) async fn answered<T>(driver: &dyn Driver, waiting: impl Future<Output = T>) -> Result<T> {
    let Some(patience) = driver.patience() else { return Ok(waiting.await) };
    let mut waiting = pin!(waiting);
    loop {
        match tokio::time::timeout(patience, &mut waiting).await {
            Ok(answer) => return Ok(answer),
            Err(_) => driver.answers().await?,
        }
    }
}

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
