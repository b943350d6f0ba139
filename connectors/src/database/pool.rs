//! A small pool: so many connections at most, and those that are idle wait for their next use.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// Connections to one server.
#[derive(Debug)]
pub(crate) struct Pool<C> {
    idle: Mutex<Vec<C>>,
    permits: Arc<Semaphore>,
    size: usize,
}

/// The use of a connection. It goes back to the pool by [`Lease::done`]; a lease that is dropped closes it, for it may
/// be in the middle of an answer.
#[derive(Debug)]
pub(crate) struct Lease<C> {
    connection: C,
    /// Whether it has been used before, and so may have been closed in the meantime.
    pub(crate) used: bool,
    pool: Arc<Pool<C>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> Pool<C> {
    /// Up to `size` connections.
    pub(crate) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { idle: Mutex::default(), permits: Arc::new(Semaphore::new(size)), size })
    }

    /// How many connections there may be.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// An idle connection, or a new one, once there is room.
    ///
    /// # Errors
    /// If none can be made.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        usable: impl Fn(&C) -> bool,
        connect: impl AsyncFnOnce() -> Result<C>,
    ) -> Result<Lease<C>> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Error::new("the source has been closed"))?;
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            std::iter::from_fn(|| idle.pop()).find(|connection| usable(connection))
        };
        let used = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => connect().await?,
        };
        Ok(Lease { connection, used, pool: Arc::clone(self), _permit: permit })
    }
}

impl<C> Lease<C> {
    /// Gives the connection back: its last answer has been read to the end.
    pub(crate) fn done(self) {
        let Self { connection, pool, _permit, .. } = self;
        pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl<C> std::ops::Deref for Lease<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.connection
    }
}

impl<C> std::ops::DerefMut for Lease<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.connection
    }
}
