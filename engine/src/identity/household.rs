//! Households: people who live together, by the household class of the model.
//!
//! Two people belong together by the mean of the clipped weights, for one person or household, of the pairs of their
//! records that were compared: the candidates, and pairs with the same address or phone. They are clustered as
//! records are ([`linkage`](super::linkage)).

use std::collections::{HashMap, HashSet};

use super::linkage::{CLIP, Linkage, Scorer, Weighted};
use super::matching::Matching;
use super::matching::score::weigh_pairs;
use super::model::FieldKind;

/// An address or a phone with more records is no private one.
const LARGEST_HOME: usize = 40;
/// The class is one of households if at least this part of its pairs agrees in an address or a phone; without
/// households in the data it gathers whatever else agrees by chance.
const AT_HOME: f64 = 0.5;

/// For each person the first one of his household. `cluster_of` has the person of each record, `0..people`.
pub fn households(matching: &Matching, cluster_of: &[u32], people: usize) -> Vec<u32> {
    let alone: Vec<u32> = (0..u32::try_from(people).unwrap_or(u32::MAX)).collect();
    let homes = homes(matching);
    if homes.is_empty() {
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
    for pair in &matching.pairs {
        add(pair.left, pair.right, pair.household_weight);
    }
    let (left, right) = housemates(matching, &homes, cluster_of);
    let mut weights = Vec::new();
    weigh_pairs(&matching.fields, &matching.model, &left, &right, &mut weights);
    for ((left, right), (_, household)) in left.into_iter().zip(right).zip(weights) {
        add(left, right, household);
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
        threads: matching.fields.threads(),
    };
    linkage.run(&pairs, &Means(&pairs)).labels
}

/// The fields that people of one home share: addresses and phones in which the household class mostly agrees.
fn homes(matching: &Matching) -> Vec<usize> {
    let is_home = |field: usize| {
        let comparison = matching.fields.fields[field].comparison.map(|c| &matching.plan.comparisons[c]);
        comparison.is_some_and(|c| ["address", "street", "phone"].contains(&c.comparator.name()))
    };
    let homes: Vec<usize> = (0..matching.fields.fields.len())
        .filter(|f| is_home(*f) && !matches!(matching.fields.fields[*f].kind, FieldKind::Order))
        .collect();
    let agrees = |field: &usize| matching.model.fields[*field].h[1..=2].iter().sum::<f64>() >= AT_HOME;
    if homes.iter().any(agrees) { homes } else { Vec::new() }
}

/// Pairs of records of two people with one address or phone that are not among the candidates that were kept.
fn housemates(matching: &Matching, homes: &[usize], cluster_of: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for home in homes {
        let Some((values, distinct)) = matching.fields.values(*home) else { continue };
        let mut records: Vec<Vec<u32>> = vec![Vec::new(); distinct];
        for (record, value) in (0..).zip(values) {
            if let Some(of_value) = records.get_mut(*value as usize) {
                of_value.push(record);
            }
        }
        for of_value in records.iter().filter(|r| (2..=LARGEST_HOME).contains(&r.len())) {
            for (place, left) in of_value.iter().enumerate() {
                let others = of_value[place + 1..].iter();
                let others = others.filter(|r| cluster_of[**r as usize] != cluster_of[*left as usize]);
                found.extend(others.map(|right| (*left, *right)));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|pair| matching.pairs.binary_search_by_key(pair, |p| (p.left, p.right)).is_err());
    found.into_iter().unzip()
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
