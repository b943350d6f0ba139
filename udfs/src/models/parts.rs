//! Work on slices by all processors. What comes out does not depend on how many there are.

use std::sync::{Mutex, OnceLock};

/// Parts per processor: one that was kept waiting leaves the rest to the others.
const PARTS: usize = 4;

/// The number of processors. To ask for it reads files, and models ask often.
pub(super) fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Works on rows of some width, in parts if there are at least `worth_it` rows. `work` gets each part with the row
/// where it begins.
pub(super) fn in_parts<T: Send>(
    values: &mut [T],
    width: usize,
    worth_it: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let (threads, width) = (threads(), width.max(1));
    let rows = values.len() / width;
    if threads < 2 || rows < worth_it.max(2) {
        return work(0, values);
    }
    let size = rows.div_ceil(threads * PARTS);
    let parts = Mutex::new(values.chunks_mut(size * width).enumerate());
    let next = || parts.lock().ok().and_then(|mut parts| parts.next());
    let some = || {
        while let Some((part, values)) = next() {
            work(part * size, values);
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| {
            scope.spawn(some);
        });
        some();
    });
}
