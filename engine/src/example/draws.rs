//! Random draws that are the same on every platform: a counter-based generator and integer arithmetic only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of draws is for. Streams are independent, so that a change of one part of the data leaves
/// the others as they were.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Who lives in a household.
    Household = 0,
    /// What its people do.
    Life = 1,
    /// How the shop wrote them down.
    Shop = 2,
    /// How the loyalty system wrote them down.
    Loyalty = 3,
    /// How the support desk wrote them down.
    Support = 4,
}

/// A stream of draws.
#[derive(Debug)]
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream of one household for one purpose.
    pub(super) fn new(seed: u64, purpose: Purpose, household: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(household * 8 + purpose as u64);
        Self(generator)
    }

    /// A whole number in `0..n`.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A whole number in `low..=high`.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True `per_mille` times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// Any of the items.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }

    /// One of the items, those in front far more often: the product of two uniform draws.
    pub(super) fn pick_front<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let n = items.len() as u32;
        let index = u64::from(self.below(n)) * u64::from(self.below(n)) / u64::from(n);
        &items[index as usize]
    }

    /// The index of a weight, as often as the weight says.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}
