//! Columns as numbers of bins with about equally many rows, several columns in one where a row tells all of them.

use super::super::features::Columns;
use super::super::parts::in_parts;

/// Bins of a column, the one of missing values included.
pub(super) const BINS: usize = 64;
/// Bounds are learned from about so many rows.
const SAMPLE: usize = 100_000;
/// Columns that are worth a second thread.
const WORTH_IT: usize = 2;

/// Where the bins of a column are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The place among what is stored of a row.
    pub(super) group: usize,
    /// If the column shares its group: the bin of the rows where it is 1, elsewhere it is 0.
    pub(super) one: Option<u8>,
}

/// Some rows by the numbers of their bins: 0 is missing, bin `b` ends at `bounds[b − 1]`.
pub(super) struct Binned {
    /// Row by row, a number per group.
    pub(super) bins: Vec<u8>,
    /// The same group by group.
    pub(super) groups: Vec<Vec<u8>>,
    /// Column by column.
    pub(super) places: Vec<Place>,
    pub(super) bounds: Vec<Vec<f64>>,
}

/// A column by itself.
#[derive(Clone, Default)]
struct Column {
    bounds: Vec<f64>,
    bins: Vec<u8>,
    /// Whether it has only the values 0 and 1.
    is_flag: bool,
}

impl Binned {
    /// Learns the bounds from some rows, whose order is that of the bins.
    pub(super) fn new(columns: &Columns, rows: &[u32]) -> Self {
        let mut own = vec![Column::default(); columns.values.len()];
        in_parts(&mut own, 1, WORTH_IT, |first, own| {
            for (own, values) in own.iter_mut().zip(&columns.values[first..]) {
                *own = Column::new(values, rows);
            }
        });
        let mut groups: Vec<Vec<u8>> = Vec::new();
        let mut places: Vec<Place> = Vec::new();
        // Flags of one feature that exclude each other: the feature, their group, and the bins that are taken.
        let mut open = (usize::MAX, 0, BINS);
        for (column, of) in columns.of.iter().enumerate() {
            if own[column].is_flag {
                let next = own.get(column + 1).filter(|next| columns.of[column + 1] == *of && !next.is_flag);
                if next.is_some_and(|next| is_missing(&own[column].bins, &next.bins)) {
                    places.push(Place { group: groups.len(), one: Some(0) });
                    continue;
                }
                let (feature, group, taken) = open;
                if feature == *of && taken < BINS && joined(&mut groups[group], &own[column].bins, taken) {
                    places.push(Place { group, one: Some(taken as u8) });
                    open.2 += 1;
                    continue;
                }
                open = (*of, groups.len(), 3);
                places.push(Place { group: groups.len(), one: Some(2) });
            } else {
                places.push(Place { group: groups.len(), one: None });
            }
            groups.push(std::mem::take(&mut own[column].bins));
        }
        let width = groups.len();
        let mut bins = vec![0; width * rows.len()];
        for (group, column) in groups.iter().enumerate() {
            bins.iter_mut().skip(group).step_by(width).zip(column).for_each(|(bin, own)| *bin = *own);
        }
        Self { bins, groups, places, bounds: own.into_iter().map(|column| column.bounds).collect() }
    }
}

/// Whether a flag tells that another column is missing.
fn is_missing(flag: &[u8], other: &[u8]) -> bool {
    flag.iter().zip(other).all(|(flag, other)| (*flag == 2) == (*other == 0))
}

/// Adds a flag to a group as a further bin, if it is 1 only where no other of the group is.
fn joined(group: &mut [u8], flag: &[u8], bin: usize) -> bool {
    let free = group.iter().zip(flag).all(|(group, flag)| *flag == 1 || *group == 1);
    if free {
        group.iter_mut().zip(flag).filter(|(_, flag)| **flag == 2).for_each(|(group, _)| *group = bin as u8);
    }
    free
}

impl Column {
    fn new(values: &[f64], rows: &[u32]) -> Self {
        let bounds = bounds(values, rows);
        let (mut is_flag, mut bins) = (bounds.len() == 1, Vec::with_capacity(rows.len()));
        for row in rows {
            let value = values[*row as usize];
            is_flag &= value == 0.0 || value == 1.0;
            bins.push(match value.is_nan() {
                true => 0,
                false => 1 + bounds.partition_point(|bound| *bound < value) as u8,
            });
        }
        Self { bounds, bins, is_flag }
    }
}

/// Bounds between neighbouring values, at most so many that the bins fit.
fn bounds(column: &[f64], rows: &[u32]) -> Vec<f64> {
    let every = rows.len().div_ceil(SAMPLE).max(1);
    let known = rows.iter().step_by(every).map(|row| column[*row as usize]).filter(|v| !v.is_nan());
    let mut values: Vec<f64> = known.collect();
    values.sort_unstable_by(f64::total_cmp);
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
