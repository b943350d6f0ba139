//! Evidence: which pairs of records look like one person.
//!
//! 1. plan: comparisons and blocking expressions, as written or chosen for the columns ([`plan`], [`auto`])
//! 2. load: their values for all records ([`load`]); values that too many records share are no evidence ([`hubs`])
//! 3. block: rules, chosen by selectivity where none is written, and their blocks ([`block`])
//! 4. train: the model learns from the candidate pairs ([`train`])
//! 5. score: all candidate pairs are weighed ([`crate::identity::operator`], which runs 2 to 5)

pub mod auto;
pub mod block;
pub mod determined;
pub mod homes;
pub mod hubs;
pub mod load;
pub mod nicknames;
pub mod plan;
pub mod score;
pub mod train;

use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::TryStreamExt;
use tokio::task::JoinSet;

use self::block::{Evidence, Nicknames};
use self::hubs::Hub;
use self::plan::Plan;
use self::score::{Part, Scored};
use super::blocking::keys::Keys;
use super::blocking::rule::Blocks;
use super::fields::Fields;
use super::model::{Model, bits};
use super::operator::memory::Memory;
use super::operator::output::{Output, scored};
use super::operator::ready::Ready;
use super::operator::what::What;
use super::operator::{PairsExec, off_thread};
use super::profile::Profile;
use super::records::RecordIndex;
use super::rules::EVIDENCE;
use super::state::{Known, drift};
use crate::refresh::Job;
use crate::session::Session;
use crate::{Error, Result};

/// Pairs below this weight, both for one person and for one household, are counted and not kept, in bits.
pub const KEEP: f32 = -7.0;

/// What the evidence says.
#[derive(Debug)]
pub struct Matching {
    /// What was compared.
    pub plan: Plan,
    /// The compared fields of the records.
    pub fields: Fields,
    /// The records that they are of, if not all.
    pub part: Option<Part>,
    /// The trained model.
    pub model: Model,
    /// The pairs that were kept, in the order of their records.
    pub pairs: Vec<Scored>,
    /// Other pairs of one home, in the order of their records; `None` if homes tell nothing of households.
    pub homes: Option<Vec<Scored>>,
    /// The blocking keys of all records.
    pub keys: Keys,
    /// The blocks of each rule, refinements last.
    pub blocks: Vec<Blocks>,
    /// For each of them how many pairs it gave first; empty if that was not counted.
    pub given: Vec<u64>,
    /// Values that are no evidence, because too many records share them.
    pub hubs: Vec<Hub>,
    /// Given names that were found to be forms of one name.
    pub nicknames: Nicknames,
    /// For each record whether it has to be linked again; `None` if all have.
    pub touched: Option<Vec<bool>>,
}

impl Matching {
    /// How often each level of each field occurs in the pairs of one person.
    pub fn levels(&self) -> Vec<Vec<u64>> {
        let levels: Vec<usize> = self.fields.fields.iter().map(|f| f.term_frequency.len()).collect();
        drift::levels(&self.pairs, &levels, bits(self.plan.accept) as f32)
    }
}

/// Finds the pairs of a profile that look like one person, by a known model or one that is trained on them; `None` if
/// nothing is compared.
pub async fn find(
    job: &Job,
    profile: &Profile,
    index: &Arc<RecordIndex>,
    known: Option<Arc<Known>>,
) -> Result<Option<Matching>> {
    let plan = match &known {
        Some(known) => Some(known.learned.plan(plan::accept(profile))?),
        None => {
            let chosen = auto::choose(&job.session, profile, Some(index.len())).await?;
            Plan::of(profile, &chosen)?
        }
    };
    let Some(plan) = plan else { return Ok(None) };
    let what =
        What { index: Some(Arc::clone(index)), known, log: Some(job.log.clone()), ..What::of(profile, plan) };
    let (context, pairs) = physical(&job.session, what).await?;
    let ready = pairs.ready(&context).await?;

    let step = job.log.start(&job.object, "pairs scored");
    let memory = Arc::new(Memory::new(&job.object, context.memory_pool()));
    let pairs = pairs.into_plan();
    let mut tasks: JoinSet<Result<Vec<Scored>>> = JoinSet::new();
    for partition in 0..pairs.output_partitioning().partition_count() {
        let mut stream = pairs.execute(partition, Arc::clone(&context))?;
        let memory = Arc::clone(&memory);
        tasks.spawn(async move {
            let mut kept = Vec::new();
            while let Some(batch) = stream.try_next().await? {
                memory.hold("the pairs that are kept", batch.num_rows() * size_of::<Scored>())?;
                kept.extend(scored(&batch));
            }
            kept.sort_unstable_by_key(Scored::records);
            Ok(kept)
        });
    }
    drop(pairs);
    let mut parts = Vec::new();
    while let Some(done) = tasks.join_next().await {
        parts.push(done.map_err(|e| Error::internal(format!("the scoring of pairs ended early: {e}")))??);
    }
    let kept = score::merged(parts, Scored::records);
    let given = ready.given();
    step.done(given.iter().sum(), None, Some(format!("{} kept", kept.len())));

    let ready =
        Arc::into_inner(ready).ok_or_else(|| Error::internal("the records are still being paired"))?;
    let Ready { evidence: Evidence { plan, fields, keys, .. }, blocks, model, hubs, nicknames, .. } = ready;
    let (plan, fields, model, keys, kept, homes) = off_thread(move || {
        let homes = at_home(&plan, &fields, &model, &keys, &kept);
        Ok((plan, fields, model, keys, kept, homes))
    })
    .await?;
    Ok(Some(Matching {
        plan,
        fields,
        part: None,
        model,
        pairs: kept,
        homes,
        keys,
        blocks,
        given,
        hubs,
        nicknames,
        touched: None,
    }))
}

/// The pairs of one home that are not among those that were kept.
fn at_home(plan: &Plan, fields: &Fields, model: &Model, keys: &Keys, kept: &[Scored]) -> Option<Vec<Scored>> {
    if !homes::are_informative(plan, |field| &model.fields[field].h) {
        return None;
    }
    let is_kept = |pair: &(u32, u32)| kept.binary_search_by_key(pair, Scored::records).is_ok();
    let pairs = homes::pairs(plan, keys, fields.threads()).into_iter().filter(|pair| !is_kept(pair));
    let (left, right): (Vec<u32>, Vec<u32>) = pairs.unzip();
    Some(score::weigh_pairs(fields, model, &left, &right))
}

/// The operator that finds candidate pairs in `scratch.evidence` and weighs them.
///
/// # Errors
/// If what is compared or blocked on cannot be planned.
pub async fn physical(session: &Session, what: What) -> Result<(Arc<TaskContext>, PairsExec)> {
    let text = load::query(&what.plan, &format!("scratch.{EVIDENCE}"), what.index.is_none());
    let frame = session.frame(&text).await?;
    let context = Arc::new(frame.task_ctx());
    let input = frame.create_physical_plan().await?;
    let partitions = context.session_config().target_partitions();
    let pairs = PairsExec::new(Arc::new(what), input, Output::Numbers, KEEP, partitions)?;
    Ok((context, pairs))
}
