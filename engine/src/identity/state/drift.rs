//! Drift: how far the pairs of one person look other than they did in training.
//!
//! For each field, `½ · Σ over levels |share now − share in training|`, the total variation distance, less what
//! samples of these sizes differ by at random: twice its expected value, `Σ √(p(1−p)(1/n + 1/N) ÷ 2π)`.

use crate::identity::matching::score::Scored;
use crate::identity::model::level;

/// How often each level, from 0, of each field occurs among the pairs above a weight.
pub fn levels(pairs: &[Scored], levels_of: &[usize], above: f32) -> Vec<Vec<u64>> {
    let mut counts: Vec<Vec<u64>> = levels_of.iter().map(|levels| vec![0; *levels]).collect();
    for pair in pairs.iter().filter(|pair| pair.weight > above) {
        for (field, counts) in counts.iter_mut().enumerate() {
            if let Some(count) = counts.get_mut(level(pair.pattern, field)) {
                *count += 1;
            }
        }
    }
    counts
}

/// The field that has drifted most, and how far: from 0 to 1.
pub fn drift(then: &[Vec<u64>], now: &[Vec<u64>]) -> (usize, f64) {
    let of = |(place, (then, now)): (usize, (&Vec<u64>, &Vec<u64>))| (place, distance(then, now));
    then.iter()
        .zip(now)
        .enumerate()
        .map(of)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .unwrap_or((0, 0.0))
}

fn distance(then: &[u64], now: &[u64]) -> f64 {
    let (before, after) = (then.iter().sum::<u64>() as f64, now.iter().sum::<u64>() as f64);
    if before == 0.0 || after == 0.0 {
        return 0.0;
    }
    let (mut distance, mut noise) = (0.0, 0.0);
    for (then, now) in then.iter().zip(now) {
        let (p, q) = (*then as f64 / before, *now as f64 / after);
        let share = (*then + *now) as f64 / (before + after);
        distance += (p - q).abs() / 2.0;
        noise += (share * (1.0 - share) * (1.0 / before + 1.0 / after) / std::f64::consts::TAU).sqrt();
    }
    (distance - 2.0 * noise).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_distribution_have_not_drifted() {
        assert_eq!(drift(&[vec![0, 70, 30]], &[vec![0, 68, 32]]), (0, 0.0));
        assert_eq!(drift(&[vec![5, 5]], &[vec![0, 0]]), (0, 0.0));
    }

    #[test]
    fn another_distribution_is_far() {
        let (field, far) =
            drift(&[vec![0, 9000, 1000], vec![0, 8000, 2000]], &[vec![0, 9000, 1000], vec![0, 5000, 5000]]);
        assert_eq!(field, 1);
        assert!((0.27..0.3).contains(&far), "{far}");
    }
}
