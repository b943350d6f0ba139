//! How a run finds its pairs: with a model that it trains, with the one that it has, or only where something changed.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::incremental::Before;
use super::incremental::changes::Changes;
use super::profile::Profile;
use super::records::RecordIndex;
use super::settings::{Settings, Training};
use super::state::candidates::{self, Pairs};
use super::state::keys::{self, StoredKeys};
use super::state::learned::Learned;
use super::state::{self, Known};
use crate::Result;
use crate::refresh::Job;

/// How pairs are found.
#[derive(Debug)]
pub enum Mode {
    /// A model is trained, for this reason.
    Train(&'static str),
    /// All pairs are weighed by the known model, for this reason; so many records have changed.
    Everything(Arc<Known>, usize, &'static str),
    /// Only what changes touch is compared.
    Changes(Box<Before>),
}

impl Mode {
    /// How many records have changed, of so many, and what that means.
    pub fn summary(&self, records: usize) -> (u64, String) {
        match self {
            Self::Train(reason) => (records as u64, format!("a model is trained: {reason}")),
            Self::Everything(known, changed, reason) => (
                *changed as u64,
                format!("all pairs are weighed by the model of run {}: {reason}", known.learned.run_id),
            ),
            Self::Changes(before) => {
                let Changes { new, changed, gone, .. } = &before.changes;
                let run = &before.known.learned.run_id;
                let detail = format!("{new} new, {changed} changed, {gone} gone; by the model of run {run}");
                (before.changes.total() as u64, detail)
            }
        }
    }
}

/// When more than this part of the records has changed since the training, the model is trained again.
const TRAIN_AGAIN: f64 = 0.5;
/// When more than this part of the records has changed since the last run, comparing all pairs is as fast.
const COMPARE_ALL: f64 = 0.25;

/// Chooses the mode. `stewards` is a digest of the stewards' decisions.
pub async fn choose(
    job: &Job,
    profile: &Profile,
    index: &RecordIndex,
    settings: Settings,
    stewards: u64,
) -> Result<Mode> {
    let Some(learned) = Learned::load(&job.session, &job.snapshot, profile).await? else {
        return Ok(Mode::Train("there is no model for this MATCH yet"));
    };
    if settings.training == Training::Always {
        return Ok(Mode::Train("the options ask for it"));
    }
    let is_frozen = settings.training == Training::Frozen;
    if job.full && !is_frozen {
        return Ok(Mode::Train("a full refresh was asked for"));
    }
    let read = async |relation: &str, schema: SchemaRef| {
        state::read(&job.session, &job.snapshot, &profile.name, relation, &schema).await
    };
    let width = learned.plan(0.5)?.keys.len();
    let (trained_on, changed, seen) = (learned.records, learned.changed, learned.seen.stewards);
    let known = Known::load(&job.session, &job.snapshot, &profile.name, learned).await?;
    let Some(known) = known.map(Arc::new) else {
        return Ok(Mode::Train("the frequencies of values are gone"));
    };
    let stored = match read(keys::RELATION, keys::schema()).await? {
        Some(batches) => StoredKeys::read(profile, batches, width)?,
        None => None,
    };
    let Some(stored) = stored else {
        return Ok(Mode::Everything(known, 0, "the keys of the last run cannot be read"));
    };
    let changes = Changes::between(&stored.index, index);
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let since = usize::try_from(changed).unwrap_or(usize::MAX).saturating_add(changes.total());
    if !is_frozen && share(since, usize::try_from(trained_on).unwrap_or(usize::MAX)) > TRAIN_AGAIN {
        return Ok(Mode::Train("more than half of the records have changed since the last training"));
    }
    let reason = if job.full {
        "a full refresh was asked for"
    } else if share(changes.total(), index.len()) > COMPARE_ALL {
        "more than a quarter of the records have changed"
    } else if stewards != seen {
        "the stewards' decisions have changed"
    } else {
        let Some(batches) = read(candidates::RELATION, candidates::schema()).await? else {
            return Ok(Mode::Everything(known, changes.total(), "the pairs of the last run are gone"));
        };
        return Ok(Mode::Changes(Box::new(Before {
            known,
            keys: stored,
            pairs: Pairs::read(&batches)?,
            changes,
        })));
    };
    Ok(Mode::Everything(known, changes.total(), reason))
}
