//! Columns as numbers of bins with about equally many rows.

use super::super::features::Columns;

/// Bins of a column, the one of missing values included.
pub(super) const BINS: usize = 64;
/// Bounds are learned from about so many rows.
const SAMPLE: usize = 100_000;

/// Every value as the number of its bin: 0 is missing, bin `b` ends at `bounds[b − 1]`.
pub(super) struct Binned {
    pub(super) columns: Vec<Vec<u8>>,
    pub(super) bounds: Vec<Vec<f64>>,
}

impl Binned {
    /// Learns the bounds from some rows.
    pub(super) fn new(columns: &Columns, rows: &[u32]) -> Self {
        let bounds: Vec<Vec<f64>> = columns.values.iter().map(|column| bounds(column, rows)).collect();
        let number = |bounds: &[f64], value: f64| match value.is_nan() {
            true => 0,
            false => 1 + bounds.partition_point(|bound| *bound < value) as u8,
        };
        let columns = columns.values.iter().zip(&bounds);
        let columns = columns.map(|(column, bounds)| column.iter().map(|v| number(bounds, *v)).collect());
        Self { columns: columns.collect(), bounds }
    }
}

/// Bounds between neighbouring values, at most so many that the bins fit.
fn bounds(column: &[f64], rows: &[u32]) -> Vec<f64> {
    let every = rows.len().div_ceil(SAMPLE).max(1);
    let known = rows.iter().step_by(every).map(|row| column[*row as usize]).filter(|v| !v.is_nan());
    let mut values: Vec<f64> = known.collect();
    values.sort_by(f64::total_cmp);
    let most = BINS - 2;
    let mut distinct = values.clone();
    distinct.dedup();
    let between = |low: f64, high: f64| low + (high - low) / 2.0;
    if distinct.len() <= most + 1 {
        return distinct.windows(2).map(|pair| between(pair[0], pair[1])).collect();
    }
    let mut out: Vec<f64> = (1..=most)
        .filter_map(|cut| {
            let at = values[cut * values.len() / (most + 1)];
            let next = distinct.partition_point(|v| *v <= at);
            distinct.get(next).map(|next| between(at, *next))
        })
        .collect();
    out.dedup();
    out
}
