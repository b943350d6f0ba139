//! The blocks of the rules, and the columns that their predicates read.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::{Field, Schema};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;

use super::plan::{Alternative, Certain, Predicate};
use crate::identity::blocking::candidates::{PairBatch, Work};
use crate::identity::blocking::exact::{BACKWARD, ExactBlocks, ExactPairs, FORWARD, LARGEST_CERTAIN};
use crate::identity::matching::load;
use crate::identity::operator::memory::Memory;
use crate::identity::operator::meters::StageTimes;
use crate::identity::operator::off_thread;
use crate::parallel::Threads;
use crate::{Error, Result};

/// The records, ready to be paired by rules.
#[derive(Debug)]
pub struct CertainReady {
    what: Arc<Certain>,
    /// What the predicates read, by record number.
    columns: Vec<ArrayRef>,
    /// For each alternative.
    pub(crate) blocks: Vec<ExactBlocks>,
    pub(crate) work: Work,
    pub(crate) memory: Arc<Memory>,
}

impl CertainReady {
    /// Reads the records and blocks them.
    ///
    /// # Errors
    /// If the input fails or the memory is too small.
    pub(crate) async fn make(
        what: &Arc<Certain>,
        input: &Arc<dyn ExecutionPlan>,
        context: &Arc<TaskContext>,
        threads: Threads,
        times: &StageTimes,
    ) -> Result<Self> {
        let memory = Arc::new(Memory::new(&what.object, context.memory_pool()));
        let timer = times.load.timer();
        let loaded = load::read(input, context, 0, &memory).await?;
        drop(timer);
        let timer = times.block.timer();
        let (mut columns, what) = (loaded.columns, Arc::clone(what));
        let keys = columns.split_off(what.read);
        let records = keys.first().map_or(0, |key| key.len());
        if what.records.is_some_and(|known| known != records) {
            return Err(Error::internal(format!("{records} records were read back")));
        }
        let key_bytes = loaded.bytes / (what.read + keys.len()).max(1) * keys.len();
        // Its value and its place in each alternative, and the beginning of each value.
        memory.hold("the blocks of rules", 12 * records * what.alternatives.len())?;
        let (what, blocks) = off_thread(move || {
            let blocks = threads.map(&what.alternatives, |alternative| block(alternative, &keys));
            Ok((what, blocks.into_iter().collect::<Result<Vec<_>>>()?))
        })
        .await?;
        memory.release(key_bytes);
        drop(timer);
        let work = Work::of(blocks.iter().map(ExactBlocks::sizes));
        Ok(Self { what, columns, blocks, work, memory })
    }

    /// The rules.
    pub(crate) fn what(&self) -> &Arc<Certain> {
        &self.what
    }

    pub(crate) fn pairs(&self) -> ExactPairs<'_> {
        ExactPairs(&self.blocks)
    }

    /// The pairs of a batch that satisfy their rules and that no earlier rule gives.
    ///
    /// # Errors
    /// If a predicate fails, as on a text that is no number.
    pub(crate) fn test(&self, batch: &PairBatch) -> Result<(Vec<u32>, Vec<u32>, Vec<u16>)> {
        let (mut left, mut right, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0;
        for run in batch.rule.chunk_by(|a, b| a == b) {
            let (rule, end) = (usize::from(run[0]), start + run.len());
            let mut places: Vec<usize> = (start..end).collect();
            self.retain(rule, batch, &mut places, |place| batch.rules[place], true)?;
            for earlier in 0..rule {
                if self.what.alternatives[earlier].predicate.is_some() {
                    let directions =
                        |place: usize| self.blocks[earlier].agreement(batch.left[place], batch.right[place]);
                    self.retain(earlier, batch, &mut places, directions, false)?;
                }
            }
            left.extend(places.iter().map(|place| batch.left[*place]));
            right.extend(places.iter().map(|place| batch.right[*place]));
            rules.extend(places.iter().map(|place| batch.rule[*place]));
            start = end;
        }
        Ok((left, right, rules))
    }

    /// Keeps the places whose pairs satisfy the predicate of an alternative in one of their directions, or those whose
    /// pairs do not.
    fn retain(
        &self,
        alternative: usize,
        batch: &PairBatch,
        places: &mut Vec<usize>,
        directions: impl Fn(usize) -> u64,
        satisfied: bool,
    ) -> Result<()> {
        let Some(predicate) = &self.what.alternatives[alternative].predicate else { return Ok(()) };
        let mut holds = vec![false; places.len()];
        for direction in [FORWARD, BACKWARD] {
            // What is symmetric has been tested forward.
            let asked = |i: &usize| {
                let of = directions(places[*i]);
                of & direction > 0
                    && !holds[*i]
                    && !(predicate.symmetric && direction == BACKWARD && of & FORWARD > 0)
            };
            let which: Vec<usize> = (0..places.len()).filter(asked).collect();
            if which.is_empty() {
                continue;
            }
            let of = |side: &[u32]| which.iter().map(|i| side[places[*i]]).collect::<UInt32Array>();
            let (smaller, greater) = (of(&batch.left), of(&batch.right));
            let found = match direction {
                FORWARD => self.evaluate(predicate, &smaller, &greater)?,
                _ => self.evaluate(predicate, &greater, &smaller)?,
            };
            for (i, place) in which.iter().enumerate() {
                holds[*place] = found.is_valid(i) && found.value(i);
            }
        }
        let mut holds = holds.into_iter();
        places.retain(|_| holds.next() == Some(satisfied));
        Ok(())
    }

    fn evaluate(&self, predicate: &Predicate, l: &UInt32Array, r: &UInt32Array) -> Result<BooleanArray> {
        let mut columns = Vec::with_capacity(2 * predicate.columns.len());
        for side in [l, r] {
            for column in &predicate.columns {
                columns.push(take(&self.columns[*column], side, None)?);
            }
        }
        let batch = RecordBatch::try_new(Arc::clone(&predicate.schema), columns)?;
        let value = predicate.expr.evaluate(&batch)?.into_array(batch.num_rows())?;
        value
            .as_boolean_opt()
            .cloned()
            .ok_or_else(|| Error::internal(format!("a rule's predicate is {}", value.data_type())))
    }
}

fn block(alternative: &Alternative, keys: &[ArrayRef]) -> Result<ExactBlocks> {
    let columns = |places: &[usize]| places.iter().map(|n| Arc::clone(&keys[*n])).collect::<Vec<_>>();
    let left = columns(&alternative.left);
    let fields: Vec<Field> = left
        .iter()
        .enumerate()
        .map(|(n, column)| Field::new(format!("key_{n}"), column.data_type().clone(), true))
        .collect();
    let mut values = new_group_values(Arc::new(Schema::new(fields)), &GroupOrdering::None)?;
    let mut number = |columns: &[ArrayRef]| -> Result<Vec<u32>> {
        let mut groups = Vec::new();
        values.intern(columns, &mut groups)?;
        let nulls = columns
            .iter()
            .fold(None, |nulls, c| NullBuffer::union(nulls.as_ref(), c.logical_nulls().as_ref()));
        let value = |(record, group): (usize, usize)| match &nulls {
            Some(nulls) if nulls.is_null(record) => Ok(0),
            _ => u32::try_from(group + 1).map_err(|_| Error::invalid("has too many values")),
        };
        groups.into_iter().enumerate().map(value).collect()
    };
    let left = number(&left)?;
    let right = alternative.right.as_ref().map(|right| number(&columns(right))).transpose()?;
    let distinct = values.len();
    // What is left to be tested has to be tested on all pairs.
    let chain_above = alternative.predicate.is_none().then_some(LARGEST_CERTAIN);
    Ok(ExactBlocks::new(left, right, distinct, chain_above))
}
