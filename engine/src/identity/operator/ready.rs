//! What all partitions of the operator share: the records, their blocks, and the model. It is made once, by the
//! partition that is asked first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;

use super::memory::Memory;
use super::meters::StageTimes;
use super::off_thread;
use super::what::What;
use crate::Result;
use crate::identity::blocking::candidates::{Candidates, Work};
use crate::identity::blocking::rule::Blocks;
use crate::identity::fields::Fields;
use crate::identity::matching::block::{Evidence, LARGEST_BLOCK, Nicknames, WHOLE_MODEL};
use crate::identity::matching::hubs::Hub;
use crate::identity::matching::{determined, hubs, load};
use crate::identity::model::Model;
use crate::identity::records::RecordIndex;
use crate::parallel::Threads;

/// The records, ready to be paired and weighed.
#[derive(Debug)]
pub struct Ready {
    pub(crate) evidence: Evidence,
    /// The blocks of each rule, refinements last.
    pub(crate) blocks: Vec<Blocks>,
    pub(crate) model: Model,
    /// Values that are no evidence, because too many records share them.
    pub(crate) hubs: Vec<Hub>,
    /// Given names that were found to be forms of one name.
    pub(crate) nicknames: Nicknames,
    pub(super) work: Work,
    given: Vec<AtomicU64>,
    memory: Arc<Memory>,
}

impl Ready {
    /// Reads the records and makes everything ready.
    ///
    /// # Errors
    /// If the input fails, nothing can be blocked on, or the memory is too small.
    pub(super) async fn make(
        what: &Arc<What>,
        input: &Arc<dyn ExecutionPlan>,
        context: &Arc<TaskContext>,
        threads: Threads,
        times: &StageTimes,
    ) -> Result<Self> {
        let memory = Arc::new(Memory::new(&what.object, context.memory_pool()));
        let (evidence, hubs) = read(what, input, context, threads, times, &memory).await?;
        let (evidence, blocks, forms) = block(what, evidence, times, &memory).await?;
        let (evidence, blocks, model) = train(what, evidence, blocks, &forms, times).await?;
        let work = Work::new(&blocks);
        let given = blocks.iter().map(|_| AtomicU64::new(0)).collect();
        Ok(Self { evidence, blocks, model, hubs, nicknames: forms, work, given, memory })
    }

    /// All candidate pairs.
    pub(super) fn candidates(&self) -> Candidates<'_> {
        let Evidence { keys, index, lone, .. } = &self.evidence;
        Candidates::new(keys, &self.blocks, &index.source_of, lone, 1.0)
    }

    /// Counts pairs by the rule that gave them first.
    pub(super) fn count(&self, rules: &[u16]) {
        for run in rules.chunk_by(|a, b| a == b) {
            self.given[usize::from(run[0])].fetch_add(run.len() as u64, Ordering::Relaxed);
        }
    }

    /// For each rule how many pairs it gave first, until now.
    pub(crate) fn given(&self) -> Vec<u64> {
        self.given.iter().map(|n| n.load(Ordering::Relaxed)).collect()
    }

    /// The bytes that the records, keys, fields and blocks hold.
    pub(super) fn held(&self) -> usize {
        self.memory.held()
    }

    /// The compared fields of all records.
    pub(super) fn fields(&self) -> &Fields {
        &self.evidence.fields
    }
}

async fn read(
    what: &Arc<What>,
    input: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    threads: Threads,
    times: &StageTimes,
    memory: &Arc<Memory>,
) -> Result<(Evidence, Vec<Hub>)> {
    let step = what.step("evidence");
    let timer = times.load.timer();
    let loaded = load::read(input, context, what.plan.keys.len(), memory).await?;
    let columns = loaded.columns.len();
    let (mut flat, keys, bytes) = (loaded.columns.into_iter(), loaded.keys, loaded.bytes);
    let index = match &what.index {
        Some(index) => Arc::clone(index),
        None => {
            let (source, key) = (flat.next(), flat.next());
            Arc::new(match source.zip(key) {
                Some((source, key)) => RecordIndex::of(&what.sources, &source, &key)?,
                None => RecordIndex::default(),
            })
        }
    };
    // A compared column becomes a number per record, a table of its values and one of their frequencies; the values
    // take no more than the column.
    let fields = 8 * columns * index.len() + bytes;
    memory.hold("the compared fields", fields)?;
    let what_ = Arc::clone(what);
    let (evidence, hubs) = off_thread(move || {
        let plan = what_.plan.clone();
        let columns = plan.by_comparison(flat);
        let mut fields = Fields::prepare(&plan.comparisons, &columns, threads)?;
        drop(columns);
        let mut keys = keys;
        let hubs = match &what_.known {
            Some(known) => {
                hubs::remove_known(&plan, &mut fields, Some(&mut keys), &known.learned.hubs);
                known.apply(&plan, &mut fields);
                known.learned.hubs.clone()
            }
            None => {
                let hubs = hubs::remove(&plan, &mut fields, &mut keys);
                if plan.chosen {
                    determined::leave_out(&plan, &mut fields);
                }
                hubs
            }
        };
        Ok((Evidence { plan, fields, keys, index, lone: what_.lone.clone() }, hubs))
    })
    .await?;
    // Else the index has their sources and keys.
    if what.index.is_some() {
        memory.release(bytes);
    }
    drop(timer);
    let names: Vec<String> =
        hubs.iter().map(|h| format!("{} {:?} ({} records)", h.field, h.value, h.records)).collect();
    let detail =
        (!names.is_empty()).then(|| format!("shared by too many to be evidence: {}", names.join(", ")));
    if let Some(step) = step {
        step.done(evidence.index.len() as u64, None, detail);
    }
    Ok((evidence, hubs))
}

async fn block(
    what: &Arc<What>,
    mut evidence: Evidence,
    times: &StageTimes,
    memory: &Memory,
) -> Result<(Evidence, Vec<Blocks>, Nicknames)> {
    let step = what.step("blocking");
    let timer = times.block.timer();
    // While a rule's blocks are made, each record has its key and number; then only its number, in each rule.
    let sorting = 16 * evidence.index.len() * evidence.fields.threads().count();
    memory.hold("sorting the blocks", sorting)?;
    let known = what.known.is_some();
    let (evidence, blocks, forms) = off_thread(move || {
        let (blocks, forms) = match known {
            true => (evidence.block_as_learned()?, Vec::new()),
            false => evidence.block()?,
        };
        Ok((evidence, blocks, forms))
    })
    .await?;
    memory.release(sorting);
    memory.hold("the blocks", blocks.iter().map(Blocks::bytes).sum())?;
    drop(timer);
    let own: Vec<&Blocks> = blocks.iter().filter(|b| b.refines.is_none()).collect();
    let left_out: u64 = own.iter().map(|b| b.oversized_pairs).sum();
    let mut detail = format!("{} rules", own.len());
    if left_out > 0 {
        detail.push_str(&format!(", {left_out} pairs in blocks of over {LARGEST_BLOCK} records"));
    }
    let plan = &evidence.plan;
    if !known && (plan.chosen || plan.blocks.is_empty() || plan.imported.is_some()) {
        let texts: Vec<String> = own.iter().map(|b| b.rule.text.clone()).collect();
        detail.push_str(&format!("; chosen:\n    {}", plan.statement(&texts, &evidence.fields)));
    }
    if let Some(step) = step {
        step.done(blocks.iter().map(|b| b.pairs).sum(), None, Some(detail));
    }
    Ok((evidence, blocks, forms))
}

async fn train(
    what: &Arc<What>,
    evidence: Evidence,
    blocks: Vec<Blocks>,
    forms: &[(String, String)],
    times: &StageTimes,
) -> Result<(Evidence, Vec<Blocks>, Model)> {
    if let Some(known) = &what.known {
        let model = known.learned.model(&evidence.fields);
        return Ok((evidence, blocks, model));
    }
    let step = what.step("model");
    let timer = times.train.timer();
    let (evidence, blocks, (model, pairs)) = off_thread(move || {
        let (model, pairs) = evidence.train(&blocks, WHOLE_MODEL);
        evidence.fields.failure(&evidence.plan.comparisons)?;
        Ok((evidence, blocks, (model, pairs.len())))
    })
    .await?;
    drop(timer);
    let nicknames = match forms {
        [] => String::new(),
        forms => format!(
            "; {} pairs of nicknames learned, as {}",
            forms.len(),
            forms.iter().take(5).map(|(a, b)| format!("{a} {b}")).collect::<Vec<_>>().join(", ")
        ),
    };
    let all = evidence.all_pairs();
    let by = match &evidence.plan.imported {
        Some(_) => "as imported".to_owned(),
        None => format!("{} iterations on {pairs} pairs", model.iterations),
    };
    let detail = format!(
        "{by}; {:.0} pairs of one person and {:.0} of one household expected{nicknames}",
        model.lambda[0] * all,
        model.lambda[1] * all
    );
    if let Some(step) = step {
        step.done(pairs as u64, None, Some(detail));
    }
    Ok((evidence, blocks, model))
}
