//! What matching did, as relations: the rows of `system.blocking` and `system.model_parameters`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

use super::matching::Matching;
use super::pairs::Names;
use super::records::RecordIndex;
use crate::Result;

/// One row per blocking rule: its number, the rule, the rule that it refines, its blocks, the pairs in them, the
/// pairs that no rule before it gave, the pairs in blocks over the limit, and its largest block with one of its
/// records.
pub fn blocking(names: &Names, index: &RecordIndex, matching: &Matching) -> Result<RecordBatch> {
    let blocks = &matching.blocks;
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let largest = |b: &super::blocking::rule::Blocks| b.largest.first().copied();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("rule_number", Arc::new(Int64Array::from_iter_values((1..).take(blocks.len())))),
        ("rule", Arc::new(StringArray::from_iter_values(blocks.iter().map(|b| b.rule.text.as_str())))),
        (
            "refines",
            Arc::new(
                blocks.iter().map(|b| b.refines.map(|rule| number(rule as u64 + 1))).collect::<Int64Array>(),
            ),
        ),
        ("blocks", Arc::new(Int64Array::from_iter_values(blocks.iter().map(|b| number(b.count() as u64))))),
        ("pairs", Arc::new(Int64Array::from_iter_values(blocks.iter().map(|b| number(b.pairs))))),
        (
            "new_pairs",
            Arc::new(
                (0..blocks.len()).map(|b| matching.given.get(b).map(|n| number(*n))).collect::<Int64Array>(),
            ),
        ),
        (
            "pairs_over_limit",
            Arc::new(Int64Array::from_iter_values(blocks.iter().map(|b| number(b.oversized_pairs)))),
        ),
        (
            "largest_block",
            Arc::new(
                blocks.iter().map(|b| largest(b).map(|(size, _)| i64::from(size))).collect::<Int64Array>(),
            ),
        ),
        (
            "largest_block_record",
            Arc::new(
                blocks
                    .iter()
                    .map(|b| largest(b).map(|(_, record)| names.record(index, record)))
                    .collect::<StringArray>(),
            ),
        ),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}

/// Comparison, comparator, level, the probabilities of the level in the three classes, bits.
type Parameters<'a> = (Option<&'a str>, Option<&'a str>, &'a str, Option<[f64; 3]>, f64);

/// One row per level of each comparison: the comparison and its comparator, the level, its probability among pairs
/// of one person (`m`), of one household (`h`) and of strangers (`u`), and what it says by itself in bits; and a row
/// per class with its share of all pairs, under the comparison NULL.
pub fn model(matching: &Matching) -> Result<RecordBatch> {
    let mut rows: Vec<Parameters<'_>> = Vec::new();
    let fields = matching.fields.fields.iter().zip(&matching.model.fields);
    for (place, (field, model)) in fields.enumerate() {
        if matching.fields.is_left_out(place) {
            continue;
        }
        let comparator = field.comparison.map(|c| matching.plan.comparisons[c].comparator.name());
        for (number, name) in field.level_names.iter().enumerate() {
            let level = number + 1;
            let [m, h, u] = [model.m[level], model.h[level], model.u[level]];
            rows.push((Some(&field.name), comparator, name, Some([m, h, u]), (m / u).log2()));
        }
    }
    for (class, share) in ["same person", "household", "unrelated"].iter().zip(matching.model.lambda) {
        rows.push((None, None, class, None, share.log2()));
    }
    let part = |n: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row.3.map(|theta| theta[n])).collect::<Float64Array>())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("comparison", Arc::new(rows.iter().map(|r| r.0).collect::<StringArray>())),
        ("comparator", Arc::new(rows.iter().map(|r| r.1).collect::<StringArray>())),
        ("level", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.2)))),
        ("m", part(0)),
        ("h", part(1)),
        ("u", part(2)),
        ("bits", Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.4)))),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}
