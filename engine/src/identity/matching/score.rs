//! Pairs after comparing and after weighing. How all candidates are weighed is the operator's.

use std::collections::HashMap;

use crate::identity::blocking::candidates::{BATCH, Candidates, Cursor, PairBatch, Work};
use crate::identity::fields::{Fields, Scratch};
use crate::identity::linkage::Scorer;
use crate::identity::model::Model;

/// A candidate pair after comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// The levels of all fields.
    pub pattern: u64,
    /// The blocking rules that give the pair, as a bit mask.
    pub rules: u64,
}

impl Compared {
    fn records(&self) -> (u32, u32) {
        (self.left, self.right)
    }
}

/// A pair that was weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// The levels of all fields.
    pub pattern: u64,
    /// Bits for the same person.
    pub weight: f32,
    /// Bits for the same person or household.
    pub household_weight: f32,
    /// The first blocking rule that gave the pair.
    pub rule: u16,
}

impl Scored {
    /// The two records.
    pub fn records(&self) -> (u32, u32) {
        (self.left, self.right)
    }
}

/// The compared pairs, in the order of their records. All cores work on it.
pub fn collect(candidates: Candidates<'_>, work: &Work, fields: &Fields) -> Vec<Compared> {
    let parts = fields.threads().run(|_| {
        let (mut cursor, mut batch) = (Cursor::default(), PairBatch::default());
        let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
        let mut own = Vec::new();
        while candidates.fill(work, &mut cursor, &mut batch) {
            fields.compare(&batch.left, &batch.right, &mut scratch, &mut patterns);
            own.extend((0..batch.len()).map(|i| Compared {
                left: batch.left[i],
                right: batch.right[i],
                pattern: patterns[i],
                rules: batch.rules[i],
            }));
        }
        own.sort_unstable_by_key(Compared::records);
        own
    });
    merged(parts, Compared::records)
}

/// Sorted parts as one; a stable sort finds and merges them.
pub fn merged<T: Clone, K: Ord>(parts: Vec<Vec<T>>, key: impl FnMut(&T) -> K) -> Vec<T> {
    let mut out = parts.concat();
    out.sort_by_key(key);
    out
}

/// How often each level of each field occurs in some pairs. All cores work on it.
pub fn level_counts(fields: &Fields, left: &[u32], right: &[u32]) -> Vec<Vec<u64>> {
    let none = || fields.fields.iter().map(|f| vec![0; f.term_frequency.len()]).collect::<Vec<Vec<u64>>>();
    let pieces: Vec<(&[u32], &[u32])> = left.chunks(PIECE).zip(right.chunks(PIECE)).collect();
    let counted = fields.threads().map(&pieces, |(left, right)| {
        let (mut scratch, mut patterns, mut counts) = (Scratch::default(), Vec::new(), none());
        for (left, right) in left.chunks(BATCH).zip(right.chunks(BATCH)) {
            fields.compare(left, right, &mut scratch, &mut patterns);
            for pattern in &patterns {
                for (field, counts) in counts.iter_mut().enumerate() {
                    counts[crate::identity::model::level(*pattern, field)] += 1;
                }
            }
        }
        counts
    });
    let mut out = none();
    for counts in counted {
        for (sum, count) in out.iter_mut().flatten().zip(counts.iter().flatten()) {
            *sum += count;
        }
    }
    out
}

/// Counts of distinct patterns together with the rules that give them.
pub fn patterns(pairs: &[Compared]) -> HashMap<(u64, u64), u64> {
    let mut counts = HashMap::new();
    for pair in pairs {
        *counts.entry((pair.pattern, pair.rules)).or_insert(0) += 1;
    }
    counts
}

/// The weights of some pairs, on all cores; their rule is 0.
pub fn weigh_pairs(fields: &Fields, model: &Model, left: &[u32], right: &[u32]) -> Vec<Scored> {
    let pieces: Vec<(&[u32], &[u32])> = left.chunks(PIECE).zip(right.chunks(PIECE)).collect();
    let weighed = fields.threads().map(&pieces, |(left, right)| {
        let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
        let mut out = Vec::with_capacity(left.len());
        for (left, right) in left.chunks(BATCH).zip(right.chunks(BATCH)) {
            weigh(fields, model, left, right, &mut scratch, &mut patterns, |pair| out.push(pair));
        }
        out
    });
    weighed.concat()
}

/// Pairs that a thread takes at a time.
pub const PIECE: usize = 4 * BATCH;

fn weigh(
    fields: &Fields,
    model: &Model,
    left: &[u32],
    right: &[u32],
    scratch: &mut Scratch,
    patterns: &mut Vec<u64>,
    mut give: impl FnMut(Scored),
) {
    fields.compare(left, right, scratch, patterns);
    for (pattern, (left, right)) in
        patterns.iter().copied().zip(left.iter().copied().zip(right.iter().copied()))
    {
        let (same, household) = model.weights(fields.evidence(model, pattern, left, right));
        give(Scored {
            left,
            right,
            pattern,
            weight: same as f32,
            household_weight: household as f32,
            rule: 0,
        });
    }
}

/// The places of some of the records, whose fields were read.
#[derive(Debug)]
pub struct Part(Vec<u32>);

impl Part {
    /// `read` are the records, of `records` in all; their places are in this order.
    pub fn new(read: &[u32], records: usize) -> Self {
        let mut places = vec![u32::MAX; records];
        for (place, record) in (0..).zip(read) {
            places[*record as usize] = place;
        }
        Self(places)
    }

    /// The places of some records.
    pub fn places(&self, records: &[u32]) -> Vec<u32> {
        records.iter().map(|record| self.0[*record as usize]).collect()
    }
}

/// Weighs pairs by a model.
#[derive(Debug, Clone, Copy)]
pub struct ModelScorer<'a> {
    /// The fields.
    pub fields: &'a Fields,
    /// The records that the fields are of, if not all.
    pub part: Option<&'a Part>,
    /// The model.
    pub model: &'a Model,
}

impl Scorer for ModelScorer<'_> {
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>) {
        let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
        weights.clear();
        let mut give = |left: &[u32], right: &[u32]| {
            let push = |pair: Scored| weights.push(pair.weight);
            weigh(self.fields, self.model, left, right, &mut scratch, &mut patterns, push);
        };
        match self.part {
            Some(part) => give(&part.places(left), &part.places(right)),
            None => give(left, right),
        }
    }
}
