//! Households: people who live together, by the household class of the model.
//!
//! Two people belong together by the mean of the clipped weights, for one person or household, of the pairs of their
//! records that were compared: the candidates, and pairs with the same address or phone. They are clustered as
//! records are ([`linkage`](super::linkage)).

use std::collections::{HashMap, HashSet};

use super::linkage::{CLIP, Linkage, Scorer, Weighted};
use super::matching::Matching;

/// For each person the first one of his household. `cluster_of` has the person of each record, `0..people`.
pub fn households(matching: &Matching, cluster_of: &[u32], people: usize) -> Vec<u32> {
    let alone: Vec<u32> = (0..u32::try_from(people).unwrap_or(u32::MAX)).collect();
    if matching.homes.is_none() {
        return alone;
    }
    let mut sums: HashMap<(u32, u32), (f32, u32)> = HashMap::new();
    let mut add = |left: u32, right: u32, weight: f32| {
        let (a, b) = (cluster_of[left as usize], cluster_of[right as usize]);
        if a != b {
            let sum = sums.entry((a.min(b), a.max(b))).or_default();
            sum.0 += weight.max(CLIP);
            sum.1 += 1;
        }
    };
    for pair in matching.pairs.iter().chain(matching.homes.iter().flatten()) {
        add(pair.left, pair.right, pair.household_weight);
    }
    let mut pairs: Vec<Weighted> = sums
        .into_iter()
        .map(|((left, right), (sum, n))| Weighted { left, right, weight: sum / n as f32 })
        .collect();
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    let never = HashSet::new();
    let linkage = Linkage {
        certain: &alone,
        source_of: &[],
        at_most: &[],
        never: &never,
        threshold: 0.0,
        known: None,
        threads: matching.fields.threads(),
    };
    linkage.run(&pairs, &Means(&pairs)).labels
}

/// The mean weights of pairs of people, in their order; others count as little as a weight can.
struct Means<'a>(&'a [Weighted]);

impl Scorer for Means<'_> {
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>) {
        weights.clear();
        weights.extend(left.iter().zip(right).map(|(left, right)| {
            let pair = (*left.min(right), *left.max(right));
            self.0
                .binary_search_by_key(&pair, |w| (w.left, w.right))
                .map_or(CLIP, |place| self.0[place].weight)
        }));
    }
}
