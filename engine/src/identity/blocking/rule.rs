//! Blocking rules and their blocks.

use std::collections::HashSet;

use super::keys::Keys;
use crate::parallel::Threads;

/// At most so many rules: the rules that give a pair are a bit mask.
pub const MAX_RULES: usize = 64;

/// Records that agree on all of some expressions are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingRule {
    /// The expressions, by number.
    pub keys: Vec<usize>,
    /// The rule as SQL, for people.
    pub text: String,
}

impl BlockingRule {
    /// The expressions as a bit mask.
    pub fn mask(&self) -> u64 {
        self.keys.iter().fold(0, |mask, key| mask | 1 << key)
    }
}

/// What a rule yields.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// The rule; one that refines an oversized block carries a further key.
    pub rule: BlockingRule,
    mask: u64,
    /// The rule whose oversized blocks this one refines.
    pub refines: Option<usize>,
    /// The records of all blocks of two or more and at most the limit, block by block.
    records: Vec<u32>,
    /// Where each block begins, and the end.
    starts: Vec<u32>,
    /// The combined keys of the blocks over the limit.
    oversized: HashSet<u64>,
    /// Pairs of records in the blocks, before those of earlier rules are left out.
    pub pairs: u64,
    /// Pairs of records in blocks over the limit.
    pub oversized_pairs: u64,
    /// The largest blocks: size and one of their records.
    pub largest: Vec<(u32, u32)>,
}

const LARGEST: usize = 5;

impl Blocks {
    fn group(keys: &Keys, rule: BlockingRule, limit: usize, parent: Option<(usize, &Self)>) -> Self {
        let mut sorted: Vec<(u64, u32)> = Vec::new();
        for record in 0..u32::try_from(keys.records()).unwrap_or(u32::MAX) {
            if parent.is_some_and(|(_, parent)| !parent.over_limit(keys, record)) {
                continue;
            }
            if let Some(key) = keys.combined(record, &rule.keys) {
                sorted.push((key, record));
            }
        }
        sorted.sort_unstable();
        let mask = rule.mask();
        let mut out = Self {
            rule,
            mask,
            refines: parent.map(|(number, _)| number),
            records: Vec::new(),
            starts: vec![0],
            oversized: HashSet::new(),
            pairs: 0,
            oversized_pairs: 0,
            largest: Vec::new(),
        };
        for block in sorted.chunk_by(|a, b| a.0 == b.0) {
            if block.len() < 2 {
                continue;
            }
            let pairs = block.len() as u64 * (block.len() as u64 - 1) / 2;
            let size = u32::try_from(block.len()).unwrap_or(u32::MAX);
            if out.largest.len() < LARGEST || out.largest.last().is_some_and(|(least, _)| size > *least) {
                out.largest.push((size, block[0].1));
                out.largest.sort_unstable_by_key(|(size, record)| (std::cmp::Reverse(*size), *record));
                out.largest.truncate(LARGEST);
            }
            if block.len() > limit {
                out.oversized.insert(block[0].0);
                out.oversized_pairs += pairs;
                continue;
            }
            out.pairs += pairs;
            out.records.extend(block.iter().map(|(_, record)| *record));
            out.starts.push(u32::try_from(out.records.len()).unwrap_or(u32::MAX));
        }
        out.records.shrink_to_fit();
        out.starts.shrink_to_fit();
        out
    }

    fn over_limit(&self, keys: &Keys, record: u32) -> bool {
        keys.combined(record, &self.rule.keys).is_some_and(|key| self.oversized.contains(&key))
    }

    /// Whether the rule gives a pair whose keys agree as `agreement` says.
    #[inline]
    pub fn gives(&self, keys: &Keys, all: &[Self], agreement: u64, left: u32) -> bool {
        if agreement & self.mask != self.mask {
            return false;
        }
        if let Some(parent) = self.refines
            && !all[parent].over_limit(keys, left)
        {
            return false;
        }
        self.oversized.is_empty() || !self.over_limit(keys, left)
    }

    /// The combined keys of the blocks over the limit.
    pub fn over_limit_keys(&self) -> &HashSet<u64> {
        &self.oversized
    }

    /// The bytes that it takes.
    pub fn bytes(&self) -> usize {
        4 * (self.records.capacity() + self.starts.capacity()) + 16 * self.oversized.capacity()
    }

    /// The number of blocks.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The records of a block, in ascending order.
    pub fn block(&self, block: usize) -> &[u32] {
        &self.records[self.starts[block] as usize..self.starts[block + 1] as usize]
    }
}

/// Groups the records by all rules. A block over the limit is refined by each further key of `refine_by` that
/// its rule does not have.
pub fn group(
    keys: &Keys,
    rules: &[BlockingRule],
    refine_by: &[(usize, String)],
    limit: usize,
    threads: Threads,
) -> Vec<Blocks> {
    let mut all = threads.map(rules, |rule| Blocks::group(keys, rule.clone(), limit, None));
    let mut refined: Vec<(usize, BlockingRule)> = Vec::new();
    for (number, blocks) in all.iter().enumerate().filter(|(_, blocks)| !blocks.oversized.is_empty()) {
        for (key, text) in refine_by.iter().filter(|(key, _)| !blocks.rule.keys.contains(key)) {
            let mut keys = blocks.rule.keys.clone();
            keys.push(*key);
            let text = format!("{}, {text}", blocks.rule.text);
            // Two of the further keys may be one.
            if !refined.iter().any(|(n, r)| *n == number && r.keys == keys) {
                refined.push((number, BlockingRule { keys, text }));
            }
        }
    }
    let more = threads.map(&refined, |(number, rule)| {
        Blocks::group(keys, rule.clone(), limit, Some((*number, &all[*number])))
    });
    all.extend(more);
    all
}
