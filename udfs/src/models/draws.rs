//! Reproducible draws: SplitMix64 (Steele, Lea and Flood 2014).

/// A stream of draws that its seed determines.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of [0, 1).
    pub fn number(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of 0 … `below` − 1.
    pub fn below(&mut self, below: usize) -> usize {
        (self.number() * below as f64) as usize
    }
}

/// Deals what is numbered by `keys` into `folds`, the same key always into the same fold.
pub fn folds(keys: &[u64], folds: usize, seed: u64) -> Vec<u32> {
    keys.iter()
        .map(|key| Draws::new(key.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ seed).below(folds) as u32)
        .collect()
}
