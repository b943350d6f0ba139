//! Which pairs may have another weight than before, or were no candidates.

use std::collections::HashSet;

use super::changes::Changes;
use crate::identity::blocking::keys::Keys;
use crate::identity::blocking::rule::Blocks;
use crate::identity::state::learned::Learned;

/// A pair is affected if one of its records was touched, or if both are in blocks that were over the limit of size
/// before or are now, but not both times: those pairs come or go though nobody changed them.
#[derive(Debug)]
pub struct Affected<'a> {
    touched: &'a [bool],
    flipped: Vec<bool>,
}

impl<'a> Affected<'a> {
    /// `blocks` are those of now; `learned` knows the blocks over the limit of before.
    pub fn new(changes: &'a Changes, keys: &Keys, blocks: &[Blocks], learned: &Learned) -> Self {
        let mut flipped = vec![false; changes.is_touched.len()];
        for blocks in blocks {
            let before: HashSet<u64> = learned.over_limit(&blocks.rule.text).iter().copied().collect();
            let differs: HashSet<u64> =
                before.symmetric_difference(blocks.over_limit_keys()).copied().collect();
            mark(keys, &blocks.rule.keys, &differs, &mut flipped);
        }
        Self { touched: &changes.is_touched, flipped }
    }

    /// Whether a pair is affected.
    pub fn pair(&self, left: u32, right: u32) -> bool {
        let (left, right) = (left as usize, right as usize);
        self.touched[left] || self.touched[right] || (self.flipped[left] && self.flipped[right])
    }

    /// The records that an affected pair can have.
    pub fn marked(&self) -> Vec<bool> {
        self.touched.iter().zip(&self.flipped).map(|(touched, flipped)| *touched || *flipped).collect()
    }
}

fn mark(keys: &Keys, rule: &[usize], differs: &HashSet<u64>, flipped: &mut [bool]) {
    if differs.is_empty() {
        return;
    }
    for (record, flipped) in (0..).zip(flipped) {
        *flipped |= keys.combined(record, rule).is_some_and(|key| differs.contains(&key));
    }
}
