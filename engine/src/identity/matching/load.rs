//! Reads what is compared and what is blocked on, once, for all records.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{concat, take};
use arrow::datatypes::Int64Type;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use futures::TryStreamExt;

use super::plan::Plan;
use crate::identity::blocking::keys::Keys;
use crate::identity::profile::RECORD_ORDER;
use crate::identity::rules::EVIDENCE;
use crate::session::Session;
use crate::stopping;
use crate::{Error, Result};

/// What the records say, in order of record number.
#[derive(Debug)]
pub struct Loaded {
    /// The columns of each comparison.
    pub columns: Vec<Vec<ArrayRef>>,
    /// The keys of all records.
    pub keys: Keys,
}

/// The query that reads what is compared and blocked on from `scratch.evidence`.
pub fn query(plan: &Plan) -> String {
    let mut exprs = vec![RECORD_ORDER.to_owned()];
    let compared = plan.comparisons.iter().flat_map(|c| &c.columns);
    exprs.extend(compared.enumerate().map(|(n, sql)| format!("{sql} AS compared_{n}")));
    exprs.extend(plan.keys.iter().enumerate().map(|(n, key)| format!("{} AS key_{n}", key.sql)));
    format!("SELECT {} FROM scratch.{EVIDENCE}", exprs.join(", "))
}

/// Reads the evidence of `records` records.
pub async fn load(session: &Session, plan: &Plan, records: usize) -> Result<Loaded> {
    let compared: usize = plan.comparisons.iter().map(|c| c.columns.len()).sum();
    let streams = stopping::streams(session.frame(&query(plan)).await?).await?;

    let mut keys = Keys::new(records, plan.keys.len())?;
    let mut batches: Vec<RecordBatch> = Vec::new();
    for mut stream in streams {
        while let Some(batch) = stream.try_next().await? {
            if batch.num_rows() == 0 {
                continue;
            }
            hash(&batch, compared + 1, &mut keys)?;
            batches.push(batch.project(&(0..=compared).collect::<Vec<_>>())?);
        }
    }
    let mut flat = in_order(batches, compared, records)?.into_iter();
    let columns = plan.comparisons.iter().map(|c| flat.by_ref().take(c.columns.len()).collect()).collect();
    Ok(Loaded { columns, keys })
}

/// Hashes do not depend on the run: the same records give the same blocks.
fn hash(batch: &RecordBatch, first: usize, keys: &mut Keys) -> Result<()> {
    let orders = batch.column(0).as_primitive::<Int64Type>();
    let state = RandomState::with_seed(0);
    let mut hashes = vec![0_u64; batch.num_rows()];
    for key in 0..keys.width() {
        let column = batch.column(first + key);
        hashes.fill(0);
        create_hashes([column], &state, &mut hashes)?;
        let empty = empty_text(column);
        for (row, hash) in hashes.iter().enumerate() {
            let value = (column.is_valid(row) && !empty.as_ref().is_some_and(|e| e(row))).then_some(*hash);
            keys.set(usize::try_from(orders.value(row)).unwrap_or(0), key, value);
        }
    }
    Ok(())
}

type IsEmpty<'a> = Box<dyn Fn(usize) -> bool + 'a>;

fn empty_text(column: &ArrayRef) -> Option<IsEmpty<'_>> {
    if let Some(text) = column.as_string_view_opt() {
        return Some(Box::new(|row| text.value(row).is_empty()));
    }
    if let Some(text) = column.as_string_opt::<i32>() {
        return Some(Box::new(|row| text.value(row).is_empty()));
    }
    let text = column.as_string_opt::<i64>()?;
    Some(Box::new(|row| text.value(row).is_empty()))
}

/// The columns after the first, in the order of the first. Batches are mostly in order already.
fn in_order(mut batches: Vec<RecordBatch>, columns: usize, records: usize) -> Result<Vec<ArrayRef>> {
    let first = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().value(0);
    batches.sort_by_key(first);
    let orders: Vec<i64> = batches
        .iter()
        .flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().iter().copied())
        .collect();
    if orders.len() != records {
        return Err(Error::internal(format!("{} of {records} records were read back", orders.len())));
    }
    let sorted = orders.windows(2).all(|pair| pair[0] < pair[1]);
    let places = (!sorted).then(|| {
        let mut places = vec![0_u64; records];
        for (place, order) in orders.iter().enumerate() {
            places[usize::try_from(*order).unwrap_or(0)] = place as u64;
        }
        UInt64Array::from(places)
    });
    (1..=columns)
        .map(|column| {
            let parts: Vec<&dyn Array> = batches.iter().map(|b| b.column(column).as_ref()).collect();
            if parts.is_empty() {
                return Ok(Arc::new(arrow::array::NullArray::new(0)) as ArrayRef);
            }
            let all = concat(&parts)?;
            Ok(match &places {
                Some(places) => take(&all, places, None)?,
                None => all,
            })
        })
        .collect()
}
