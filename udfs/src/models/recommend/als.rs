//! Factors of customers and items whose products tell who buys what: Hu, Koren and Volinsky, "Collaborative filtering for
//! implicit feedback datasets" (2008), each side solved exactly in turn.

use serde::{Deserialize, Serialize};

use super::super::draws::Draws;
use super::super::linear::solve;
use super::Baskets;

const ROUNDS: usize = 12;

/// How factors are learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Numbers per customer and item.
    pub factors: usize,
    /// The penalty on large factors.
    pub penalty: f64,
    /// How much more a purchase counts than none.
    pub confidence: f64,
    /// Where the search begins.
    pub seed: u64,
}

/// The factors of items; those of a customer follow from his basket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Als {
    factors: usize,
    penalty: f64,
    confidence: f64,
    items: Vec<f64>,
    gram: Vec<f64>,
}

impl Als {
    /// Learns factors. `None` if `watch` ended it.
    pub fn fit(baskets: &Baskets, settings: Settings, watch: &(dyn Fn() -> bool + Sync)) -> Option<Self> {
        let Settings { factors, penalty, confidence, seed } = settings;
        let mut draws = Draws::new(seed);
        let mut items: Vec<f64> =
            (0..baskets.items * factors).map(|_| 0.2 * (draws.number() - 0.5)).collect();
        let by_item = baskets.by_item();
        let mut customers = vec![0.0; baskets.by_customer.len() * factors];
        for _ in 0..ROUNDS {
            if !watch() {
                return None;
            }
            turn(&mut customers, &baskets.by_customer, &items, factors, penalty, confidence);
            turn(&mut items, &by_item, &customers, factors, penalty, confidence);
        }
        let gram = gram(&items, factors);
        Some(Self { factors, penalty, confidence, items, gram })
    }

    /// Scores of all items for somebody with a basket.
    pub fn scores(&self, basket: &[(u32, f32)]) -> Vec<f32> {
        let own = row(basket, &self.items, &self.gram, self.factors, self.penalty, self.confidence);
        let score = |item: &[f64]| item.iter().zip(&own).map(|(a, b)| a * b).sum::<f64>() as f32;
        self.items.chunks(self.factors).map(score).collect()
    }
}

/// Solves one side given the other.
fn turn(
    side: &mut [f64],
    baskets: &[Vec<(u32, f32)>],
    other: &[f64],
    factors: usize,
    penalty: f64,
    confidence: f64,
) {
    let gram = gram(other, factors);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = baskets.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (rows, baskets) in side.chunks_mut(part * factors).zip(baskets.chunks(part)) {
            let gram = &gram;
            scope.spawn(move || {
                for (out, basket) in rows.chunks_mut(factors).zip(baskets) {
                    out.copy_from_slice(&row(basket, other, gram, factors, penalty, confidence));
                }
            });
        }
    });
}

/// The factors that explain one basket best.
fn row(
    basket: &[(u32, f32)],
    other: &[f64],
    gram: &[f64],
    factors: usize,
    penalty: f64,
    confidence: f64,
) -> Vec<f64> {
    let mut matrix = gram.to_vec();
    let mut right = vec![0.0; factors];
    for i in 0..factors {
        matrix[i * factors + i] += penalty;
    }
    for (item, weight) in basket {
        let at = &other[*item as usize * factors..(*item as usize + 1) * factors];
        let more = confidence * f64::from(*weight).ln_1p();
        for i in 0..factors {
            right[i] += (1.0 + more) * at[i];
            for j in 0..=i {
                matrix[i * factors + j] += more * at[i] * at[j];
            }
        }
    }
    solve(&mut matrix, right, factors).unwrap_or_else(|| vec![0.0; factors])
}

fn gram(side: &[f64], factors: usize) -> Vec<f64> {
    let mut out = vec![0.0; factors * factors];
    for row in side.chunks(factors) {
        for i in 0..factors {
            for j in 0..=i {
                out[i * factors + j] += row[i] * row[j];
            }
        }
    }
    out
}
