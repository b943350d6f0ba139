//! Chance: how often each level occurs in pairs of records that were picked at random.

use super::FieldKind;
use crate::identity::blocking::keys::mix;

/// Pairs of different records, spread evenly over all pairs; all pairs if they are not more than `wanted`.
/// The same records give the same pairs.
pub fn random_pairs(records: usize, wanted: usize) -> (Vec<u32>, Vec<u32>) {
    let n = records as u64;
    let all = n * n.saturating_sub(1) / 2;
    let record = |r: u64| u32::try_from(r).unwrap_or(u32::MAX);
    if all <= wanted as u64 {
        return (0..n).flat_map(|l| (l + 1..n).map(move |r| (record(l), record(r)))).unzip();
    }
    let mut state = 0_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // The upper half of a product is even enough: the bias is bound ÷ 2⁶⁴.
        ((u128::from(mix(state)) * u128::from(bound)) >> 64) as u64
    };
    let pair = |_| {
        let left = below(n);
        let right = below(n - 1);
        let right = if right >= left { right + 1 } else { right };
        (record(left.min(right)), record(left.max(right)))
    };
    let mut pairs: Vec<(u32, u32)> = (0..wanted).map(pair).collect();
    // What is known of records that follow each other is near in memory.
    pairs.sort_unstable();
    pairs.into_iter().unzip()
}

/// The chance of each level, counting level 0, from its counts in random pairs and from how often each value of
/// the field occurs. Equality is taken from the values: `Σ n(n−1) ÷ N(N−1)`, which is exact even when no random
/// pair is equal. Half a pair is added to the other levels, so that none is impossible.
pub fn levels(kind: FieldKind, counts: &[u64], values: impl IntoIterator<Item = u64>) -> Vec<f64> {
    if kind == FieldKind::Order {
        return vec![0.0, 1.0, 1.0];
    }
    let (mut total, mut equal) = (0.0_f64, 0.0_f64);
    for n in values {
        let n = n as f64;
        total += n;
        equal += n * (n - 1.0);
    }
    let total = total.max(2.0);
    let equal = (equal / (total * (total - 1.0))).max(0.5 / (total * total));
    let mut out: Vec<f64> = counts.iter().map(|n| *n as f64 + 0.5).collect();
    out[0] = 0.0;
    let rest: f64 = out[2..].iter().sum();
    for share in &mut out[2..] {
        *share *= (1.0 - equal) / rest;
    }
    out[1] = equal;
    out
}
