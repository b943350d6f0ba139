//! Long computations beside the tasks that serve others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::refresh::Step;
use crate::{Error, ErrorKind, Result};

/// Tells a computation whether anybody still waits for it, and the observer how far it is.
pub struct Watch {
    left: Arc<AtomicBool>,
    done: AtomicU64,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("done", &self.done).finish_non_exhaustive()
    }
}

impl Watch {
    /// Counts a piece of work; `false` if nobody waits for the rest.
    pub fn on(&self) -> bool {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(16) {
            (self.progress)(done);
        }
        !self.left.load(Ordering::Relaxed)
    }
}

/// Computes on a thread of its own. Dropping the future ends a computation that asks its watch; it then gives `None`.
pub async fn run<T: Send + 'static>(
    step: &Step,
    work: impl FnOnce(&Watch) -> Option<T> + Send + 'static,
) -> Result<T> {
    let left = Arc::new(AtomicBool::new(false));
    let _guard = Leaving(Arc::clone(&left));
    let watch = Watch { left, done: AtomicU64::new(0), progress: step.progress() };
    let done = tokio::task::spawn_blocking(move || work(&watch)).await;
    let done = done.map_err(|e| Error::internal(format!("training ended early: {e}")))?;
    done.ok_or_else(|| Error::new(ErrorKind::Cancelled, "training was stopped"))
}

struct Leaving(Arc<AtomicBool>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
