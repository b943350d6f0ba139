//! Reading columns of numbers, and the distinct points that they make.

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err};
use hashbrown::HashMap;

/// A column as floating-point numbers.
///
/// # Errors
/// A column that is not numeric.
pub(super) fn numbers(comparator: &str, array: &ArrayRef) -> Result<Float64Array> {
    match array.data_type() {
        data_type if data_type.is_numeric() || data_type.is_null() => {
            Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        }
        other => exec_err!("{comparator} compares numbers, not {other}"),
    }
}

/// Distinct points of N coordinates.
#[derive(Debug)]
pub(super) struct Points<const N: usize> {
    numbers: HashMap<[u64; N], u32>,
    points: Vec<[f64; N]>,
}

impl<const N: usize> Default for Points<N> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), points: Vec::new() }
    }
}

impl<const N: usize> Points<N> {
    /// The number of a point.
    pub(super) fn number(&mut self, point: [f64; N]) -> u32 {
        // Adding 0 makes 0 of -0, which is equal and has other bits.
        let point = point.map(|coordinate| coordinate + 0.0);
        *self.numbers.entry(point.map(f64::to_bits)).or_insert_with(|| {
            self.points.push(point);
            self.points.len() as u32 - 1
        })
    }

    /// The points by number.
    pub(super) fn finish(self) -> Vec<[f64; N]> {
        self.points
    }
}
