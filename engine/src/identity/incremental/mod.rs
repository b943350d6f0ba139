//! A run that compares only what changes touch.
//!
//! 1. changes: which records are new, changed or gone ([`changes`])
//! 2. blocks: the keys of those are made anew, the others' are read; all are grouped
//! 3. pairs: those with a touched record, and those of blocks that have become too large or small enough ([`affected`])
//! 4. components: what the touched records and pairs belong to or did is linked again, all else stays ([`reach`])
//! 5. weights: the fields of those records are read and compared
//!
//! With the model that the last run used, the result is that of a run over everything.

pub mod affected;
pub mod changes;
pub mod reach;
pub mod subset;

use std::sync::Arc;

use self::affected::Affected;
use self::changes::Changes;
use self::reach::Reach;
use super::blocking::candidates::Candidates;
use super::blocking::keys::Keys;
use super::blocking::rule::group;
use super::clustering::Edge;
use super::fields::Fields;
use super::matching::block::{LARGEST_BLOCK, rules};
use super::matching::plan::accept;
use super::matching::score::{Part, Scored, weigh_pairs};
use super::matching::{KEEP, Matching, homes, hubs};
use super::model::{Model, bits};
use super::operator::what::lone_sources;
use super::profile::Profile;
use super::records::RecordIndex;
use super::state::Known;
use super::state::candidates::Pairs;
use super::state::keys::StoredKeys;
use crate::Result;
use crate::parallel::Threads;
use crate::refresh::Job;

/// What the last run left.
#[derive(Debug)]
pub struct Before {
    /// The model that it weighed by.
    pub known: Arc<Known>,
    /// Its records.
    pub keys: StoredKeys,
    /// Its pairs.
    pub pairs: Pairs,
    /// What has changed since.
    pub changes: Changes,
}

/// Finds the pairs that look like one person, all of them, comparing only what changes touch. `edges` are the certain
/// matches now.
pub async fn find(
    job: &Job,
    profile: &Profile,
    index: &Arc<RecordIndex>,
    edges: &[Edge],
    before: Before,
) -> Result<Matching> {
    let step = job.log.start(&job.object, "evidence");
    let threads = Threads::new(job.engine.project().config.limits.partitions());
    let Before { known, keys: stored, pairs: old, changes } = before;
    let learned = &known.learned;
    let plan = learned.plan(accept(profile))?;
    let touched: Vec<u32> = (0..).zip(&changes.is_touched).filter(|(_, t)| **t).map(|(r, _)| r).collect();
    let mut part = subset::load(job, profile, &plan, &touched).await?;
    {
        let mut fields = Fields::prepare(&plan.comparisons, &part.columns(&plan), threads)?;
        hubs::remove_known(&plan, &mut fields, Some(&mut part.keys), &learned.hubs);
    }
    let mut keys = Keys::new(index.len(), plan.keys.len())?;
    for (was, now) in (0..).zip(&changes.now) {
        if !changes.was_touched[was as usize] {
            keys.set_row(*now as usize, stored.keys.row(was));
        }
    }
    for (place, record) in (0..).zip(&touched) {
        keys.set_row(*record as usize, part.keys.row(place));
    }
    step.done(touched.len() as u64, None, Some("of the records that are new or changed".to_owned()));

    let step = job.log.start(&job.object, "blocking");
    let lone = lone_sources(profile);
    let (own, refine) = rules(&plan, &keys)?;
    let blocks = group(&keys, &own, &refine, LARGEST_BLOCK, threads);
    let affected = Affected::new(&changes, &keys, &blocks, learned);
    let candidates = Candidates::new(&keys, &blocks, &index.source_of, &lone, 1.0);
    let pairs = candidates.select(&affected.marked(), |left, right| affected.pair(left, right));
    let is_homely = homes::are_informative(&plan, |field| &learned.fields[field].h);
    let at_home = match is_homely {
        true => homes::pairs(&plan, &keys, threads),
        false => Vec::new(),
    };
    let reach = Reach::new(&changes, &affected, &pairs, old, edges, &at_home, bits(plan.accept) as f32);
    step.done(pairs.len() as u64, None, Some(format!("{} rules; pairs that changes touch", own.len())));

    let step = job.log.start(&job.object, "pairs scored");
    let part = subset::load(job, profile, &plan, &reach.read).await?;
    let fields = known.fields(&plan, &part.columns(&plan), threads)?;
    let model = learned.model(&fields);
    let places = Part::new(&reach.read, index.len());
    let mut fresh = weigh(&places, &fields, &model, &pairs.left, &pairs.right, &pairs.rule);
    fresh.retain(|pair| pair.weight > KEEP || pair.household_weight > KEEP);
    fresh.sort_unstable_by_key(|pair| (pair.left, pair.right));
    let before = reach.scored.len();
    let scored = merged(reach.scored, fresh);
    let find =
        |pairs: &[Scored], pair: &(u32, u32)| pairs.binary_search_by_key(pair, |p| (p.left, p.right)).ok();
    let (mut held, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for pair in at_home.iter().filter(|pair| find(&scored, pair).is_none()) {
        match find(&reach.homes, pair) {
            Some(place) => held.push(reach.homes[place]),
            None => {
                left.push(pair.0);
                right.push(pair.1);
            }
        }
    }
    let rules = vec![0; left.len()];
    let homes = merged(held, weigh(&places, &fields, &model, &left, &right, &rules));
    let homes = is_homely.then_some(homes);
    let detail = format!("{} kept, {before} of them from before", scored.len());
    step.done(pairs.len() as u64, None, Some(detail));
    Ok(Matching {
        plan,
        fields,
        part: Some(places),
        model,
        pairs: scored,
        homes,
        keys,
        blocks,
        given: Vec::new(),
        hubs: learned.hubs.clone(),
        nicknames: learned.nicknames.clone(),
        touched: Some(reach.touched),
    })
}

fn weigh(
    part: &Part,
    fields: &Fields,
    model: &Model,
    left: &[u32],
    right: &[u32],
    rules: &[u16],
) -> Vec<Scored> {
    weigh_pairs(fields, model, &part.places(left), &part.places(right))
        .into_iter()
        .zip(left.iter().zip(right).zip(rules))
        .map(|(pair, ((left, right), rule))| Scored { left: *left, right: *right, rule: *rule, ..pair })
        .collect()
}

/// Two lists in the order of their records as one.
fn merged(a: Vec<Scored>, b: Vec<Scored>) -> Vec<Scored> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        let from_a = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) => (x.left, x.right) < (y.left, y.right),
            (x, _) => x.is_some(),
        };
        match if from_a { a.next() } else { b.next() } {
            Some(pair) => out.push(pair),
            None => return out,
        }
    }
}
