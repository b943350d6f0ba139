//! Expectation maximisation over counts of level patterns, in strata.
//!
//! A stratum is the pairs of one blocking rule. The fields that its keys use agree there by construction and say
//! nothing, so they are left out of it. Each stratum has class shares of its own; `m` and the learned `h` are
//! common to all. The cost of an iteration depends on the number of distinct patterns only.
//!
//! ```text
//! E  r(b, pattern, class) ∝ π(b, class) · Π over active fields with evidence θ(class, field, level)
//! M  π(b, class) = (Σ n·r + a) ÷ (Σ n + C·a),   θ(class, field, level) ∝ 1 + Σ over b of n·r
//! ```

use onefold_udfs::comparators::Role;

use super::{FieldKind, FieldModel, HOUSEHOLD_MIX, LEVEL_BITS, TINY, level};

/// The pairs of one blocking rule.
#[derive(Debug, Clone)]
pub struct Stratum {
    /// The fields that are evidence in it.
    pub active: Vec<usize>,
    /// Distinct patterns of the active fields, and how many pairs have each. Other fields are level 0.
    pub patterns: Vec<(u64, f64)>,
}

impl Stratum {
    /// The part of a pattern that belongs to some fields.
    pub fn mask(active: &[usize]) -> u64 {
        active.iter().fold(0, |mask, field| mask | 15 << (*field as u32 * LEVEL_BITS))
    }
}

/// Keeps a class share away from 0 in a stratum without pairs.
const SHARE_PRIOR: f64 = 1e-3;
const MAX_ITERATIONS: usize = 300;
/// Iterations end when no probability moves by more.
const TOLERANCE: f64 = 1e-4;

const SAME: usize = 0;
const HOUSEHOLD: usize = 1;

/// Learns `m` and `h` of the fields. Returns the number of iterations and each stratum's class shares.
pub fn train(fields: &mut [FieldModel], strata: &[Stratum]) -> (usize, Vec<[f64; 3]>) {
    let mut shares = vec![[1.0 / 3.0; 3]; strata.len()];
    for iteration in 1..=MAX_ITERATIONS {
        let mut change: f64 = 0.0;
        let mut sums: Vec<[Vec<f64>; 2]> =
            fields.iter().map(|f| [vec![0.0; f.levels()], vec![0.0; f.levels()]]).collect();
        let logs: Vec<[Vec<f64>; 3]> = fields
            .iter()
            .map(|f| [&f.m, &f.h, &f.u].map(|theta| theta.iter().map(|p| p.max(TINY).ln()).collect()))
            .collect();
        for (stratum, share) in strata.iter().zip(&mut shares) {
            change = change.max(expect(stratum, share, &logs, &mut sums));
        }
        for (field, sums) in fields.iter_mut().zip(&sums) {
            change = change.max(maximise(field, sums));
        }
        if change < TOLERANCE {
            return (iteration, shares);
        }
    }
    (MAX_ITERATIONS, shares)
}

/// Adds the expected counts of a stratum, and moves its class shares; returns by how much.
fn expect(
    stratum: &Stratum,
    share: &mut [f64; 3],
    logs: &[[Vec<f64>; 3]],
    sums: &mut [[Vec<f64>; 2]],
) -> f64 {
    let log_share = share.map(|s| s.max(1e-300).ln());
    let mut totals = [0.0; 3];
    for (pattern, count) in &stratum.patterns {
        let mut likelihood = log_share;
        for field in &stratum.active {
            let level = level(*pattern, *field);
            if level != 0 {
                for (sum, log) in likelihood.iter_mut().zip(&logs[*field]) {
                    *sum += log[level];
                }
            }
        }
        let highest = likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let odds = likelihood.map(|l| (l - highest).exp());
        let scale = count / odds.iter().sum::<f64>();
        let expected = odds.map(|o| o * scale);
        for (total, part) in totals.iter_mut().zip(expected) {
            *total += part;
        }
        for field in &stratum.active {
            let level = level(*pattern, *field);
            if level != 0 {
                sums[*field][SAME][level] += expected[SAME];
                sums[*field][HOUSEHOLD][level] += expected[HOUSEHOLD];
            }
        }
    }
    let pairs: f64 = totals.iter().sum();
    let mut change: f64 = 0.0;
    if pairs > 0.0 {
        for (share, total) in share.iter_mut().zip(totals) {
            let new = (total + SHARE_PRIOR) / (pairs + 3.0 * SHARE_PRIOR);
            change = change.max((new - *share).abs());
            *share = new;
        }
    }
    change
}

fn maximise(field: &mut FieldModel, sums: &[Vec<f64>; 2]) -> f64 {
    let mut change = learn(&mut field.m, &sums[SAME]);
    match field.kind {
        FieldKind::Order => {}
        FieldKind::Evidence(Role::Shared) => change = change.max(learn(&mut field.h, &sums[HOUSEHOLD])),
        FieldKind::Evidence(Role::Personal) => {
            for (h, (m, u)) in field.h.iter_mut().zip(field.m.iter().zip(&field.u)) {
                *h = (1.0 - HOUSEHOLD_MIX) * u + HOUSEHOLD_MIX * m;
            }
        }
        FieldKind::Evidence(Role::Neutral) => field.h.clone_from(&field.m),
    }
    change
}

fn learn(theta: &mut [f64], sums: &[f64]) -> f64 {
    let total: f64 = sums[1..].iter().sum::<f64>() + (sums.len() - 1) as f64;
    let mut change: f64 = 0.0;
    for (theta, sum) in theta.iter_mut().zip(sums).skip(1) {
        let new = (sum + 1.0) / total;
        change = change.max((new - *theta).abs());
        *theta = new;
    }
    change
}
