//! Writes what the next run needs.

use std::sync::Arc;

use futures::future::try_join_all;

use super::learned::{self, Learned};
use super::{candidates, frequencies, keys};
use crate::identity::clustering::Edge;
use crate::identity::matching::Matching;
use crate::identity::profile::Profile;
use crate::identity::records::RecordIndex;
use crate::identity::streams::stream;
use crate::refresh::{Job, Outputs};
use crate::{Error, Result};

const ROWS: usize = 65_536;

/// The relations that only runs read.
pub const RELATIONS: [&str; 4] =
    [learned::RELATION, frequencies::RELATION, keys::RELATION, candidates::RELATION];

/// Writes the state of a run. `trained` tells whether the model is this run's.
pub async fn save(
    job: &Job,
    profile: &Profile,
    index: &Arc<RecordIndex>,
    matching: &Arc<Matching>,
    certain: Vec<Edge>,
    (learned, trained): (&Learned, bool),
) -> Result<Outputs> {
    let step = job.log.start(&job.object, "state");
    let mut written = Vec::new();
    written.push((learned::RELATION, stream(Learned::schema(), vec![learned.batch()])));
    if trained {
        written.push((frequencies::RELATION, stream(frequencies::schema(), frequencies::batches(matching))));
    }
    // A training run has the keys of all rules that it considered.
    let wanted = learned.plan(matching.plan.accept)?.keys;
    let places: Option<Vec<usize>> =
        wanted.iter().map(|key| matching.plan.keys.iter().position(|known| known.sql == key.sql)).collect();
    let kept = matching.keys.of(&places.unwrap_or_default());
    let (index, sources) = (Arc::clone(index), profile.sources.clone());
    let parts = (0..index.len())
        .step_by(ROWS)
        .map(move |start| keys::batch(&sources, &index, &kept, start..index.len().min(start + ROWS)));
    written.push((keys::RELATION, stream(keys::schema(), parts)));
    let pairs = candidates::batches(matching, certain, ROWS);
    written.push((candidates::RELATION, stream(candidates::schema(), pairs)));
    let write = async |(relation, batches)| {
        let mut out = Outputs::default();
        job.replace(&Profile::path(&profile.name, relation), vec![batches], &step, &mut out).await?;
        Ok::<_, Error>(out)
    };
    let mut out = Outputs::default();
    for part in try_join_all(written.into_iter().map(write)).await? {
        out.add(part);
    }
    step.done(out.written.values().map(|written| written.rows).sum(), None, None);
    Ok(out)
}
