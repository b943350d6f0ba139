//! How good predictions are.

/// 1 / (1 + e⁻ˣ).
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The area under the receiver operating characteristic: how likely it is that a positive row scores above a negative
/// one, ties counting half. `None` unless there are rows of both labels.
pub fn auc(scores: &[f64], labels: &[f64]) -> Option<f64> {
    let ranks = ranks(scores);
    let positives = labels.iter().filter(|l| **l > 0.5).count() as f64;
    let negatives = labels.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let sum: f64 = ranks.iter().zip(labels).filter(|(_, l)| **l > 0.5).map(|(rank, _)| rank).sum();
    Some((sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// Ranks from 1, equal values sharing the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut out = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        let end =
            start + order[start..].iter().take_while(|row| values[**row as usize] == value).count().max(1);
        for row in &order[start..end] {
            out[*row as usize] = (start + end + 1) as f64 / 2.0;
        }
        start = end;
    }
    out
}

/// The mean squared error of probabilities.
pub fn brier(probabilities: &[f64], labels: &[f64]) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(p, l)| (p - l) * (p - l)))
}

/// The mean negative logarithm of the probability of what happened.
pub fn log_loss(probabilities: &[f64], labels: &[f64]) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(p, l)| {
        let p = p.clamp(1e-12, 1.0 - 1e-12);
        -(l * p.ln() + (1.0 - l) * (1.0 - p).ln())
    }))
}

/// The share of rows on the right side of a threshold.
pub fn accuracy(probabilities: &[f64], labels: &[f64], threshold: f64) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(p, l)| f64::from(u8::from((*p >= threshold) == (*l > 0.5)))))
}

/// The root of the mean squared error.
pub fn rmse(predicted: &[f64], actual: &[f64]) -> f64 {
    mean(predicted.iter().zip(actual).map(|(p, a)| (p - a) * (p - a))).sqrt()
}

/// The mean absolute error.
pub fn mae(predicted: &[f64], actual: &[f64]) -> f64 {
    mean(predicted.iter().zip(actual).map(|(p, a)| (p - a).abs()))
}

/// The share of the variance that is explained; negative if the mean would predict better.
pub fn r_squared(predicted: &[f64], actual: &[f64]) -> f64 {
    let middle = mean(actual.iter().copied());
    let total: f64 = actual.iter().map(|a| (a - middle) * (a - middle)).sum();
    let left: f64 = predicted.iter().zip(actual).map(|(p, a)| (a - p) * (a - p)).sum();
    if total > 0.0 { 1.0 - left / total } else { 0.0 }
}

/// The correlation of ranks (Spearman); 0 if a side is constant.
pub fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    if scale > 0.0 { product(&a, &b) / scale } else { 0.0 }
}

/// The places of the `count` highest scores; of equal ones the first.
pub fn top(scores: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    order.truncate(count);
    order
}

/// The share of positive rows among the `count` highest scores; 0 if there are none.
pub fn hit_rate(scores: &[f64], labels: &[f64], count: usize) -> f64 {
    mean(top(scores, count).into_iter().map(|row| labels[row]))
}

/// The share of the `count` rows with the highest actual values that are among as many with the highest scores.
pub fn found_share(scores: &[f64], actual: &[f64], count: usize) -> f64 {
    let highest = top(actual, count);
    let mut chosen = vec![false; scores.len()];
    top(scores, count).into_iter().for_each(|row| chosen[row] = true);
    mean(highest.into_iter().map(|row| f64::from(u8::from(chosen[row]))))
}

/// The share of everybody's actual values that is with the `count` highest scores.
pub fn captured_share(scores: &[f64], actual: &[f64], count: usize) -> f64 {
    let total: f64 = actual.iter().sum();
    let captured: f64 = top(scores, count).into_iter().map(|row| actual[row]).sum();
    if total > 0.0 { captured / total } else { 0.0 }
}

/// One group of rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The lowest score.
    pub from: f64,
    /// The highest score.
    pub to: f64,
    /// Rows.
    pub rows: usize,
    /// Their mean score.
    pub predicted: f64,
    /// Their mean label.
    pub actual: f64,
}

/// Rows in groups of equal size, in order of score, with mean score and mean label.
pub fn calibration(scores: &[f64], labels: &[f64], bins: usize) -> Vec<Bin> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(a.cmp(b)));
    let bins = bins.min(order.len());
    let group = |bin: usize| &order[bin * order.len() / bins..(bin + 1) * order.len() / bins];
    let of = |rows: &[usize]| Bin {
        from: scores[rows[0]],
        to: scores[rows[rows.len() - 1]],
        rows: rows.len(),
        predicted: mean(rows.iter().map(|row| scores[*row])),
        actual: mean(rows.iter().map(|row| labels[*row])),
    };
    (0..bins).map(group).map(of).collect()
}

/// The population stability index of two distributions over the same bins: below 0.1 alike, above 0.25 another.
pub fn stability(before: &[f64], now: &[f64]) -> f64 {
    let share = |counts: &[f64]| {
        let total: f64 = counts.iter().sum::<f64>().max(1.0);
        counts.iter().map(|c| (c / total).max(1e-4)).collect::<Vec<_>>()
    };
    share(before).iter().zip(share(now)).map(|(b, n)| (n - b) * (n / b).ln()).sum()
}

/// The mean; 0 of nothing.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
    if count > 0 { sum / count as f64 } else { 0.0 }
}
