//! The memory that finding pairs takes, registered with the pool of the session.

use std::sync::Arc;

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

use crate::{Error, ErrorKind, Result};

/// What one operator holds. It is given back when this is dropped.
#[derive(Debug)]
pub struct Memory {
    object: String,
    reservation: MemoryReservation,
}

impl Memory {
    /// Nothing is held yet. `object` is for whom, as in `profile customer`.
    pub fn new(object: &str, pool: &Arc<dyn MemoryPool>) -> Self {
        let consumer = MemoryConsumer::new(format!("pairs of {object}"));
        Self { object: object.to_owned(), reservation: consumer.register(pool) }
    }

    /// Holds so many bytes more; `what` for, as in `the blocks`.
    ///
    /// # Errors
    /// `Resources` if the limit does not leave as much.
    pub fn hold(&self, what: &str, bytes: usize) -> Result<()> {
        self.reservation.try_grow(bytes).map_err(|_| {
            let message = format!(
                "needs {} for {what}, beside the {} that finding pairs holds, which is more than the limit of memory leaves",
                size(bytes),
                size(self.reservation.size())
            );
            Error::new(ErrorKind::Resources, message)
                .on(&self.object)
                .hint("raise limits.memory in onefold.toml, or compare and block on fewer columns")
        })
    }

    /// Gives so many bytes back.
    pub fn release(&self, bytes: usize) {
        self.reservation.shrink(bytes.min(self.reservation.size()));
    }

    /// The bytes that are held.
    pub fn held(&self) -> usize {
        self.reservation.size()
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KB", bytes >> 10),
        _ => format!("{} MB", bytes >> 20),
    }
}
