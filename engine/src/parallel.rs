//! Work for several cores at once.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many threads work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads(usize);

impl Threads {
    /// So many, at least one.
    pub fn new(threads: usize) -> Self {
        Self(threads.max(1))
    }

    /// How many.
    pub fn count(self) -> usize {
        self.0
    }

    /// Runs a worker on each thread; the results come in no particular order. If a worker panics, so does the caller,
    /// who would otherwise go on with a part of the results.
    pub fn run<O: Send>(self, worker: impl Fn(usize) -> O + Sync) -> Vec<O> {
        thread::scope(|scope| {
            let worker = &worker;
            let handles: Vec<_> = (0..self.0).map(|thread| scope.spawn(move || worker(thread))).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
                .collect()
        })
    }

    /// The results for all items, in their order. Each thread takes the next item when it is done with one.
    pub fn map<I: Sync, O: Send>(self, items: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
        let threads = Self(self.0.min(items.len().max(1)));
        let mut out: Vec<Option<O>> = items.iter().map(|_| None).collect();
        let next = AtomicUsize::new(0);
        let take = || {
            let place = next.fetch_add(1, Ordering::Relaxed);
            items.get(place).map(|item| (place, item))
        };
        let parts = threads
            .run(|_| std::iter::from_fn(take).map(|(place, item)| (place, work(item))).collect::<Vec<_>>());
        for (place, item) in parts.into_iter().flatten() {
            out[place] = Some(item);
        }
        out.into_iter().flatten().collect()
    }
}
