//! The catalog's persistence: a log of whole states in the warehouse.

use std::sync::{Arc, PoisonError, RwLock};

use super::object::CatalogState;
use super::snapshot::Snapshot;
use crate::warehouse::{VersionedLog, Warehouse};
use crate::{Error, ErrorKind, Result};

const KEEP: usize = 100;
const ATTEMPTS: usize = 50;

/// Reads and changes the stored catalog.
#[derive(Debug)]
pub struct CatalogStore {
    log: VersionedLog,
    current: RwLock<Arc<Snapshot>>,
}

impl CatalogStore {
    /// Opens the catalog of a warehouse.
    pub async fn open(warehouse: &Warehouse) -> Result<Self> {
        let store = Self { log: warehouse.log("catalog"), current: RwLock::default() };
        store.reload().await?;
        Ok(store)
    }

    /// The newest snapshot, read again when another process has committed since.
    pub async fn latest(&self) -> Result<Arc<Snapshot>> {
        let known = self.known();
        if self.log.newer_than(known.version).await? { self.reload().await } else { Ok(known) }
    }

    /// The snapshot that was read last.
    pub fn known(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies a change to the newest state, again when somebody else commits in between.
    pub async fn change(
        &self,
        change: impl Fn(&mut CatalogState) -> Result<()> + Send,
    ) -> Result<Arc<Snapshot>> {
        for _ in 0..ATTEMPTS {
            let base = self.latest().await?;
            let mut state = base.state.clone();
            change(&mut state)?;
            if state == base.state {
                return Ok(base);
            }
            let version = base.version + 1;
            let next = Arc::new(Snapshot::new(version, state)?);
            if self.log.commit(version, &next.state).await? {
                self.set(Arc::clone(&next));
                if version.is_multiple_of(20) {
                    self.log.prune(KEEP).await?;
                }
                return Ok(next);
            }
            self.reload().await?;
        }
        Err(Error::new(ErrorKind::Storage, "other processes keep changing it")
            .on("catalog")
            .hint("run it again"))
    }

    async fn reload(&self) -> Result<Arc<Snapshot>> {
        let snapshot = match self.log.latest::<CatalogState>().await? {
            Some((version, state)) => Arc::new(Snapshot::new(version, state)?),
            None => Arc::default(),
        };
        self.set(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    fn set(&self, snapshot: Arc<Snapshot>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }
}
