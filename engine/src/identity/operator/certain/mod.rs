//! Certain pairs: what the RULEs of a profile say.
//!
//! A rule is a blocking key plus a predicate. Each of its alternatives makes blocks of the records that agree on its
//! equalities, exactly; what is left of it is tested on the pairs of the blocks, batch by batch, as DataFusion
//! evaluates it.

pub mod plan;
pub mod ready;

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, UInt16Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt16Type, UInt32Type};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::TryStreamExt;
use tokio::task::JoinSet;

use self::plan::Certain;
use super::PairsExec;
use super::memory::Memory;
use crate::identity::clustering::Edge;
use crate::identity::profile::Profile;
use crate::identity::records::RecordIndex;
use crate::identity::rules::CompiledRule;
use crate::refresh::{Job, Step};
use crate::session::Session;
use crate::{Error, Result};

/// The blocks of one alternative of a rule, for `system.blocking`.
#[derive(Debug, Clone)]
pub struct RuleBlocks {
    /// The rule as SQL.
    pub text: String,
    /// What its records agree on, as SQL over `l`.
    pub keys: Vec<String>,
    /// The number of blocks.
    pub blocks: u64,
    /// The pairs of the blocks.
    pub pairs: u64,
    /// The pairs that it gave and no alternative before it.
    pub given: u64,
    /// The pairs that were left out of large blocks, whose records are linked one to the next.
    pub left_out: u64,
    /// The largest blocks: size and one of their records.
    pub largest: Vec<(u32, u32)>,
}

/// Adds the pairs that the rules of a profile join.
///
/// # Errors
/// If a rule cannot be planned, reading fails, or the memory is too small.
pub async fn find(
    job: &Job,
    profile: &Profile,
    rules: &[CompiledRule],
    index: &Arc<RecordIndex>,
    edges: &mut Vec<Edge>,
) -> Result<Vec<RuleBlocks>> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let steps: Vec<Step> =
        rules.iter().map(|rule| job.log.start(&job.object, format!("rule {}", rule.name))).collect();
    let (context, pairs) = physical(&job.session, profile, rules, Some(index.len())).await?;
    let ready = pairs.certain(&context).await?;
    let certain = ready.what();

    let memory = Arc::new(Memory::new(&job.object, context.memory_pool()));
    let pairs = pairs.into_plan();
    let mut tasks: JoinSet<Result<Vec<(u32, u32, u16)>>> = JoinSet::new();
    for partition in 0..pairs.output_partitioning().partition_count() {
        let mut stream = pairs.execute(partition, Arc::clone(&context))?;
        let memory = Arc::clone(&memory);
        tasks.spawn(async move {
            let mut out = Vec::new();
            while let Some(batch) = stream.try_next().await? {
                memory.hold("the pairs of rules", batch.num_rows() * size_of::<Edge>())?;
                let (left, right) = (record_numbers(&batch, 0), record_numbers(&batch, 1));
                let alternatives = batch.column(2).as_primitive::<UInt16Type>();
                out.extend((0..batch.num_rows()).map(|i| (left[i], right[i], alternatives.value(i))));
            }
            Ok(out)
        });
    }
    drop(pairs);
    let mut found = vec![0_u64; certain.alternatives.len()];
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|e| Error::internal(format!("the search by rules ended early: {e}")))??;
        for (left, right, alternative) in done {
            let alternative = usize::from(alternative);
            found[alternative] += 1;
            edges.push(Edge { left, right, rule: certain.alternatives[alternative].rule });
        }
    }
    for (rule, step) in rules.iter().zip(steps) {
        let own = certain.alternatives.iter().zip(&found).filter(|(a, _)| a.rule == rule.number);
        let blocks = certain.alternatives.iter().zip(&ready.blocks).filter(|(a, _)| a.rule == rule.number);
        let left_out: u64 = blocks.map(|(_, blocks)| blocks.left_out).sum();
        let detail = (left_out > 0).then(|| {
            format!("{left_out} pairs left out of large blocks, whose records are linked one to the next")
        });
        step.done(own.map(|(_, n)| n).sum(), None, detail);
    }
    let blocks = certain.alternatives.iter().zip(&ready.blocks).zip(&found);
    Ok(blocks
        .map(|((alternative, blocks), given)| RuleBlocks {
            text: alternative.text(),
            keys: alternative.key_texts.clone(),
            blocks: blocks.count() as u64,
            pairs: blocks.pairs,
            given: *given,
            left_out: blocks.left_out,
            largest: blocks.largest.clone(),
        })
        .collect())
}

/// The operator that finds the pairs of rules in `scratch.evidence`. `records` is the number of the records, if it is
/// known.
///
/// # Errors
/// If a rule cannot be planned.
pub async fn physical(
    session: &Session,
    profile: &Profile,
    rules: &[CompiledRule],
    records: Option<usize>,
) -> Result<(Arc<TaskContext>, PairsExec)> {
    let (certain, frame) = plan::plan(session, &profile.object(), rules).await?;
    let context = Arc::new(frame.task_ctx());
    let input = frame.create_physical_plan().await?;
    let certain = Arc::new(Certain { records, ..certain });
    let partitions = context.session_config().target_partitions();
    let pairs = PairsExec::of_rules(certain, input, partitions)?;
    Ok((context, pairs))
}

fn record_numbers(batch: &RecordBatch, column: usize) -> &[u32] {
    batch.column(column).as_primitive::<UInt32Type>().values()
}

/// The columns of the pairs of rules: the numbers of the two records and of the alternative.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("left_record", DataType::UInt32, false),
        Field::new("right_record", DataType::UInt32, false),
        Field::new("rule", DataType::UInt16, false),
    ]))
}

pub(super) fn batch(
    schema: &SchemaRef,
    left: Vec<u32>,
    right: Vec<u32>,
    rule: Vec<u16>,
) -> Result<RecordBatch> {
    let columns: Vec<Arc<dyn Array>> = vec![
        Arc::new(UInt32Array::from(left)),
        Arc::new(UInt32Array::from(right)),
        Arc::new(UInt16Array::from(rule)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
