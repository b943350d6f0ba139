//! From pairs of keys to clusters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{concat, take};
use arrow::datatypes::{Float64Type, SchemaRef};
use arrow::row::{RowConverter, SortField};

use crate::identity::clustering::{ALWAYS, Constraints, Edge, Never, cluster};
use crate::identity::linkage::{CLIP, Linkage, Scorer, Weighted};
use crate::parallel::Threads;
use crate::{Error, Result};

/// The key and the cluster of each key, in the order of the keys. `pairs` has the columns `left_key`, `right_key` and
/// `weight`, the keys of one type and the weight a double.
pub(super) fn clusters(
    pairs: &RecordBatch,
    schema: &SchemaRef,
    threshold: f32,
    threads: Threads,
) -> Result<RecordBatch> {
    let keys = concat(&[pairs.column(0).as_ref(), pairs.column(1).as_ref()])?;
    let (number_of, places) = number(&keys)?;
    let (left, right) = number_of.split_at(pairs.num_rows());
    let mut given = Given::default();
    for ((left, right), weight) in left.iter().zip(right).zip(pairs.column(2).as_primitive::<Float64Type>()) {
        if let (Some(left), Some(right), Some(weight)) = (left, right, weight) {
            given.add(*left, *right, weight as f32);
        }
    }
    let labels = given.link(places.len(), threshold, threads);
    let place = |number: u32| places[number as usize] as u64;
    let of = |numbers: &mut dyn Iterator<Item = u32>| -> Result<ArrayRef> {
        Ok(take(&keys, &UInt64Array::from_iter_values(numbers.map(place)), None)?)
    };
    let all = (0..).take(labels.len());
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        vec![of(&mut all.into_iter())?, of(&mut labels.iter().copied())?],
    )?)
}

/// The number of each key, in the order of the keys, and where each of them is first.
fn number(keys: &ArrayRef) -> Result<(Vec<Option<u32>>, Vec<usize>)> {
    let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
    let rows = converter.convert_columns(&[Arc::clone(keys)])?;
    let mut first = HashMap::new();
    for place in (0..keys.len()).filter(|place| keys.is_valid(*place)) {
        first.entry(rows.row(place)).or_insert(place);
    }
    if u32::try_from(first.len()).is_err() {
        return Err(Error::invalid("there are more than four billion keys").on(super::NAME));
    }
    let mut places: Vec<usize> = first.values().copied().collect();
    places.sort_unstable_by_key(|place| rows.row(*place));
    let numbers: HashMap<_, u32> = places.iter().map(|place| rows.row(*place)).zip(0..).collect();
    let number = |place: usize| numbers.get(&rows.row(place)).copied();
    Ok(((0..keys.len()).map(number).collect(), places))
}

/// The pairs that were given, each once, the smaller key first.
#[derive(Debug, Default)]
struct Given {
    weights: HashMap<(u32, u32), f32>,
}

impl Given {
    fn add(&mut self, left: u32, right: u32, weight: f32) {
        if left != right && !weight.is_nan() {
            let known = self.weights.entry((left.min(right), left.max(right))).or_insert(weight);
            *known = known.max(weight);
        }
    }

    /// For each key the smallest of its cluster.
    fn link(&self, keys: usize, threshold: f32, threads: Threads) -> Vec<u32> {
        let of_weight =
            |wanted: f32| self.weights.iter().filter(move |(_, w)| **w == wanted).map(|(pair, _)| *pair);
        let mut edges: Vec<Edge> =
            of_weight(f32::INFINITY).map(|(left, right)| Edge { left, right, rule: ALWAYS + 1 }).collect();
        let never: Vec<Never> = of_weight(f32::NEG_INFINITY)
            .map(|(left, right)| Never { left, right, reason: 0, absolute: true })
            .collect();
        let certain = cluster(keys, &mut edges, &Constraints { never: &never, ..Constraints::default() });
        let mut pairs: Vec<Weighted> = self
            .weights
            .iter()
            .map(|((left, right), w)| Weighted { left: *left, right: *right, weight: *w })
            .collect();
        pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
        let never: HashSet<(u32, u32)> = never.iter().map(|pair| (pair.left, pair.right)).collect();
        let linkage = Linkage {
            certain: &certain.smallest_members(),
            source_of: &vec![0; keys],
            at_most: &[],
            never: &never,
            threshold,
            known: None,
            threads,
        };
        linkage.run(&pairs, self).labels
    }
}

impl Scorer for Given {
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>) {
        let of = |(left, right): (&u32, &u32)| {
            let pair = (*left.min(right), *left.max(right));
            self.weights.get(&pair).copied().unwrap_or(CLIP)
        };
        weights.clear();
        weights.extend(left.iter().zip(right).map(of));
    }
}
