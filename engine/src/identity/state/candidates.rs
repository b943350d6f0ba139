//! The pairs that a run has weighed or found certain, as numbers: what a later run need not compare again.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float32Array, Int32Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Float32Type, Int32Type, Int64Type, Schema, SchemaRef};

use super::count;
use crate::identity::clustering::Edge;
use crate::identity::matching::Matching;
use crate::identity::matching::score::Scored;
use crate::{Error, Result};

/// The relation.
pub const RELATION: &str = "candidates";

const SCORED: i32 = 0;
const HOME: i32 = 1;
const CERTAIN: i32 = 2;

/// Its columns: the two records by their numbers in the run; what the pair is; the rule that makes it certain or the
/// blocking rule that gave it; the levels, and the weights for one person and for one household.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("left_record", DataType::Int64, false),
        Field::new("right_record", DataType::Int64, false),
        Field::new("kind", DataType::Int32, false),
        Field::new("rule", DataType::Int32, false),
        Field::new("pattern", DataType::Int64, false),
        Field::new("weight", DataType::Float32, false),
        Field::new("household_weight", DataType::Float32, false),
    ]))
}

/// The pairs of a run.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Pairs that were weighed and kept.
    pub scored: Vec<Scored>,
    /// Pairs of records of one address or phone that are only weighed for their households.
    pub homes: Vec<Scored>,
    /// Certain matches.
    pub certain: Vec<Edge>,
}

impl Pairs {
    /// The pairs in these batches, each kind in the order of its records.
    pub fn read(batches: &[RecordBatch]) -> Result<Self> {
        let mut out = Self::default();
        for batch in batches {
            let long = |n: usize| batch.column(n).as_primitive::<Int64Type>();
            let int = |n: usize| batch.column(n).as_primitive::<Int32Type>();
            let float = |n: usize| batch.column(n).as_primitive::<Float32Type>();
            let record = |n: i64| -> Result<u32> {
                u32::try_from(count(n)?).map_err(|_| Error::internal("a record's number is too large"))
            };
            for row in 0..batch.num_rows() {
                let (left, right) = (record(long(0).value(row))?, record(long(1).value(row))?);
                let rule = u16::try_from(int(3).value(row)).unwrap_or(u16::MAX);
                if int(2).value(row) == CERTAIN {
                    out.certain.push(Edge { left, right, rule });
                    continue;
                }
                let pair = Scored {
                    left,
                    right,
                    pattern: long(4).value(row).cast_unsigned(),
                    weight: float(5).value(row),
                    household_weight: float(6).value(row),
                    rule,
                };
                if int(2).value(row) == HOME { out.homes.push(pair) } else { out.scored.push(pair) }
            }
        }
        for pairs in [&mut out.scored, &mut out.homes] {
            if !pairs.is_sorted_by_key(|pair| (pair.left, pair.right)) {
                pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
            }
        }
        Ok(out)
    }
}

/// The rows of a run's pairs, in batches of `rows`.
pub fn batches(
    matching: &Arc<Matching>,
    certain: Vec<Edge>,
    rows: usize,
) -> impl Iterator<Item = Result<RecordBatch>> + Send + 'static {
    let parts = move |pairs: usize| (0..pairs).step_by(rows).map(move |start| start..pairs.min(start + rows));
    let homes = matching.homes.as_ref().map_or(0, Vec::len);
    let (of_pairs, of_homes) = (Arc::clone(matching), Arc::clone(matching));
    let scored = parts(of_pairs.pairs.len()).map(move |part| weighed_batch(SCORED, &of_pairs.pairs[part]));
    let homes = parts(homes)
        .map(move |part| weighed_batch(HOME, &of_homes.homes.as_deref().unwrap_or_default()[part]));
    let certain = parts(certain.len()).map(move |part| certain_batch(&certain[part]));
    scored.chain(homes).chain(certain)
}

fn weighed_batch(kind: i32, pairs: &[Scored]) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(pairs.iter().map(|p| i64::from(p.left)))),
        Arc::new(Int64Array::from_iter_values(pairs.iter().map(|p| i64::from(p.right)))),
        Arc::new(Int32Array::from(vec![kind; pairs.len()])),
        Arc::new(Int32Array::from_iter_values(pairs.iter().map(|p| i32::from(p.rule)))),
        Arc::new(Int64Array::from_iter_values(pairs.iter().map(|p| p.pattern.cast_signed()))),
        Arc::new(Float32Array::from_iter_values(pairs.iter().map(|p| p.weight))),
        Arc::new(Float32Array::from_iter_values(pairs.iter().map(|p| p.household_weight))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

fn certain_batch(edges: &[Edge]) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(edges.iter().map(|e| i64::from(e.left)))),
        Arc::new(Int64Array::from_iter_values(edges.iter().map(|e| i64::from(e.right)))),
        Arc::new(Int32Array::from(vec![CERTAIN; edges.len()])),
        Arc::new(Int32Array::from_iter_values(edges.iter().map(|e| i32::from(e.rule)))),
        Arc::new(Int64Array::from(vec![0; edges.len()])),
        Arc::new(Float32Array::from(vec![f32::INFINITY; edges.len()])),
        Arc::new(Float32Array::from(vec![f32::INFINITY; edges.len()])),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}
