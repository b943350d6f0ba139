//! The pairs that the blocking rules give, each once, in batches.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::keys::{Keys, mix};
use super::rule::Blocks;

/// Pairs per batch: what fits into the cache with the levels of all fields.
pub const BATCH: usize = 4096;

/// A batch ends after so many pairs of blocks, however few of them are new.
const LOOKED_AT: u64 = 1 << 16;

/// A batch of pairs, the smaller record on the left.
#[derive(Debug, Default)]
pub struct PairBatch {
    /// The left records.
    pub left: Vec<u32>,
    /// The right records.
    pub right: Vec<u32>,
    /// For each pair the first rule that gives it.
    pub rule: Vec<u16>,
    /// For each pair which of the rules give it, as a bit mask; refinements are left out. Empty if that was not asked.
    pub rules: Vec<u64>,
    /// How many pairs of blocks were looked at.
    pub looked_at: u64,
    /// How many of them an earlier rule gives.
    pub skipped: u64,
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
        (self.looked_at, self.skipped) = (0, 0);
    }
}

/// The blocks in pieces of about equal work. Workers share it: each takes the next piece until there is none.
#[derive(Debug)]
pub struct Work {
    /// Rule, first block, end.
    pieces: Vec<(usize, usize, usize)>,
    next: AtomicUsize,
}

/// Pairs per piece of work, about.
const PIECE: u64 = 1 << 17;

impl Work {
    /// The work that some blocks are.
    pub fn new(blocks: &[Blocks]) -> Self {
        let pairs = |block: &[u32]| block.len() as u64 * (block.len() as u64 - 1) / 2;
        Self::of(blocks.iter().map(|b| (0..b.count()).map(move |block| pairs(b.block(block)))))
    }

    /// The work that blocks of these sizes are: for each rule, the number of pairs of each of its blocks.
    pub fn of(rules: impl Iterator<Item = impl Iterator<Item = u64>>) -> Self {
        let mut pieces = Vec::new();
        for (rule, blocks) in rules.enumerate() {
            let (mut first, mut end, mut pairs) = (0, 0, 0);
            for size in blocks {
                end += 1;
                pairs += size;
                if pairs >= PIECE {
                    pieces.push((rule, first, end));
                    (first, pairs) = (end, 0);
                }
            }
            if first < end {
                pieces.push((rule, first, end));
            }
        }
        Self { pieces, next: AtomicUsize::new(0) }
    }

    fn take(&self) -> Option<(usize, usize, usize)> {
        self.pieces.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

/// How far a worker has come in its piece of work.
#[derive(Debug, Default)]
pub struct Cursor {
    /// Rule, block, end of the piece.
    piece: Option<(usize, usize, usize)>,
    /// The place of the left record in the block.
    place: usize,
}

/// What has pairs in blocks.
pub trait Offers {
    /// A record of a block of a rule, and those with which it is paired; `None` after the last one.
    fn row(&self, rule: usize, block: usize, place: usize) -> Option<(u32, &[u32])>;

    /// Puts a pair into the batch, unless it is none or an earlier rule gives it.
    fn offer(&self, rule: usize, left: u32, right: u32, batch: &mut PairBatch);
}

/// Puts the next pairs of a worker into the batch, instead of what is there; `false` when there is no more work. The
/// batch may be empty before that.
pub fn fill(source: &impl Offers, work: &Work, cursor: &mut Cursor, batch: &mut PairBatch) -> bool {
    batch.clear();
    loop {
        let Some((rule, block, end)) = cursor.piece.or_else(|| work.take()) else {
            return !batch.is_empty() || batch.looked_at > 0;
        };
        while let Some((left, rights)) = source.row(rule, block, cursor.place) {
            cursor.place += 1;
            for right in rights {
                source.offer(rule, left, *right, batch);
            }
            batch.looked_at += rights.len() as u64;
            if batch.len() >= BATCH || batch.looked_at >= LOOKED_AT {
                cursor.piece = Some((rule, block, end));
                return true;
            }
        }
        cursor.place = 0;
        cursor.piece = (block + 1 < end).then_some((rule, block + 1, end));
    }
}

/// All candidate pairs.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    keys: &'a Keys,
    blocks: &'a [Blocks],
    /// Rules, leaving out refinements.
    rules: usize,
    /// No rule uses an expression from this number on.
    used: usize,
    /// Of these sources two records are no pair; empty when there is no such source.
    lone_sources: &'a [bool],
    source_of: &'a [u16],
    /// A pair is given when its hash is at most this.
    share: u64,
    /// Whether all rules that give a pair are told, not only the first.
    all_rules: bool,
}

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
        let rules = blocks.iter().filter(|b| b.refines.is_none()).count();
        let used = blocks.iter().flat_map(|b| &b.rule.keys).max().map_or(0, |last| last + 1);
        let share = if share >= 1.0 { u64::MAX } else { (share * u64::MAX as f64) as u64 };
        Self { keys, blocks, rules, used, lone_sources, source_of, share, all_rules: false }
    }

    /// The same pairs, each with all rules that give it.
    #[must_use]
    pub fn with_all_rules(self) -> Self {
        Self { all_rules: true, ..self }
    }

    /// Puts the next pairs of a worker into the batch, see [`fill`].
    pub fn fill(&self, work: &Work, cursor: &mut Cursor, batch: &mut PairBatch) -> bool {
        fill(self, work, cursor, batch)
    }

    /// The pairs that are wanted, of the blocks with at least one marked record.
    pub fn select(&self, marked: &[bool], wanted: impl Fn(u32, u32) -> bool) -> PairBatch {
        let mut out = PairBatch::default();
        for (rule, blocks) in self.blocks.iter().enumerate() {
            for block in 0..blocks.count() {
                let records = blocks.block(block);
                if !records.iter().any(|record| marked[*record as usize]) {
                    continue;
                }
                for (place, left) in records.iter().enumerate() {
                    for right in records[place + 1..].iter().filter(|right| wanted(*left, **right)) {
                        self.offer(rule, *left, *right, &mut out);
                    }
                }
            }
        }
        out
    }
}

impl Offers for Candidates<'_> {
    #[inline]
    fn row(&self, rule: usize, block: usize, place: usize) -> Option<(u32, &[u32])> {
        let records = self.blocks[rule].block(block);
        Some((*records.get(place)?, &records[place + 1..]))
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
        let agreement = self.keys.agreement(left, right, self.used);
        for earlier in &self.blocks[..rule] {
            if earlier.gives(self.keys, self.blocks, agreement, left) {
                batch.skipped += 1;
                return;
            }
        }
        batch.left.push(left);
        batch.right.push(right);
        batch.rule.push(u16::try_from(rule).unwrap_or(u16::MAX));
        if self.all_rules {
            let mut rules = 0_u64;
            for (number, blocks) in self.blocks[..self.rules].iter().enumerate().skip(rule) {
                rules |= u64::from(number == rule || blocks.gives(self.keys, self.blocks, agreement, left))
                    << number;
            }
            batch.rules.push(rules);
        }
    }
}
