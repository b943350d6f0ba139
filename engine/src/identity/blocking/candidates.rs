//! The pairs that the blocking rules give, each once, in batches.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::keys::{Keys, mix};
use super::rule::Blocks;

/// Pairs per batch: what fits into the cache with the levels of all fields.
pub const BATCH: usize = 4096;

/// A batch of pairs, the smaller record on the left.
#[derive(Debug, Default)]
pub struct PairBatch {
    /// The left records.
    pub left: Vec<u32>,
    /// The right records.
    pub right: Vec<u32>,
    /// For each pair the first rule that gives it.
    pub rule: Vec<u16>,
    /// For each pair which of the rules give it, as a bit mask; refinements are left out.
    pub rules: Vec<u64>,
}

impl PairBatch {
    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    fn clear(&mut self) {
        self.left.clear();
        self.right.clear();
        self.rule.clear();
        self.rules.clear();
    }
}

/// All candidate pairs. Workers share it: each takes the next piece of work until there is none.
#[derive(Debug)]
pub struct Candidates<'a> {
    keys: &'a Keys,
    blocks: &'a [Blocks],
    /// Rules, leaving out refinements.
    rules: usize,
    /// Of these sources two records are no pair; empty when there is no such source.
    lone_sources: &'a [bool],
    source_of: &'a [u16],
    /// A pair is given when its hash is at most this.
    share: u64,
    /// Pieces of work: rule, first block, end.
    pieces: Vec<(usize, usize, usize)>,
    next: AtomicUsize,
}

/// Pairs per piece of work, about.
const PIECE: u64 = 1 << 17;

impl<'a> Candidates<'a> {
    /// The pairs of the blocks. Of a source that is marked in `lone_sources` no two records are a pair.
    /// `share`, from 0 to 1, takes a sample that depends on the records only.
    pub fn new(
        keys: &'a Keys,
        blocks: &'a [Blocks],
        source_of: &'a [u16],
        lone_sources: &'a [bool],
        share: f64,
    ) -> Self {
        let mut pieces = Vec::new();
        for (rule, blocks) in blocks.iter().enumerate() {
            let (mut first, mut pairs) = (0, 0);
            for block in 0..blocks.count() {
                let n = blocks.block(block).len() as u64;
                pairs += n * (n - 1) / 2;
                if pairs >= PIECE {
                    pieces.push((rule, first, block + 1));
                    (first, pairs) = (block + 1, 0);
                }
            }
            if first < blocks.count() {
                pieces.push((rule, first, blocks.count()));
            }
        }
        let rules = blocks.iter().filter(|b| b.refines.is_none()).count();
        let share = if share >= 1.0 { u64::MAX } else { (share * u64::MAX as f64) as u64 };
        Self { keys, blocks, rules, lone_sources, source_of, share, pieces, next: AtomicUsize::new(0) }
    }

    /// The number of pieces of work, and how many have been taken.
    pub fn progress(&self) -> (usize, usize) {
        (self.next.load(Ordering::Relaxed).min(self.pieces.len()), self.pieces.len())
    }

    /// Takes the next piece of work and gives its pairs batch by batch; `false` when there is no more work.
    pub fn work<E>(
        &self,
        batch: &mut PairBatch,
        mut give: impl FnMut(&PairBatch) -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some((rule, first, end)) = self.pieces.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
        else {
            return Ok(false);
        };
        batch.clear();
        for block in first..end {
            let records = self.blocks[rule].block(block);
            for (place, left) in records.iter().enumerate() {
                for right in &records[place + 1..] {
                    self.offer(rule, *left, *right, batch);
                }
                if batch.len() >= BATCH {
                    give(batch)?;
                    batch.clear();
                }
            }
        }
        if !batch.is_empty() {
            give(batch)?;
            batch.clear();
        }
        Ok(true)
    }

    #[inline]
    fn offer(&self, rule: usize, left: u32, right: u32, batch: &mut PairBatch) {
        if self.share != u64::MAX && mix((u64::from(left) << 32) | u64::from(right)) > self.share {
            return;
        }
        if !self.lone_sources.is_empty() {
            let source = self.source_of[left as usize];
            if source == self.source_of[right as usize] && self.lone_sources[usize::from(source)] {
                return;
            }
        }
        let agreement = self.keys.agreement(left, right);
        for earlier in &self.blocks[..rule] {
            if earlier.gives(self.keys, self.blocks, agreement, left) {
                return;
            }
        }
        let mut rules = 0_u64;
        for (number, blocks) in self.blocks[..self.rules].iter().enumerate().skip(rule) {
            rules |=
                u64::from(number == rule || blocks.gives(self.keys, self.blocks, agreement, left)) << number;
        }
        batch.left.push(left);
        batch.right.push(right);
        batch.rule.push(u16::try_from(rule).unwrap_or(u16::MAX));
        batch.rules.push(rules);
    }
}
