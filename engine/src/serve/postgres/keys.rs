//! Keys by which another connection can cancel what one is doing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pgwire::messages::startup::SecretKey;

/// The keys of all connections.
#[derive(Debug, Default)]
pub(super) struct Keys {
    last: AtomicI32,
    secrets: Mutex<HashMap<i32, i32>>,
}

/// One connection's key, forgotten with it.
#[derive(Debug)]
pub(super) struct Key {
    all: Arc<Keys>,
    pub(super) process: i32,
    pub(super) secret: i32,
}

impl Drop for Key {
    fn drop(&mut self) {
        self.all.secrets.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.process);
    }
}

impl Keys {
    /// A key for a new connection.
    pub(super) fn issue(self: &Arc<Self>) -> Key {
        let process = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let secret = rand::random();
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(process, secret);
        Key { all: Arc::clone(self), process, secret }
    }

    /// Whether a key is that of a connection.
    pub(super) fn fits(&self, process: i32, secret: &SecretKey) -> bool {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.get(&process).is_some_and(|known| SecretKey::I32(*known).eq_value(secret))
    }
}

/// The id by which the statement of a connection is known.
pub(super) fn statement_id(process: i32) -> String {
    format!("postgres {process}")
}
