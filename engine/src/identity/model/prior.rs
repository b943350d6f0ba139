//! The prior: which share of all pairs of records is of one person, and which of one household.

use super::Evidence;

const MAX_ITERATIONS: usize = 500;
const TOLERANCE: f64 = 1e-6;

/// The class shares among all pairs: those for which the candidates' posterior probabilities add up to
/// themselves, `λ(class) = Σ over candidates of P(class) ÷ all pairs`, with pairs that are no candidates taken for
/// unrelated. `weight` is how many candidates each evidence stands for.
pub fn estimate(evidence: &[Evidence], weight: f64, records: usize, all_pairs: f64) -> [f64; 3] {
    let odds: Vec<(f64, f64)> = evidence
        .iter()
        .map(|[same, household, unrelated]| {
            // The exponent is bounded so that sums stay finite; e^300 to one is certainty.
            ((same - unrelated).min(300.0).exp(), (household - unrelated).min(300.0).exp())
        })
        .collect();
    let first = 1.0 / records.max(2) as f64;
    let mut lambda = [first, first, 1.0 - 2.0 * first];
    for _ in 0..MAX_ITERATIONS {
        let (mut same, mut household) = (0.0, 0.0);
        for (s, h) in &odds {
            let (s, h) = (lambda[0] * s, lambda[1] * h);
            let scale = 1.0 / (s + h + lambda[2]);
            same += s * scale;
            household += h * scale;
        }
        let new = [same, household].map(|sum| (sum * weight / all_pairs.max(1.0)).max(1e-15));
        let change = new.iter().zip(lambda).map(|(new, old)| (new / old).ln().abs()).fold(0.0_f64, f64::max);
        lambda = [new[0], new[1], (1.0 - new[0] - new[1]).max(1e-15)];
        if change < TOLERANCE {
            break;
        }
    }
    lambda
}
