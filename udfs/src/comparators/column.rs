//! A column of interned values and the measure that compares them.

use std::fmt::Debug;
use std::sync::Arc;

use super::comparator::{NONE, Prepared};
use super::jaro_winkler::Scratch;

/// Compares distinct values by number.
pub(super) trait Measure: Debug + Send + Sync + 'static {
    /// How many values there are.
    fn distinct(&self) -> usize;

    /// A value as text.
    fn text(&self, value: u32) -> String;

    /// The level of two values that differ.
    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8;
}

/// The values of the records of a comparator of one column.
#[derive(Debug)]
pub(super) struct Column<M> {
    values: Vec<u32>,
    measure: Arc<M>,
}

impl<M: Measure> Column<M> {
    pub(super) fn prepared(values: Vec<u32>, measure: M) -> Arc<dyn Prepared> {
        Arc::new(Self { values, measure: Arc::new(measure) })
    }
}

impl<M: Measure> Prepared for Column<M> {
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]) {
        let mut scratch = Scratch::new();
        let levels = levels.iter_mut();
        for (level, (a, b)) in levels.zip(read_ahead(&self.values, left, right)) {
            *level = if a == NONE || b == NONE {
                0
            } else if a == b {
                1
            } else {
                self.measure.level(&mut scratch, a, b)
            };
        }
    }

    fn values(&self) -> &[u32] {
        &self.values
    }

    fn distinct(&self) -> usize {
        self.measure.distinct()
    }

    fn without(&self, values: &[u32]) -> Arc<dyn Prepared> {
        Arc::new(Self {
            values: without(&self.values, values, self.distinct()),
            measure: Arc::clone(&self.measure),
        })
    }

    fn text(&self, value: u32) -> String {
        self.measure.text(value)
    }
}

/// Pairs whose values are read before the first of them is compared.
const AHEAD: usize = 64;

/// The values of the records of each pair. They are anywhere in memory; read one after the other, with nothing in between
/// that depends on them, many are on their way at once.
#[inline]
pub(super) fn read_ahead<'a, T: Copy + Default>(
    values: &'a [T],
    left: &'a [u32],
    right: &'a [u32],
) -> impl Iterator<Item = (T, T)> + 'a {
    left.chunks(AHEAD).zip(right.chunks(AHEAD)).flat_map(move |(left, right)| {
        let mut read = [(T::default(), T::default()); AHEAD];
        for (read, (left, right)) in read.iter_mut().zip(left.iter().zip(right)) {
            *read = (values[*left as usize], values[*right as usize]);
        }
        read.into_iter().take(left.len())
    })
}

/// The values of a column with some of them, of all `distinct` ones, made [`NONE`].
pub fn without(column: &[u32], values: &[u32], distinct: usize) -> Vec<u32> {
    let mut gone = vec![false; distinct];
    for value in values {
        if let Some(gone) = gone.get_mut(*value as usize) {
            *gone = true;
        }
    }
    let is_gone = |value: u32| gone.get(value as usize).copied().unwrap_or(true);
    column.iter().map(|value| if is_gone(*value) { NONE } else { *value }).collect()
}
