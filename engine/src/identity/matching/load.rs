//! Reads what is compared and what is blocked on, once, for all records.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{concat, take};
use arrow::datatypes::Int64Type;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::TryStreamExt;
use tokio::task::JoinSet;

use super::plan::Plan;
use crate::identity::blocking::keys::Keys;
use crate::identity::operator::memory::Memory;
use crate::identity::operator::off_thread;
use crate::identity::profile::{RECORD_KEY, RECORD_ORDER, SOURCE};
use crate::parallel::Threads;
use crate::session::Session;
use crate::{Error, Result};

/// What the records say, in order of record number.
#[derive(Debug)]
pub struct Loaded {
    /// The columns that were read, without the number of the record and the keys.
    pub columns: Vec<ArrayRef>,
    /// The keys of all records.
    pub keys: Keys,
    /// The bytes that the columns hold.
    pub bytes: usize,
}

/// The query that reads what is compared and blocked on from a relation as rules see it: the number of the record,
/// its source and key if they are asked for, what is compared, and the keys.
pub fn query(plan: &Plan, relation: &str, named: bool) -> String {
    let mut exprs = vec![RECORD_ORDER.to_owned()];
    if named {
        exprs.extend([SOURCE, RECORD_KEY].map(str::to_owned));
    }
    let compared = plan.comparisons.iter().flat_map(|c| &c.columns);
    exprs.extend(compared.enumerate().map(|(n, sql)| format!("{sql} AS compared_{n}")));
    exprs.extend(plan.keys.iter().enumerate().map(|(n, key)| format!("{} AS key_{n}", key.sql)));
    format!("SELECT {} FROM {relation}", exprs.join(", "))
}

/// Reads what is compared and blocked on from a relation as rules see it, for the object that is named. What was read
/// is in memory as long as it is used; that is held in the [`Memory`].
///
/// # Errors
/// If the relation cannot be read, or the memory is too small.
pub async fn load(
    session: &Session,
    object: &str,
    plan: &Plan,
    relation: &str,
) -> Result<(Loaded, Arc<Memory>)> {
    let frame = session.frame(&query(plan, relation, false)).await?;
    let context = Arc::new(frame.task_ctx());
    let input = frame.create_physical_plan().await?;
    let memory = Arc::new(Memory::new(object, context.memory_pool()));
    Ok((read(&input, &context, plan.keys.len(), &memory).await?, memory))
}

/// What was read of some records.
struct Part {
    /// The number of the record and the columns that are kept.
    batch: RecordBatch,
    /// The hashed keys, record by record.
    keys: Vec<u32>,
}

/// Runs a plan whose first column is the number of the record and whose last `keys` columns are keys.
///
/// # Errors
/// If the plan fails, or the memory is too small.
pub async fn read(
    input: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    keys: usize,
    memory: &Arc<Memory>,
) -> Result<Loaded> {
    let kept = input.schema().fields().len() - keys;
    let mut tasks: JoinSet<Result<Vec<Part>>> = JoinSet::new();
    let partitions = input.output_partitioning().partition_count();
    for partition in 0..partitions {
        let mut stream = input.execute(partition, Arc::clone(context))?;
        let memory = Arc::clone(memory);
        tasks.spawn(async move {
            let mut parts = Vec::new();
            while let Some(batch) = stream.try_next().await? {
                if batch.num_rows() == 0 {
                    continue;
                }
                let keys = hash(&batch, kept)?;
                let batch = batch.project(&(0..kept).collect::<Vec<_>>())?;
                memory.hold("the records", bytes_of(&batch) + 4 * keys.len())?;
                parts.push(Part { batch, keys });
            }
            Ok(parts)
        });
    }
    let mut parts = Vec::new();
    while let Some(done) = tasks.join_next().await {
        parts.extend(done.map_err(|e| Error::internal(format!("reading the records ended early: {e}")))??);
    }
    let records: usize = parts.iter().map(|p| p.batch.num_rows()).sum();
    memory.hold("the keys of the records", 4 * records * keys)?;
    let before: usize = parts.iter().map(|p| 4 * p.keys.len()).sum();
    let bytes = parts.iter().map(|p| bytes_of(&p.batch)).sum();
    let loaded = off_thread(move || {
        let (keys, batches) = arrange(parts, records, keys)?;
        Ok(Loaded { columns: in_order(batches, kept - 1, records, Threads::new(partitions))?, keys, bytes })
    });
    let loaded = loaded.await?;
    memory.release(before);
    Ok(loaded)
}

/// The bytes of the values of a batch. Batches of one file share the buffers of their texts, so those are not counted
/// as a whole.
fn bytes_of(batch: &RecordBatch) -> usize {
    let bytes = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) => 16 * texts.len() + texts.total_buffer_bytes_used(),
        None => column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size()),
    };
    batch.columns().iter().map(bytes).sum()
}

/// The keys in order of record number, and the batches.
fn arrange(parts: Vec<Part>, records: usize, width: usize) -> Result<(Keys, Vec<RecordBatch>)> {
    let mut keys = Keys::new(records, width)?;
    let mut batches = Vec::with_capacity(parts.len());
    for part in parts {
        let orders = part.batch.column(0).as_primitive::<Int64Type>();
        for (row, order) in orders.values().iter().enumerate() {
            let record = usize::try_from(*order).unwrap_or(usize::MAX);
            if record >= records {
                return Err(Error::internal(format!("record {order} of {records} was read")));
            }
            keys.set_row(record, &part.keys[row * width..(row + 1) * width]);
        }
        batches.push(part.batch);
    }
    Ok((keys, batches))
}

/// Hashes do not depend on the run: the same records give the same blocks.
fn hash(batch: &RecordBatch, first: usize) -> Result<Vec<u32>> {
    let width = batch.num_columns() - first;
    let state = RandomState::with_seed(0);
    let mut hashes = vec![0_u64; batch.num_rows()];
    let mut keys = vec![0_u32; batch.num_rows() * width];
    for key in 0..width {
        let column = batch.column(first + key);
        hashes.fill(0);
        create_hashes([column], &state, &mut hashes)?;
        let has_key = has_key(column);
        for ((row, hash), has_key) in keys.chunks_exact_mut(width).zip(&hashes).zip(&has_key) {
            if *has_key {
                row[key] = Keys::value(*hash);
            }
        }
    }
    Ok(keys)
}

/// For each row whether it has a key: a value that is not NULL and no empty text.
fn has_key(column: &ArrayRef) -> Vec<bool> {
    let mut has_key: Vec<bool> = if let Some(text) = column.as_string_view_opt() {
        text.lengths().map(|length| length > 0).collect()
    } else if let Some(text) = column.as_string_opt::<i32>() {
        text.offsets().windows(2).map(|ends| ends[0] < ends[1]).collect()
    } else if let Some(text) = column.as_string_opt::<i64>() {
        text.offsets().windows(2).map(|ends| ends[0] < ends[1]).collect()
    } else {
        vec![true; column.len()]
    };
    if let Some(nulls) = column.logical_nulls() {
        for (has_key, is_valid) in has_key.iter_mut().zip(nulls.iter()) {
            *has_key &= is_valid;
        }
    }
    has_key
}

/// The columns after the first, in the order of the first. Batches are mostly in order already.
fn in_order(
    mut batches: Vec<RecordBatch>,
    columns: usize,
    records: usize,
    threads: Threads,
) -> Result<Vec<ArrayRef>> {
    let first = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().value(0);
    batches.sort_by_key(first);
    let orders: Vec<i64> = batches
        .iter()
        .flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().iter().copied())
        .collect();
    let sorted = orders.windows(2).all(|pair| pair[0] < pair[1]);
    let places = (!sorted).then(|| {
        let mut places = vec![0_u64; records];
        for (place, order) in orders.iter().enumerate() {
            places[usize::try_from(*order).unwrap_or(0)] = place as u64;
        }
        UInt64Array::from(places)
    });
    let whole = |column: &usize| {
        let parts: Vec<&dyn Array> = batches.iter().map(|b| b.column(*column).as_ref()).collect();
        if parts.is_empty() {
            return Ok(Arc::new(arrow::array::NullArray::new(0)) as ArrayRef);
        }
        let all = concat(&parts)?;
        Ok(match &places {
            Some(places) => take(&all, places, None)?,
            None => all,
        })
    };
    threads.map(&(1..=columns).collect::<Vec<_>>(), whole).into_iter().collect()
}
