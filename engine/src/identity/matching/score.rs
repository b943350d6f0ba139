//! Streams the candidate pairs through comparing, and what is done with the patterns: counting them to train the
//! model, and weighing the pairs by it.

use std::collections::HashMap;

use crate::identity::blocking::candidates::{Candidates, PairBatch};
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

/// Compares all candidates on all cores. Each worker folds its batches into a state of its own; the states come
/// back in no particular order.
pub fn stream<T: Send>(
    candidates: &Candidates<'_>,
    fields: &Fields,
    state: impl Fn() -> T + Sync,
    fold: impl Fn(&mut T, &PairBatch, &[u64]) + Sync,
) -> Vec<T> {
    fields.threads().run(|_| {
        let mut own = state();
        let (mut batch, mut scratch, mut patterns) = (PairBatch::default(), Scratch::default(), vec![]);
        let mut give = |batch: &PairBatch| -> Result<(), std::convert::Infallible> {
            fields.compare(&batch.left, &batch.right, &mut scratch, &mut patterns);
            fold(&mut own, batch, &patterns);
            Ok(())
        };
        while matches!(candidates.work(&mut batch, &mut give), Ok(true)) {}
        own
    })
}

/// The compared pairs, in the order of their records.
pub fn collect(candidates: &Candidates<'_>, fields: &Fields) -> Vec<Compared> {
    let parts = stream(candidates, fields, Vec::new, |pairs, batch, patterns| {
        pairs.extend((0..batch.len()).map(|i| Compared {
            left: batch.left[i],
            right: batch.right[i],
            pattern: patterns[i],
            rules: batch.rules[i],
        }));
    });
    let mut out = parts.concat();
    out.sort_unstable_by_key(|pair| (pair.left, pair.right));
    out
}

/// How many pairs were weighed, and those of them that are worth keeping.
#[derive(Debug, Default)]
pub struct Weighed {
    /// The pairs above the limit, in the order of their records.
    pub kept: Vec<Scored>,
    /// All pairs by the rule that gave them first.
    pub by_rule: Vec<u64>,
}

/// Weighs all candidates and keeps those whose weight for one person or for one household is above `keep`.
pub fn weigh(
    candidates: &Candidates<'_>,
    fields: &Fields,
    model: &Model,
    rules: usize,
    keep: f32,
) -> Weighed {
    let parts = stream(
        candidates,
        fields,
        || Weighed { kept: Vec::new(), by_rule: vec![0; rules] },
        |own, batch, patterns| {
            for (i, pattern) in patterns.iter().copied().enumerate() {
                let (left, right, rule) = (batch.left[i], batch.right[i], batch.rule[i]);
                own.by_rule[usize::from(rule)] += 1;
                let evidence = model.evidence(pattern, |field| fields.frequency(field, pattern, left, right));
                let (same, household) = model.weights(evidence);
                let (weight, household_weight) = (same as f32, household as f32);
                if weight > keep || household_weight > keep {
                    own.kept.push(Scored { left, right, pattern, weight, household_weight, rule });
                }
            }
        },
    );
    let mut out = Weighed { kept: Vec::new(), by_rule: vec![0; rules] };
    for part in parts {
        out.kept.extend(part.kept);
        for (sum, more) in out.by_rule.iter_mut().zip(part.by_rule) {
            *sum += more;
        }
    }
    out.kept.sort_unstable_by_key(|pair| (pair.left, pair.right));
    out
}

/// How often each level of each field occurs in some pairs.
pub fn level_counts(fields: &Fields, left: &[u32], right: &[u32]) -> Vec<Vec<u64>> {
    let mut counts: Vec<Vec<u64>> = fields.fields.iter().map(|f| vec![0; f.term_frequency.len()]).collect();
    let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
    for (left, right) in left.chunks(BATCH).zip(right.chunks(BATCH)) {
        fields.compare(left, right, &mut scratch, &mut patterns);
        for pattern in &patterns {
            for (field, counts) in counts.iter_mut().enumerate() {
                counts[crate::identity::model::level(*pattern, field)] += 1;
            }
        }
    }
    counts
}

use crate::identity::blocking::candidates::BATCH;

/// Counts of distinct patterns together with the rules that give them.
pub fn patterns(pairs: &[Compared]) -> HashMap<(u64, u64), u64> {
    let mut counts = HashMap::new();
    for pair in pairs {
        *counts.entry((pair.pattern, pair.rules)).or_insert(0) += 1;
    }
    counts
}

/// Weighs pairs by a model.
#[derive(Debug, Clone, Copy)]
pub struct ModelScorer<'a> {
    /// The fields.
    pub fields: &'a Fields,
    /// The model.
    pub model: &'a Model,
}

/// The weights of some pairs, for one person and for one person or household; replaces what is in `weights`.
pub fn weigh_pairs(
    fields: &Fields,
    model: &Model,
    left: &[u32],
    right: &[u32],
    weights: &mut Vec<(f32, f32)>,
) {
    weights.clear();
    let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
    for (left, right) in left.chunks(BATCH).zip(right.chunks(BATCH)) {
        fields.compare(left, right, &mut scratch, &mut patterns);
        weights.extend(patterns.iter().zip(left.iter().zip(right)).map(|(pattern, (left, right))| {
            let frequency = |field| fields.frequency(field, *pattern, *left, *right);
            let (same, household) = model.weights(model.evidence(*pattern, frequency));
            (same as f32, household as f32)
        }));
    }
}

impl Scorer for ModelScorer<'_> {
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>) {
        let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
        self.fields.compare(left, right, &mut scratch, &mut patterns);
        weights.clear();
        weights.extend(patterns.iter().zip(left.iter().zip(right)).map(|(pattern, (left, right))| {
            let frequency = |field| self.fields.frequency(field, *pattern, *left, *right);
            self.model.weights(self.model.evidence(*pattern, frequency)).0 as f32
        }));
    }
}
