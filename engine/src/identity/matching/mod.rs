//! Evidence: which pairs of records look like one person.
//!
//! 1. plan: comparisons and blocking expressions, as written or chosen for the columns ([`plan`], [`auto`])
//! 2. load: their values for all records ([`load`]); values that too many records share are no evidence ([`hubs`])
//! 3. block: rules, chosen by selectivity where none is written, and their blocks
//! 4. train: the model learns from the candidate pairs ([`train`])
//! 5. score: all candidate pairs are weighed ([`score`])

pub mod auto;
pub mod determined;
pub mod hubs;
pub mod load;
pub mod nicknames;
pub mod plan;
pub mod score;
pub mod train;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::hubs::Hub;
use self::plan::{Form, Plan};
use self::score::{Compared, Scored};
use super::blocking::candidates::Candidates;
use super::blocking::choose::{KeyForm, WHOLE, choose, worthwhile};
use super::blocking::keys::Keys;
use super::blocking::rule::{BlockingRule, Blocks, MAX_RULES, group};
use super::fields::Fields;
use super::model::{Model, probability};
use super::parallel::Threads;
use super::profile::Profile;
use super::records::RecordIndex;
use crate::refresh::Job;
use crate::{Error, Result};

/// How many pairs per record may agree by chance on a rule that is considered.
pub const BUDGET: f64 = 1.0;
/// Blocks with more records are refined or left out.
pub const LARGEST_BLOCK: usize = 300;
/// Rules are tried on about so many pairs.
const TRIAL_PAIRS: f64 = 500_000.0;
/// The model is trained on about so many pairs.
const TRAINING_PAIRS: f64 = 1_500_000.0;
/// Pairs below this weight, both for one person and for one household, are counted and not kept, in bits.
const KEEP: f32 = -7.0;

/// What the evidence says.
#[derive(Debug)]
pub struct Matching {
    /// What was compared.
    pub plan: Plan,
    /// The compared fields of all records.
    pub fields: Fields,
    /// The trained model.
    pub model: Model,
    /// The pairs that were kept, in the order of their records.
    pub pairs: Vec<Scored>,
    /// The blocks of each rule, refinements last.
    pub blocks: Vec<Blocks>,
    /// For each of them how many pairs it gave first.
    pub given: Vec<u64>,
    /// Values that are no evidence, because too many records share them.
    pub hubs: Vec<Hub>,
}

/// Finds the pairs of a profile that look like one person; `None` if nothing is compared.
pub async fn find(job: &Job, profile: &Profile, index: &Arc<RecordIndex>) -> Result<Option<Matching>> {
    let Some(plan) = Plan::of(profile)? else { return Ok(None) };
    let step = job.log.start(&job.object, "evidence");
    let loaded = load::load(&job.session, &plan, index.len()).await?;
    let lone = lone_sources(profile);
    let plan_ = plan.clone();
    let threads = Threads::new(job.engine.project().config.limits.partitions());
    let (fields, keys, hubs) = blocking(move || {
        let mut fields = Fields::prepare(&plan_.comparisons, &loaded.columns, threads)?;
        drop(loaded.columns);
        let mut keys = loaded.keys;
        let hubs = hubs::remove(&plan_, &mut fields, &mut keys);
        if plan_.chosen {
            determined::leave_out(&plan_, &mut fields);
        }
        Ok((fields, keys, hubs))
    })
    .await?;
    let names: Vec<String> =
        hubs.iter().map(|h| format!("{} {:?} ({} records)", h.field, h.value, h.records)).collect();
    let detail =
        (!names.is_empty()).then(|| format!("shared by too many to be evidence: {}", names.join(", ")));
    step.done(index.len() as u64, None, detail);

    let step = job.log.start(&job.object, "blocking");
    let work = Blocked { plan: plan.clone(), fields, keys, index: Arc::clone(index), lone: lone.clone() };
    let (work, blocks, forms) = blocking(move || {
        let mut work = work;
        let (rules, refine) = rules(&work.plan, &work.keys)?;
        let blocks = group(&work.keys, &rules, &refine, LARGEST_BLOCK, work.fields.threads());
        let (blocks, forms) = work.trial(blocks);
        Ok((work, blocks, forms))
    })
    .await?;
    let total: u64 = blocks.iter().map(|b| b.pairs).sum();
    let left_out: u64 = blocks.iter().filter(|b| b.refines.is_none()).map(|b| b.oversized_pairs).sum();
    let own: Vec<String> =
        blocks.iter().filter(|b| b.refines.is_none()).map(|b| b.rule.text.clone()).collect();
    let mut detail = format!("{} rules", own.len());
    if left_out > 0 {
        detail.push_str(&format!(", {left_out} pairs in blocks of over {LARGEST_BLOCK} records"));
    }
    if plan.chosen || plan.blocks.is_empty() {
        detail.push_str(&format!("; chosen:\n    {}", plan.statement(&own, &work.fields)));
    }
    step.done(total, None, Some(detail));

    let step = job.log.start(&job.object, "model");
    let nicknames = match forms.as_slice() {
        [] => String::new(),
        forms => format!(
            "; {} pairs of nicknames learned, as {}",
            forms.len(),
            forms[..forms.len().min(5)].join(", ")
        ),
    };
    let (work, blocks, (model, trained)) = blocking(move || {
        let trained = work.train(&blocks, TRAINING_PAIRS);
        Ok((work, blocks, trained))
    })
    .await?;
    let Blocked { fields, keys, .. } = work;
    let all = all_pairs(&index.counts(), &lone);
    let detail = format!(
        "{} iterations on {} pairs; {:.0} pairs of one person and {:.0} of one household expected{nicknames}",
        model.iterations,
        trained.len(),
        model.lambda[0] * all,
        model.lambda[1] * all
    );
    step.done(trained.len() as u64, None, Some(detail));

    let step = job.log.start(&job.object, "pairs scored");
    let index_ = Arc::clone(index);
    let (fields, blocks, model, weighed) = blocking(move || {
        let candidates = Candidates::new(&keys, &blocks, &index_.source_of, &lone, 1.0);
        let weighed = score::weigh(&candidates, &fields, &model, blocks.len(), KEEP);
        Ok((fields, blocks, model, weighed))
    })
    .await?;
    let scored: u64 = weighed.by_rule.iter().sum();
    step.done(scored, None, Some(format!("{} kept", weighed.kept.len())));
    Ok(Some(Matching { plan, fields, model, pairs: weighed.kept, blocks, given: weighed.by_rule, hubs }))
}

/// What the records say, ready to be blocked and compared.
struct Blocked {
    plan: Plan,
    fields: Fields,
    keys: Keys,
    index: Arc<RecordIndex>,
    lone: Vec<bool>,
}

impl Blocked {
    /// Trains the model on about so many pairs of the blocks.
    fn train(&self, blocks: &[Blocks], wanted: f64) -> (Model, Vec<Compared>) {
        let total: u64 = blocks.iter().map(|b| b.pairs).sum();
        let share = (wanted / total.max(1) as f64).min(1.0);
        let candidates = Candidates::new(&self.keys, blocks, &self.index.source_of, &self.lone, share);
        let pairs = score::collect(&candidates, &self.fields);
        let columns =
            |b: &Blocks| b.rule.keys.iter().flat_map(|k| self.plan.keys[*k].reads.iter().cloned()).collect();
        let rule_columns: Vec<BTreeSet<String>> =
            blocks.iter().filter(|b| b.refines.is_none()).map(columns).collect();
        let training = train::Training {
            fields: &self.fields,
            comparisons: &self.plan.comparisons,
            rule_columns: &rule_columns,
            pairs: &pairs,
            weight: 1.0 / share,
            records: self.index.len(),
            all_pairs: all_pairs(&self.index.counts(), &self.lone),
        };
        (training.run(), pairs)
    }

    /// Trains a model on a part of the pairs of all rules, learns nicknames by it, and gives the rules that find enough
    /// pairs of one person for the pairs that they cost; all, if they were written.
    fn trial(&mut self, blocks: Vec<Blocks>) -> (Vec<Blocks>, Vec<String>) {
        let written = !self.plan.blocks.is_empty();
        let Some([given, ..]) = self.fields.person_names() else {
            return match written {
                true => (blocks, Vec::new()),
                false => {
                    let (model, pairs) = self.train(&blocks, TRIAL_PAIRS);
                    (self.worthwhile(blocks, &model, &pairs), Vec::new())
                }
            };
        };
        let (model, pairs) = self.train(&blocks, TRIAL_PAIRS);
        let blocks = if written { blocks } else { self.worthwhile(blocks, &model, &pairs) };
        let forms = nicknames::learn(&self.fields, &model, &pairs);
        self.fields.take_for_forms(&forms);
        let text =
            |(a, b): &(u32, u32)| format!("{} {}", self.fields.text(given, *a), self.fields.text(given, *b));
        let texts = forms.iter().map(text).collect();
        (blocks, texts)
    }

    /// The rules that find enough pairs of one person for the pairs that they cost.
    fn worthwhile(&self, blocks: Vec<Blocks>, model: &Model, pairs: &[Compared]) -> Vec<Blocks> {
        let likely = pairs.iter().map(|pair| {
            let frequency = |field| self.fields.frequency(field, pair.pattern, pair.left, pair.right);
            let (weight, _) = model.weights(model.evidence(pair.pattern, frequency));
            (pair.rules, probability(weight))
        });
        let total: u64 = blocks.iter().map(|b| b.pairs).sum();
        let share = (TRIAL_PAIRS / total.max(1) as f64).min(1.0);
        let kept = worthwhile(blocks.len(), likely, 1.0 / share / self.index.len().max(1) as f64);
        blocks.into_iter().enumerate().filter(|(rule, _)| kept >> rule & 1 == 1).map(|(_, b)| b).collect()
    }
}

/// Work for all cores, off the threads that serve others.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal(format!("a step of matching ended early: {e}")))?
}

/// The sources of which a person has at most one record: two of them are no pair.
fn lone_sources(profile: &Profile) -> Vec<bool> {
    let limits = super::resolve::limits(profile);
    if !limits.iter().any(|limit| limit.count == 1) {
        return Vec::new();
    }
    (0..profile.sources.len())
        .map(|source| limits.iter().any(|limit| usize::from(limit.source) == source && limit.count == 1))
        .collect()
}

/// How many pairs of records could be one person.
fn all_pairs(counts: &[usize], lone: &[bool]) -> f64 {
    let pairs = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
    let none: f64 = counts.iter().zip(lone).filter(|(_, lone)| **lone).map(|(n, _)| pairs(*n)).sum();
    pairs(counts.iter().sum()) - none
}

type Refinements = Vec<(usize, String)>;

/// The rules, and by what oversized blocks are refined.
fn rules(plan: &Plan, keys: &Keys) -> Result<(Vec<BlockingRule>, Refinements)> {
    let text =
        |keys: &[usize]| keys.iter().map(|k| plan.keys[*k].sql.as_str()).collect::<Vec<_>>().join(", ");
    if !plan.blocks.is_empty() {
        let rules: Vec<BlockingRule> =
            plan.blocks.iter().map(|keys| BlockingRule { keys: keys.clone(), text: text(keys) }).collect();
        if rules.len() > MAX_RULES {
            return Err(Error::invalid(format!("{} BLOCK items are more than {MAX_RULES}", rules.len())));
        }
        let whole = plan.forms.iter().filter(|form| form.rank == WHOLE);
        return Ok((rules, whole.map(|form| (form.key, plan.keys[form.key].sql.clone())).collect()));
    }
    let form = |form: &Form| KeyForm {
        key: form.key,
        text: plan.keys[form.key].sql.clone(),
        column: form.column,
        rank: form.rank,
        chain: form.chain,
        chance: keys.chance(form.key),
    };
    let forms: Vec<KeyForm> = plan.forms.iter().map(form).collect();
    let mut rules = choose(keys.records(), &forms, BUDGET);
    if let Some((either, whole)) = plan.either_order
        && keys.records() as f64 / 2.0 * keys.chance(whole[0]) * keys.chance(whole[1]) <= BUDGET
    {
        rules.truncate(MAX_RULES - 1);
        rules.push(BlockingRule { keys: either.to_vec(), text: text(&either) });
    }
    if rules.is_empty() {
        return Err(Error::invalid("no combination of the compared columns is rare enough to block on")
            .hint("write BLOCK ON items, or compare a column that tells people apart"));
    }
    Ok((rules, Vec::new()))
}
