//! An aggregate without GROUP BY: the grouped accumulator with one group.

use std::fmt::Debug;

use arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, GroupsAccumulator};

/// A grouped accumulator that can be read without being emptied.
///
/// A window frame asks for the result after each step, so [`GroupsAccumulator::evaluate`], which gives the
/// groups away, does not serve it.
pub(crate) trait Snapshot: GroupsAccumulator + Debug + Sync {
    /// The results of the first `groups` groups.
    fn results(&self, groups: usize) -> Result<ArrayRef>;

    /// The mergeable states of the first `groups` groups.
    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>>;
}

/// The [`Accumulator`] over a [`Snapshot`] with one group.
#[derive(Debug)]
pub(crate) struct SingleGroup<G> {
    groups: G,
    zeros: Vec<usize>,
}

impl<G: Snapshot> SingleGroup<G> {
    pub(crate) fn new(groups: G) -> Self {
        Self { groups, zeros: Vec::new() }
    }

    fn grow(&mut self, values: &[ArrayRef]) -> usize {
        let rows = values.first().map_or(0, |values| values.len());
        if self.zeros.len() < rows {
            self.zeros.resize(rows, 0);
        }
        rows
    }
}

impl<G: Snapshot> Accumulator for SingleGroup<G> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = self.grow(values);
        self.groups.update_batch(values, &self.zeros[..rows], None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = self.grow(states);
        self.groups.merge_batch(states, &self.zeros[..rows], 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.groups.results(1)?, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.groups.states(1)?.iter().map(|state| ScalarValue::try_from_array(state, 0)).collect()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.groups.size() + self.zeros.capacity() * size_of::<usize>()
    }
}
