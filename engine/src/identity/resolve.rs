//! The refresh of a profile, step by step:
//!
//! 1. records: all sources in the common shape, numbered in order of source and key
//! 2. rules: the pairs that each rule joins, and the stewards'
//! 3. evidence: candidate pairs are found, compared and weighed
//! 4. clustering under the constraints
//! 5. side by side: the records are stored; ids, which clusters take over from the last run, links and households; the
//!    state for the next run; the report
//! 6. side by side: the pairs; the merge, one row per cluster

use std::sync::Arc;

use super::clustering::{ALWAYS, AtMost, Edge, Never, Verdict};
use super::decide::{self, Decision};
use super::history::Past;
use super::incremental;
use super::ingest;
use super::linkage::Known;
use super::matching::{self, Matching};
use super::merge::{merge, rows_that_hold};
use super::mode::{self, Mode};
use super::operator::certain::{self, RuleBlocks};
use super::pairs::{Names, steward_reason};
use super::profile::{Profile, RECORD_ORDER};
use super::records::RecordIndex;
use super::rules::{self, CompiledRule};
use super::settings::{Settings, Training};
use super::state::drift::drift;
use super::state::learned::{Learned, Seen, digest_of, over_limit};
use super::state::save::{RELATIONS as STATE, save};
use super::stewards::{self, Stewards};
use super::write;
use crate::catalog::object::folded;
use crate::refresh::{Job, Outputs, asks_for_the_time};
use crate::sql::{CreateProfile, MatchItem};
use crate::{Error, Result};

/// Refreshes a profile and gives what it wrote; nothing of it is current before the caller publishes it.
pub async fn refresh(job: &Job, create: &CreateProfile) -> Result<Outputs> {
    let profile = Profile::compile(job.session.catalog(), create).await?;
    let rules = rules::compile(&profile)?;
    let settings = Settings::of(create).map_err(|e| e.on(profile.object()))?;
    let mut out = Outputs::default();

    let records = ingest::read(job, &profile, &mut out).await?;
    let index = Arc::clone(&records.index);
    let stewards = stewards::all(job, &profile, &index).await?;
    let (edges, certain) = find_edges(job, &profile, &rules, &stewards, &index).await?;
    let found = find_pairs(job, &profile, settings, &index, &edges, &stewards).await?;
    let matching = found.as_ref().map(|found| Arc::clone(&found.matching));
    let names = Names::new(&profile, &rules, matching.as_ref().map(|m| &m.plan));
    let past = Past::load(job.engine.warehouse(), &job.snapshot, job.session.ctx(), &profile, &index).await?;
    let decision = clusters(job, &profile, &stewards, &index, edges.clone(), matching.clone(), &past).await?;
    let decision = Arc::new(decision);

    // None of these needs another one, and each has stretches that keep one core busy.
    let (stored, reported, people, state) = tokio::try_join!(
        records.store(job, &profile),
        write::report(job, &profile, &names, &index, &certain, matching.as_deref()),
        write::people(job, &profile, &past, &index, &decision, matching.as_ref()),
        state(job, &profile, found, (&index, &stewards, edges)),
    )?;
    let (assignment, linked) = people;
    let (holds, saved) = state;
    for part in [stored, reported, linked, saved] {
        out.add(part);
    }
    let touched = matching.as_ref().filter(|_| holds).and_then(|matching| matching.touched.as_ref());
    let keep = touched.map(|touched| rows_that_hold(&decision, &assignment, &past, touched));
    // What was compared takes more memory than all that follows.
    drop(matching);
    let (paired, merged) = tokio::try_join!(
        write::pairs(job, &profile, names, &index, &decision),
        merge(job, &profile, &decision, &assignment, keep),
    )?;
    out.add(paired);
    out.add(merged);
    Ok(out)
}

/// Writes what the next run needs to know. The first of both is whether merged rows of before may hold.
async fn state(
    job: &Job,
    profile: &Profile,
    found: Option<Found>,
    (index, stewards, certain): (&Arc<RecordIndex>, &Stewards, Vec<Edge>),
) -> Result<(bool, Outputs)> {
    let Some(Found { matching, mut learned, trained }) = found else {
        let removed = STATE.map(|relation| Profile::path(&profile.name, relation)).to_vec();
        return Ok((false, Outputs { removed, ..Outputs::default() }));
    };
    let definition = definition(profile);
    let holds = learned.seen.definition == definition && holds(profile);
    learned.seen = Seen { definition, stewards: stewards.digest, over_limit: over_limit(&matching.blocks) };
    Ok((holds, save(job, profile, index, &matching, certain, (&learned, trained)).await?))
}

/// The statement as a digest: merged rows of before are of no use to another one.
fn definition(profile: &Profile) -> String {
    digest_of([profile.create.to_string().as_str()])
}

/// Whether a merged row depends on its records alone, not on the time or on the numbers of records.
fn holds(profile: &Profile) -> bool {
    profile
        .create
        .merge
        .iter()
        .all(|item| !asks_for_the_time(&item.expr) && !item.expr.to_string().contains(RECORD_ORDER))
}

async fn find_edges(
    job: &Job,
    profile: &Profile,
    rules: &[CompiledRule],
    stewards: &Stewards,
    index: &Arc<RecordIndex>,
) -> Result<(Vec<Edge>, Vec<RuleBlocks>)> {
    let always = stewards.always.iter().flat_map(|decisions| &decisions.pairs);
    let mut edges: Vec<Edge> =
        always.map(|(left, right, _)| Edge { left: *left, right: *right, rule: ALWAYS }).collect();
    let blocks = certain::find(job, profile, rules, index, &mut edges).await?;
    Ok((edges, blocks))
}

/// What the evidence says, and by which model.
#[derive(Debug)]
struct Found {
    matching: Arc<Matching>,
    learned: Learned,
    /// Whether this run trained it.
    trained: bool,
}

async fn find_pairs(
    job: &Job,
    profile: &Profile,
    settings: Settings,
    index: &Arc<RecordIndex>,
    edges: &[Edge],
    stewards: &Stewards,
) -> Result<Option<Found>> {
    if !profile.compares() {
        return Ok(None);
    }
    let step = job.log.start(&job.object, "changes");
    let mode = mode::choose(job, profile, index, settings, stewards.digest).await?;
    let (rows, detail) = mode.summary(index.len());
    step.done(rows, None, Some(detail));
    let known = match mode {
        Mode::Train(_) => None,
        Mode::Everything(known, changed, _) => {
            let matching = matching::find(job, profile, index, Some(Arc::clone(&known))).await?;
            matching.map(|matching| (matching, known, changed))
        }
        Mode::Changes(before) => {
            let (known, changed) = (Arc::clone(&before.known), before.changes.total());
            Some((incremental::find(job, profile, index, edges, *before).await?, known, changed))
        }
    };
    if let Some((matching, known, changed)) = known {
        let step = job.log.start(&job.object, "drift");
        let (field, far) = drift(&known.learned.levels, &matching.levels());
        let name = matching.fields.fields.get(field).map_or("", |f| f.name.as_str());
        let again = settings.training == Training::Auto && far > settings.retrain_above;
        let then = if again { "; the model is trained again" } else { "" };
        step.done(
            0,
            None,
            Some(format!("{far:.3} in {name} since {}{then}", known.learned.trained_at.format("%F"))),
        );
        if !again {
            let mut learned = known.learned.clone();
            learned.changed += changed as u64;
            return Ok(Some(Found { matching: Arc::new(matching), learned, trained: false }));
        }
    }
    let Some(matching) = matching::find(job, profile, index, None).await? else { return Ok(None) };
    let learned = Learned::new(profile, &matching, &job.run_id, job.started_at);
    Ok(Some(Found { matching: Arc::new(matching), learned, trained: true }))
}

/// The AT MOST items of a profile.
pub(super) fn limits(profile: &Profile) -> Vec<AtMost> {
    let limit = |item: &MatchItem| match item {
        MatchItem::AtMost(item) => Some(AtMost {
            source: profile.source_number(&folded(&item.source))?,
            count: u32::try_from(item.count).unwrap_or(u32::MAX),
        }),
        _ => None,
    };
    profile.create.matching.iter().filter_map(limit).collect()
}

async fn clusters(
    job: &Job,
    profile: &Profile,
    stewards: &Stewards,
    index: &Arc<RecordIndex>,
    edges: Vec<Edge>,
    matching: Option<Arc<Matching>>,
    past: &Past,
) -> Result<Decision> {
    let never = never(job, profile, stewards, index, &edges, matching.as_deref()).await?;
    let labels = matching.as_ref().and_then(|m| m.touched.as_ref()).map(|_| past.labels());
    let at_most = limits(profile);
    let step = job.log.start(&job.object, "clusters");
    let index = Arc::clone(index);
    let decision = tokio::task::spawn_blocking(move || {
        let touched = matching.as_ref().and_then(|m| m.touched.as_deref());
        let known = labels.as_deref().zip(touched).map(|(labels, touched)| Known { labels, touched });
        let decision = decide::decide(&index.source_of, edges, matching.as_deref(), &never, &at_most, known);
        if let Some(matching) = &matching {
            matching.fields.failure(&matching.plan.comparisons)?;
        }
        Ok::<_, Error>(decision)
    })
    .await
    .map_err(|e| Error::internal(format!("clustering ended early: {e}")))??;
    let mut sizes = vec![0_u32; decision.clusters];
    for number in &decision.cluster_of {
        sizes[*number as usize] += 1;
    }
    let refused = decision.pairs.iter().filter(|p| matches!(p.verdict, Verdict::Refused(_))).count();
    let largest = sizes.iter().max().copied().unwrap_or(0);
    let mut detail = format!("{} pairs, {refused} refused, largest cluster {largest}", decision.pairs.len());
    if let Some(linked) = &decision.linked {
        detail.push_str(&format!(
            ", {} pairs weighed inside components, {} components cut",
            linked.scored, linked.cut_components
        ));
    }
    step.done(decision.clusters as u64, None, Some(detail));
    Ok(decision)
}

async fn never(
    job: &Job,
    profile: &Profile,
    stewards: &Stewards,
    index: &RecordIndex,
    edges: &[Edge],
    matching: Option<&Matching>,
) -> Result<Vec<Never>> {
    let decided = stewards.never.iter().flat_map(|decisions| &decisions.pairs);
    let reason = steward_reason(profile);
    let mut out: Vec<Never> = decided
        .map(|(left, right, _)| Never { left: *left, right: *right, reason, absolute: true })
        .collect();
    if profile.create.matching.iter().any(|item| matches!(item, MatchItem::Never(_))) {
        let step = job.log.start(&job.object, "never");
        let component_of = decide::reachable(index.len(), edges, matching);
        let found = rules::find_never(&job.session, profile, &component_of).await?;
        step.done(found.len() as u64, None, None);
        out.extend(found);
    }
    Ok(out)
}
