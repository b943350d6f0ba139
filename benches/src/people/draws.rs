//! Random draws that are the same on every platform: a counter-based generator and integer arithmetic only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of draws.
#[derive(Debug)]
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A whole number in `0..n`.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A whole number in `low..=high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// Any of the items.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len() as u32) as usize]
    }

    /// The index of a weight, as often as the weight says.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Any order of the items, each as likely.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}

/// Ranks from 0, the first ones far more often: rank `r` has weight `1 / (r + shift)`, Zipf's law with a
/// blunted head, which is how names and towns are spread.
#[derive(Debug)]
pub(crate) struct Skewed {
    cumulative: Vec<u32>,
}

impl Skewed {
    /// The law over `count` ranks. The smaller `shift`, the more the first ranks have.
    pub(crate) fn new(count: u32, shift: u32) -> Self {
        let mut sum = 0;
        let cumulative = (0..count).map(|rank| {
            sum += 100_000_000 / (rank + shift);
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    /// A rank.
    pub(crate) fn draw(&self, draws: &mut Draws) -> usize {
        let all = self.cumulative.last().copied().unwrap_or(1);
        let at = draws.below(all);
        self.cumulative.partition_point(|sum| *sum <= at)
    }
}
