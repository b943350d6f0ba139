//! What matching did, as relations: the rows of `system.blocking` and `system.model_parameters`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt;

use super::matching::Matching;
use super::operator::certain::RuleBlocks;
use super::pairs::Names;
use super::profile::RECORD_ORDER;
use super::records::RecordIndex;
use super::rules::EVIDENCE;
use crate::refresh::Job;
use crate::{Result, stopping};

/// A row of `system.blocking`.
struct Row<'a> {
    kind: &'static str,
    rule: &'a str,
    refines: Option<i64>,
    blocks: u64,
    pairs: u64,
    /// `None` if that was not counted.
    new_pairs: Option<u64>,
    over_limit: u64,
    largest: &'a [(u32, u32)],
    /// What the records of a block agree on, as SQL over a record `l`.
    keys: Vec<String>,
}

impl<'a> Row<'a> {
    fn of_rule(rule: &'a RuleBlocks) -> Self {
        Self {
            kind: "rule",
            rule: &rule.text,
            refines: None,
            blocks: rule.blocks,
            pairs: rule.pairs,
            new_pairs: Some(rule.given),
            over_limit: rule.left_out,
            largest: &rule.largest,
            keys: rule.keys.clone(),
        }
    }
}

/// One row per rule and per blocking rule: its number, which of both it is, the rule, the blocking rule that it refines,
/// its blocks, the pairs in them, the pairs that no rule of its kind before it gave, the pairs left out of blocks over
/// the limit, the size of its largest block with one of its records, and its largest blocks with their values.
///
/// # Errors
/// If the values cannot be read.
pub async fn blocking(
    job: &Job,
    names: &Names,
    index: &RecordIndex,
    certain: &[RuleBlocks],
    matching: Option<&Matching>,
) -> Result<RecordBatch> {
    let before = certain.len() as u64;
    let mut rows: Vec<Row<'_>> = certain.iter().map(Row::of_rule).collect();
    if let Some(matching) = matching {
        rows.extend(matching.blocks.iter().enumerate().map(|(place, blocks)| {
            Row {
                kind: "block",
                rule: &blocks.rule.text,
                refines: blocks.refines.map(|rule| number(rule as u64 + 1 + before)),
                blocks: blocks.count() as u64,
                pairs: blocks.pairs,
                new_pairs: matching.given.get(place).copied(),
                over_limit: blocks.oversized_pairs,
                largest: &blocks.largest,
                keys: blocks
                    .rule
                    .keys
                    .iter()
                    .filter_map(|k| Some(matching.plan.keys.get(*k)?.sql.clone()))
                    .collect(),
            }
        }));
    }
    let values = values(job, &rows).await?;
    let largest = |row: &Row<'_>| row.largest.first().copied();
    let blocks = |(row, values): (&Row<'_>, &Vec<String>)| {
        let block = |((size, _), value): (&(u32, u32), &String)| format!("{value}: {size}");
        let texts: Vec<String> = row.largest.iter().zip(values).map(block).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    };
    let numbers = |of: fn(&Row<'_>) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| number(of(row)))))
    };
    let texts = |of: fn(&Row<'_>) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("rule_number", Arc::new(Int64Array::from_iter_values((1..).take(rows.len())))),
        ("kind", texts(|row| row.kind.to_owned())),
        ("rule", texts(|row| row.rule.to_owned())),
        ("refines", Arc::new(rows.iter().map(|row| row.refines).collect::<Int64Array>())),
        ("blocks", numbers(|row| row.blocks)),
        ("pairs", numbers(|row| row.pairs)),
        ("new_pairs", Arc::new(rows.iter().map(|row| row.new_pairs.map(number)).collect::<Int64Array>())),
        ("pairs_over_limit", numbers(|row| row.over_limit)),
        (
            "largest_block",
            Arc::new(
                rows.iter().map(|r| largest(r).map(|(size, _)| i64::from(size))).collect::<Int64Array>(),
            ),
        ),
        (
            "largest_block_record",
            Arc::new(
                rows.iter()
                    .map(|r| largest(r).map(|(_, record)| names.record(index, record)))
                    .collect::<StringArray>(),
            ),
        ),
        ("largest_blocks", Arc::new(rows.iter().zip(&values).map(blocks).collect::<StringArray>())),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// For each row the values of its largest blocks, read from one record of each.
async fn values(job: &Job, rows: &[Row<'_>]) -> Result<Vec<Vec<String>>> {
    let records: BTreeSet<u32> = rows.iter().flat_map(|row| row.largest).map(|(_, record)| *record).collect();
    if records.is_empty() {
        return Ok(rows.iter().map(|_| Vec::new()).collect());
    }
    let value = |key: &String| format!("CAST({key} AS VARCHAR)");
    let exprs: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            let values: Vec<String> = row.keys.iter().map(value).collect();
            format!("concat_ws(', ', {}) AS value_{n}", values.join(", "))
        })
        .collect();
    let listed: Vec<String> = records.iter().map(ToString::to_string).collect();
    let text = format!(
        "SELECT l.{RECORD_ORDER}, {} FROM scratch.{EVIDENCE} AS l WHERE l.{RECORD_ORDER} IN ({})",
        exprs.join(", "),
        listed.join(", ")
    );
    let mut found: HashMap<(i64, usize), String> = HashMap::new();
    let mut stream = stopping::stream(job.session.frame(&text).await?).await?;
    while let Some(batch) = stream.try_next().await? {
        let orders = batch.column(0).as_primitive::<Int64Type>();
        for n in 0..rows.len() {
            let values = cast(batch.column(n + 1), &DataType::Utf8View)?;
            for (order, value) in orders.values().iter().zip(values.as_string_view()) {
                found.insert((*order, n), value.unwrap_or_default().to_owned());
            }
        }
    }
    let of = |(n, row): (usize, &Row<'_>)| -> Vec<String> {
        row.largest
            .iter()
            .map(|(_, record)| found.get(&(i64::from(*record), n)).cloned().unwrap_or_default())
            .collect()
    };
    Ok(rows.iter().enumerate().map(of).collect())
}

/// Comparison, comparator, level, the probabilities of the level in the three classes, bits, pairs of one person.
type Parameters<'a> = (Option<&'a str>, Option<&'a str>, &'a str, Option<[f64; 3]>, f64, Option<u64>);

/// One row per level of each comparison: the comparison and its comparator, the level, its probability among pairs
/// of one person (`m`), of one household (`h`) and of strangers (`u`), what it says by itself in bits, and how
/// many of the pairs that were taken for one person are at it; and a row per class with its share of all pairs, under the comparison NULL.
pub fn model(matching: &Matching) -> Result<RecordBatch> {
    let mut rows: Vec<Parameters<'_>> = Vec::new();
    let seen = matching.levels();
    let fields = matching.fields.fields.iter().zip(&matching.model.fields);
    for (place, (field, model)) in fields.enumerate() {
        if matching.fields.is_left_out(place) {
            continue;
        }
        let comparator = field.comparison.map(|c| matching.plan.comparisons[c].comparator.name());
        for (number, name) in field.level_names.iter().enumerate() {
            let level = number + 1;
            let [m, h, u] = [model.m[level], model.h[level], model.u[level]];
            let bits = (m / u).log2();
            rows.push((Some(&field.name), comparator, name, Some([m, h, u]), bits, Some(seen[place][level])));
        }
    }
    for (class, share) in ["same person", "household", "unrelated"].iter().zip(matching.model.lambda) {
        rows.push((None, None, class, None, share.log2(), None));
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
        ("pairs", Arc::new(rows.iter().map(|r| r.5.map(|n| n as i64)).collect::<Int64Array>())),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}
