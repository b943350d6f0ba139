//! Gradients and curvatures as whole numbers, so that sums are exact in any order and by any number of processors, and a
//! sum less a part of it is just the rest.

use super::super::parts::in_parts;

/// What two numbers tell of some rows: the sum of the gradients, and in one the count and the sum of the curvatures.
pub(super) type Cell = [i64; 2];

/// Bits of a gradient, if the sums leave so many.
const MOST_BITS: u32 = 40;
/// Rows that are worth a second thread.
const WORTH_IT: usize = 8192;

/// Gradients and curvatures of rows.
pub(super) struct Slopes {
    /// Row by row.
    pub(super) cells: Vec<Cell>,
    raw: Vec<[f32; 2]>,
    scale: Scale,
}

/// What whole numbers mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    gradient: f64,
    curvature: f64,
    /// The bits of a sum of curvatures.
    bits: u32,
}

impl Slopes {
    pub(super) fn new(rows: usize) -> Self {
        let scale = Scale { gradient: 1.0, curvature: 1.0, bits: 32 };
        Self { cells: vec![[0; 2]; rows], raw: vec![[0.0; 2]; rows], scale }
    }

    /// Takes down gradient and curvature of each row; sums will be over at most so many of them. What is no number, and
    /// a curvature below 0, counts as 0.
    pub(super) fn set(&mut self, most: usize, slope: impl Fn(usize) -> (f64, f64) + Sync) {
        in_parts(&mut self.raw, 1, WORTH_IT, |first, raw| {
            for (row, raw) in raw.iter_mut().enumerate() {
                let (gradient, curvature) = slope(first + row);
                let (gradient, curvature) = (gradient as f32, curvature as f32);
                let curvature = if curvature > 0.0 { curvature.min(f32::MAX) } else { 0.0 };
                *raw = [if gradient.is_finite() { gradient } else { 0.0 }, curvature];
            }
        });
        // Numbers without a sign are in the order of their bits.
        let largest =
            self.raw.iter().fold([f32::MIN_POSITIVE.to_bits() as i32; 2], |[gradient, curvature], raw| {
                [gradient.max(raw[0].abs().to_bits() as i32), curvature.max(raw[1].to_bits() as i32)]
            });
        let largest = largest.map(|bits| f32::from_bits(bits as u32));
        let count = usize::BITS - most.leading_zeros();
        let bits = 63 - count;
        let gradient = power(largest[0], MOST_BITS.min(bits - 1));
        let curvature = power(largest[1], MOST_BITS.min(bits - count));
        self.scale = Scale { gradient: 1.0 / gradient, curvature: 1.0 / curvature, bits };
        for (cell, raw) in self.cells.iter_mut().zip(&self.raw) {
            let whole = [whole(f64::from(raw[0]) * gradient), whole(f64::from(raw[1]) * curvature)];
            *cell = [whole[0], whole[1] + (1 << bits)];
        }
    }

    pub(super) fn scale(&self) -> Scale {
        self.scale
    }
}

impl Scale {
    pub(super) fn gradient(self, cell: Cell) -> f64 {
        cell[0] as f64 * self.gradient
    }

    pub(super) fn curvature(self, cell: Cell) -> f64 {
        (cell[1] & ((1 << self.bits) - 1)) as f64 * self.curvature
    }

    pub(super) fn rows(self, cell: Cell) -> i64 {
        cell[1] >> self.bits
    }
}

/// The largest power of two by which a number stays below 2 to the power of `bits`.
fn power(number: f32, bits: u32) -> f64 {
    // The exponent of a double, whose bits are 1023 more.
    let exponent = (f64::from(number).to_bits() >> 52) as i64 - 1023;
    let exponent = (i64::from(bits) - 1 - exponent).clamp(-1000, 1000);
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// The next whole number, of less than 51 bits: what remains of a sum with a number that has no bits for fractions.
fn whole(number: f64) -> i64 {
    const LARGE: f64 = 6_755_399_441_055_744.0;
    (number + LARGE).to_bits().wrapping_sub(LARGE.to_bits()) as i64
}
