//! Which pairs are compared: the blocking rules as written or chosen, and their blocks.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::plan::{Form, Plan};
use super::score::{self, Compared};
use super::{nicknames, train};
use crate::identity::blocking::candidates::{Candidates, Work};
use crate::identity::blocking::choose::{KeyForm, WHOLE, choose, worthwhile};
use crate::identity::blocking::keys::Keys;
use crate::identity::blocking::rule::{BlockingRule, Blocks, MAX_RULES, group};
use crate::identity::fields::Fields;
use crate::identity::model::{Model, probability};
use crate::identity::records::RecordIndex;
use crate::{Error, Result};

/// How many pairs per record may agree by chance on a rule that is considered.
pub const BUDGET: f64 = 1.0;
/// Blocks with more records are refined or left out.
pub const LARGEST_BLOCK: usize = 300;

/// On how much a model is trained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// About so many candidate pairs.
    pairs: f64,
    /// And so many random ones.
    random_pairs: usize,
}

/// The model by which rules are chosen and nicknames learned.
const TRIAL: Size = Size { pairs: 500_000.0, random_pairs: 150_000 };

/// The model by which pairs are weighed.
pub(crate) const WHOLE_MODEL: Size = Size { pairs: 750_000.0, random_pairs: 500_000 };

/// What the records say, ready to be blocked and compared.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) plan: Plan,
    pub(crate) fields: Fields,
    pub(crate) keys: Keys,
    pub(crate) index: Arc<RecordIndex>,
    /// The sources of which a person has at most one record.
    pub(crate) lone: Vec<bool>,
}

impl Evidence {
    /// The blocks of the rules of a trained model.
    pub(crate) fn block_as_learned(&self) -> Result<Vec<Blocks>> {
        let (rules, refine) = rules(&self.plan, &self.keys)?;
        Ok(group(&self.keys, &rules, &refine, LARGEST_BLOCK, self.fields.threads()))
    }

    /// The blocks of all rules, and the nicknames that were learned on the way, as texts.
    pub(crate) fn block(&mut self) -> Result<(Vec<Blocks>, Nicknames)> {
        let (rules, refine) = rules(&self.plan, &self.keys)?;
        let blocks = group(&self.keys, &rules, &refine, LARGEST_BLOCK, self.fields.threads());
        Ok(self.trial(blocks))
    }

    /// Trains the model on pairs of the blocks.
    pub(crate) fn train(&self, blocks: &[Blocks], size: Size) -> (Model, Vec<Compared>) {
        let total: u64 = blocks.iter().map(|b| b.pairs).sum();
        let share = (size.pairs / total.max(1) as f64).min(1.0);
        let candidates = Candidates::new(&self.keys, blocks, &self.index.source_of, &self.lone, share);
        let pairs = score::collect(candidates.with_all_rules(), &Work::new(blocks), &self.fields);
        let columns =
            |b: &Blocks| b.rule.keys.iter().flat_map(|k| self.plan.keys[*k].reads.iter().cloned()).collect();
        let rule_columns: Vec<BTreeSet<String>> =
            blocks.iter().filter(|b| b.refines.is_none()).map(columns).collect();
        let training = train::Training {
            fields: &self.fields,
            comparisons: &self.plan.comparisons,
            rule_columns: &rule_columns,
            pairs: &pairs,
            random_pairs: size.random_pairs,
            weight: 1.0 / share,
            records: self.index.len(),
            all_pairs: self.all_pairs(),
        };
        let model = match &self.plan.imported {
            Some(imported) => imported.model(&self.fields),
            None => training.run(),
        };
        (model, pairs)
    }

    /// How many pairs of records could be one person.
    pub(crate) fn all_pairs(&self) -> f64 {
        let counts = self.index.counts();
        let pairs = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
        let none: f64 =
            counts.iter().zip(&self.lone).filter(|(_, lone)| **lone).map(|(n, _)| pairs(*n)).sum();
        pairs(counts.iter().sum()) - none
    }

    /// Trains a model on a part of the pairs of all rules, learns nicknames by it, and gives the rules that find enough
    /// pairs of one person for the pairs that they cost; all, if they were written.
    fn trial(&mut self, blocks: Vec<Blocks>) -> (Vec<Blocks>, Nicknames) {
        let written = !self.plan.blocks.is_empty();
        let Some([given, ..]) = self.fields.person_names() else {
            return match written {
                true => (blocks, Vec::new()),
                false => {
                    let (model, pairs) = self.train(&blocks, TRIAL);
                    (self.worthwhile(blocks, &model, &pairs), Vec::new())
                }
            };
        };
        let (model, pairs) = self.train(&blocks, TRIAL);
        let blocks = if written { blocks } else { self.worthwhile(blocks, &model, &pairs) };
        let forms = nicknames::learn(&self.fields, &model, &pairs);
        self.fields.take_for_forms(&forms);
        let text = |(a, b): &(u32, u32)| (self.fields.text(given, *a), self.fields.text(given, *b));
        let texts = forms.iter().map(text).collect();
        (blocks, texts)
    }

    /// The rules that find enough pairs of one person for the pairs that they cost.
    fn worthwhile(&self, blocks: Vec<Blocks>, model: &Model, pairs: &[Compared]) -> Vec<Blocks> {
        let likely = pairs.iter().map(|pair| {
            let (weight, _) = model.weights(self.fields.evidence(model, pair.pattern, pair.left, pair.right));
            (pair.rules, probability(weight))
        });
        let total: u64 = blocks.iter().map(|b| b.pairs).sum();
        let share = (TRIAL.pairs / total.max(1) as f64).min(1.0);
        let kept = worthwhile(blocks.len(), likely, 1.0 / share / self.index.len().max(1) as f64);
        blocks.into_iter().enumerate().filter(|(rule, _)| kept >> rule & 1 == 1).map(|(_, b)| b).collect()
    }
}

/// Given names that people go by in turns.
pub(crate) type Nicknames = Vec<(String, String)>;

type Refinements = Vec<(usize, String)>;

/// The rules, and by what oversized blocks are refined.
pub(crate) fn rules(plan: &Plan, keys: &Keys) -> Result<(Vec<BlockingRule>, Refinements)> {
    if !plan.blocks.is_empty() {
        let rules: Vec<BlockingRule> = plan
            .blocks
            .iter()
            .map(|keys| BlockingRule { keys: keys.clone(), text: plan.key_text(keys) })
            .collect();
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
        rules.push(BlockingRule { keys: either.to_vec(), text: plan.key_text(&either) });
    }
    if rules.is_empty() {
        return Err(Error::invalid("no combination of the compared columns is rare enough to block on")
            .hint("write BLOCK ON items, or compare a column that tells people apart"));
    }
    Ok((rules, Vec::new()))
}
