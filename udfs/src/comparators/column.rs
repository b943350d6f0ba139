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
        for ((left, right), level) in left.iter().zip(right).zip(levels) {
            let (a, b) = (self.values[*left as usize], self.values[*right as usize]);
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
