//! The engine: one warehouse, one catalog, the open sources and the limits that all sessions share.

use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

use crate::access::{UserPool, UserPools};
use crate::catalog::{CatalogStore, Sources};
use crate::identity::lookup::Lookups;
use crate::project::Project;
use crate::queries::QueryLog;
use crate::session::{Session, SessionProfile};
use crate::warehouse::Warehouse;
use crate::{Error, Result};

/// How many spilled runs a sort merges at once. Without a bound the first of the sorts of a join takes all memory
/// for its merge, and the others fail.
const MERGED_AT_ONCE: usize = 8;

/// An open project. Cheap to clone; every server, the shell and embedding programs go through
/// [`Engine::session`] and [`Session::execute`].
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    project: Project,
    warehouse: Warehouse,
    catalog: CatalogStore,
    sources: Sources,
    runtime: Arc<RuntimeEnv>,
    lookups: Lookups,
    queries: QueryLog,
    pools: UserPools,
}

impl Engine {
    /// Opens a project: its warehouse and the newest catalog in it. Sources are opened when they are first read.
    pub async fn open(project: Project) -> Result<Self> {
        let config = &project.config.warehouse;
        let options: Vec<(String, String)> =
            config.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let warehouse = Warehouse::open(&config.location, &project.dir, &options).await?;
        let catalog = CatalogStore::open(&warehouse).await?;
        let runtime = runtime(&project)?;
        let sources = Sources::new(project.dir.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                project,
                warehouse,
                catalog,
                sources,
                runtime,
                lookups: Lookups::default(),
                queries: QueryLog::default(),
                pools: UserPools::default(),
            }),
        })
    }

    /// A session for queries.
    pub fn session(&self) -> Session {
        Session::new(self, SessionProfile::Interactive, None)
    }

    /// A session of a user, who may do and read what was granted.
    pub fn session_of(&self, user: impl Into<String>) -> Session {
        Session::new(self, SessionProfile::Interactive, Some(user.into()))
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.inner.project
    }

    /// The warehouse.
    pub fn warehouse(&self) -> &Warehouse {
        &self.inner.warehouse
    }

    /// The stored catalog.
    pub fn catalog(&self) -> &CatalogStore {
        &self.inner.catalog
    }

    /// The open sources.
    pub fn sources(&self) -> &Sources {
        &self.inner.sources
    }

    /// The indexes of profiles that are in memory.
    pub(crate) fn lookups(&self) -> &Lookups {
        &self.inner.lookups
    }

    /// The statements of the server.
    pub(crate) fn queries(&self) -> &QueryLog {
        &self.inner.queries
    }

    /// The memory of a user's statements, shared by all of the user's sessions.
    pub(crate) fn pool_of(&self, user: &str) -> Arc<UserPool> {
        self.inner.pools.of(user, &self.inner.runtime.memory_pool)
    }

    pub(crate) fn runtime(&self) -> Arc<RuntimeEnv> {
        Arc::clone(&self.inner.runtime)
    }
}

fn runtime(project: &Project) -> Result<Arc<RuntimeEnv>> {
    let limits = &project.config.limits;
    let tracked = std::num::NonZeroUsize::MIN.saturating_add(4);
    let pool = TrackConsumersPool::new(FairSpillPool::new(limits.memory_bytes()?), tracked);
    let spill = project.spill_dir();
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![spill.clone()]))
        .with_max_temp_directory_size(limits.spill_bytes()? as u64)
        .with_max_spill_merge_fan_in(MERGED_AT_ONCE);
    let at = || format!("spill folder {}", spill.display());
    std::fs::create_dir_all(&spill)
        .map_err(|e| Error::config(e.to_string()).on(at()).hint("set limits.spill in onefold.toml"))?;
    let built = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(|e| Error::config(e.strip_backtrace()).on(at()))?;
    Ok(built)
}
