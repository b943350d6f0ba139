//! Fields that change together: who moves has another street, another postcode and often another phone.
//!
//! The classes take fields for independent; a move would then count as often as there are fields that it changes. So
//! fields are paired by how much their levels say of each other among the pairs of one person, by the counts of
//! [`em`](super::em), and each such pair corrects the likelihood of two classes by
//!
//! ```text
//! P(level of a, level of b | class) ÷ (P(level of a | class) · P(level of b | class))
//! ```
//!
//! The pairs of fields make a forest, the maximum spanning one by mutual information (Chow and Liu 1968), so that the
//! corrected likelihoods are still probabilities.
//!
//! Only fields that households share are paired. What is personal seldom changes, so that pairs of one person whose
//! personal fields differ are few beside strangers who are taken for one person, and the counts would be of these.

use onefold_udfs::comparators::Role;
use serde::{Deserialize, Serialize};

use super::em::Stratum;
use super::{FieldKind, FieldModel, level};

/// Levels of a field, with 0.
const LEVELS: usize = 16;
/// Fields are paired if their levels say so much of each other, in natural units.
const LEAST_INFORMATION: f64 = 0.01;
/// And if so many pairs of one person are expected to have both.
const LEAST_PAIRS: f64 = 200.0;
/// So many pairs are added to the counts as independence would have them.
const PRIOR_PAIRS: f64 = 20.0;

/// Two fields, and the logarithms of what corrects their likelihood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// One field.
    pub first: usize,
    /// The other one.
    pub second: usize,
    /// By the levels of both, for pairs of one person.
    same: Vec<f64>,
    /// By the levels of both, for pairs of one household.
    household: Vec<f64>,
}

impl Together {
    /// What is added to the logarithms of the likelihoods of one person and of one household.
    #[inline]
    pub fn correction(&self, pattern: u64) -> [f64; 2] {
        let (a, b) = (level(pattern, self.first), level(pattern, self.second));
        if a == 0 || b == 0 {
            return [0.0; 2];
        }
        [self.same[a * LEVELS + b], self.household[a * LEVELS + b]]
    }
}

/// The fields that change together, from the strata of a trained model and their class shares.
pub fn find(fields: &[FieldModel], strata: &[Stratum], shares: &[[f64; 3]]) -> Vec<Together> {
    let is_shared = |f: &usize| fields[*f].kind == FieldKind::Evidence(Role::Shared);
    let counted: Vec<usize> = (0..fields.len()).filter(is_shared).collect();
    let mut tables: Vec<Counts> = Vec::new();
    for (i, first) in counted.iter().enumerate() {
        tables.extend(counted[i + 1..].iter().map(|second| Counts::new(*first, *second)));
    }
    for (stratum, share) in strata.iter().zip(shares) {
        let own: Vec<usize> = (0..tables.len())
            .filter(|t| {
                stratum.active.contains(&tables[*t].first) && stratum.active.contains(&tables[*t].second)
            })
            .collect();
        for (pattern, count) in &stratum.patterns {
            let [same, household] = posterior(fields, stratum, share, *pattern);
            for table in &own {
                tables[*table].add(*pattern, count * same, count * household);
            }
        }
    }
    let mut ranked: Vec<(f64, Counts)> = tables
        .into_iter()
        .map(|table| (information(&table.same), table))
        .filter(|(information, table)| {
            *information >= LEAST_INFORMATION && table.same.iter().sum::<f64>() >= LEAST_PAIRS
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1.first, a.1.second).cmp(&(b.1.first, b.1.second))));
    // No circle: each pair joins two trees.
    let mut tree: Vec<usize> = (0..fields.len()).collect();
    let mut out = Vec::new();
    for (_, table) in ranked {
        let (a, b) = (tree[table.first], tree[table.second]);
        if a == b {
            continue;
        }
        tree.iter_mut().filter(|t| **t == b).for_each(|t| *t = a);
        out.push(Together {
            first: table.first,
            second: table.second,
            same: ratios(&table.same),
            household: ratios(&table.household),
        });
    }
    out
}

/// Expected counts by the levels of two fields.
struct Counts {
    first: usize,
    second: usize,
    same: Vec<f64>,
    household: Vec<f64>,
}

impl Counts {
    fn new(first: usize, second: usize) -> Self {
        let zeros = || vec![0.0; LEVELS * LEVELS];
        Self { first, second, same: zeros(), household: zeros() }
    }

    fn add(&mut self, pattern: u64, same: f64, household: f64) {
        let (a, b) = (level(pattern, self.first), level(pattern, self.second));
        if a != 0 && b != 0 {
            self.same[a * LEVELS + b] += same;
            self.household[a * LEVELS + b] += household;
        }
    }
}

/// The probabilities of one person and of one household of a pattern in a stratum.
fn posterior(fields: &[FieldModel], stratum: &Stratum, share: &[f64; 3], pattern: u64) -> [f64; 2] {
    let mut likelihood = share.map(|s| s.max(1e-300).ln());
    for field in &stratum.active {
        let at = level(pattern, *field);
        if at != 0 {
            let FieldModel { m, h, u, .. } = &fields[*field];
            for (sum, theta) in likelihood.iter_mut().zip([m, h, u]) {
                *sum += theta[at].max(1e-12).ln();
            }
        }
    }
    let highest = likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [same, household, unrelated] = likelihood.map(|l| (l - highest).exp());
    let all = same + household + unrelated;
    [same / all, household / all]
}

/// Sums by the level of each of two fields, and of all.
fn margins(counts: &[f64]) -> ([f64; LEVELS], [f64; LEVELS], f64) {
    let (mut first, mut second, mut all) = ([0.0; LEVELS], [0.0; LEVELS], 0.0);
    for (place, count) in counts.iter().enumerate() {
        first[place / LEVELS] += count;
        second[place % LEVELS] += count;
        all += count;
    }
    (first, second, all)
}

/// What the level of one field says of that of the other.
fn information(counts: &[f64]) -> f64 {
    let (first, second, all) = margins(counts);
    let part = |(place, count): (usize, &f64)| match *count > 0.0 {
        true => count * (count * all / (first[place / LEVELS] * second[place % LEVELS])).ln(),
        false => 0.0,
    };
    counts.iter().enumerate().map(part).sum::<f64>() / all.max(1.0)
}

/// The logarithms of the counts over what they would be if the fields were independent.
fn ratios(counts: &[f64]) -> Vec<f64> {
    let (first, second, all) = margins(counts);
    let ratio = |(place, count): (usize, &f64)| {
        let independent = first[place / LEVELS] * second[place % LEVELS] / all.max(1.0);
        if independent <= 0.0 {
            return 0.0;
        }
        let prior = PRIOR_PAIRS * independent / all;
        ((count + prior) / (independent + prior)).max(1e-6).ln()
    };
    counts.iter().enumerate().map(ratio).collect()
}
