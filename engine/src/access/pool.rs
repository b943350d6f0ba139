//! The memory of each user's statements: a part of the engine's, which a limit may bound.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};

/// How the message of a statement that needs more than its user may take begins.
pub(crate) const OVER_LIMIT: &str = "more memory than the limit of the user leaves: the statements of ";

/// The pools of the users that have sessions.
#[derive(Debug, Default)]
pub(crate) struct UserPools(Mutex<HashMap<String, Weak<UserPool>>>);

impl UserPools {
    /// The pool that all sessions of a user share.
    pub(crate) fn of(&self, user: &str, whole: &Arc<dyn MemoryPool>) -> Arc<UserPool> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(user).and_then(Weak::upgrade) {
            return pool;
        }
        pools.retain(|_, pool| pool.strong_count() > 0);
        let taken = Mutex::default();
        let pool = Arc::new(UserPool { user: user.to_owned(), whole: Arc::clone(whole), taken });
        pools.insert(user.to_owned(), Arc::downgrade(&pool));
        pool
    }
}

/// The memory of one user's statements. Of what may be taken, those that can spill have equal parts, as in DataFusion's
/// `FairSpillPool`; unlike that one's, the limit can change.
#[derive(Debug)]
pub(crate) struct UserPool {
    user: String,
    whole: Arc<dyn MemoryPool>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    limit: Option<usize>,
    /// Consumers that can spill.
    spillers: usize,
    by_spillers: usize,
    by_others: usize,
}

impl Taken {
    fn of(&mut self, consumer: &MemoryConsumer) -> &mut usize {
        if consumer.can_spill() { &mut self.by_spillers } else { &mut self.by_others }
    }

    /// What a consumer that has `held` bytes may still take.
    fn left(&self, limit: usize, consumer: &MemoryConsumer, held: usize) -> usize {
        if consumer.can_spill() {
            (limit.saturating_sub(self.by_others) / self.spillers.max(1)).saturating_sub(held)
        } else {
            limit.saturating_sub(self.by_others + self.by_spillers)
        }
    }
}

impl UserPool {
    /// Bounds what is taken from now on; `None` for no more than the engine does.
    pub(crate) fn limit(&self, bytes: Option<usize>) {
        self.taken().limit = bytes;
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryPool for UserPool {
    fn name(&self) -> &'static str {
        "user"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.taken().spillers += usize::from(consumer.can_spill());
        self.whole.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.taken().spillers -= usize::from(consumer.can_spill());
        self.whole.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.taken().of(reservation.consumer()) += additional;
        self.whole.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        *self.taken().of(reservation.consumer()) -= shrink;
        self.whole.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> DFResult<()> {
        let mut taken = self.taken();
        let consumer = reservation.consumer();
        if let Some(limit) = taken.limit
            && additional > taken.left(limit, consumer, reservation.size())
        {
            // Of this kind and no error of ours, so that what can spill does.
            return Err(DataFusionError::ResourcesExhausted(format!(
                "{OVER_LIMIT}{} may take {}, and another {} is needed",
                self.user,
                human_readable_size(limit),
                human_readable_size(additional),
            )));
        }
        self.whole.try_grow(reservation, additional)?;
        *taken.of(consumer) += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        let taken = self.taken();
        taken.by_spillers + taken.by_others
    }

    fn memory_limit(&self) -> MemoryLimit {
        match self.taken().limit {
            Some(limit) => MemoryLimit::Finite(limit),
            None => self.whole.memory_limit(),
        }
    }
}

impl fmt::Display for UserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of user {}", self.whole, self.user)
    }
}
