//! What a refresh keeps in memory because it is read more than once, as long as it is little.

use std::sync::Arc;

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// One of these may take this part of the limit.
const PART: usize = 8;

/// Counts what is kept against the memory limit, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    memory: MemoryReservation,
    most: usize,
}

impl Held {
    pub(crate) fn new(pool: &Arc<dyn MemoryPool>, what: String) -> Self {
        let most = match pool.memory_limit() {
            MemoryLimit::Finite(bytes) => bytes / PART,
            MemoryLimit::Infinite | MemoryLimit::Unknown => usize::MAX,
        };
        Self { memory: MemoryConsumer::new(what).register(pool), most }
    }

    /// Counts so many bytes more, unless that is too much.
    pub(crate) fn keep(&self, bytes: usize) -> bool {
        self.memory.size() + bytes <= self.most && self.memory.try_grow(bytes).is_ok()
    }
}
