//! Wrong passwords: each costs a wait, and an address that sends many is not listened to for a while.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Error, ErrorKind, Result};

/// What a wrong password costs.
const WAIT: Duration = Duration::from_millis(300);

/// So many within [`WINDOW`], and an address is refused unheard.
const MOST: usize = 20;

/// How long a wrong password is remembered.
const WINDOW: Duration = Duration::from_secs(60);

/// The wrong passwords of the last minute, by address.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: Mutex<HashMap<IpAddr, Vec<Instant>>>,
}

impl Attempts {
    /// An error if the address has sent too many wrong passwords.
    pub(super) fn admit(&self, from: IpAddr) -> Result<()> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = failed.get_mut(&from) else { return Ok(()) };
        times.retain(|at| at.elapsed() < WINDOW);
        if times.is_empty() {
            failed.remove(&from);
            return Ok(());
        }
        if times.len() < MOST {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Login, format!("too many wrong passwords came from {from}"))
            .hint(format!("wait {} seconds", WINDOW.as_secs())))
    }

    /// Remembers a wrong password, and waits.
    pub(super) async fn failed(&self, from: IpAddr) {
        self.remember(from);
        tokio::time::sleep(WAIT).await;
    }

    fn remember(&self, from: IpAddr) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.entry(from).or_default().push(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_is_refused_and_others_are_not() {
        let attempts = Attempts::default();
        let [guesser, other] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        for _ in 0..MOST {
            assert!(attempts.admit(guesser).is_ok());
            attempts.remember(guesser);
        }
        assert_eq!(attempts.admit(guesser).unwrap_err().kind, ErrorKind::Login);
        assert!(attempts.admit(other).is_ok());
    }
}
