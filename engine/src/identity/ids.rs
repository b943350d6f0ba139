//! Ids that stay: from clusters of one run to the ids of the runs before.
//!
//! 1. Clusters take over previous ids by overlap, greedily: most records in common first, then the older id,
//!    then the smaller cluster number. A cluster takes one id and an id goes to one cluster. Only live ids
//!    compete, that is those that no merge and no retirement has ended.
//! 2. A live id left without a cluster has *merged* into the id of the cluster that holds most of its remaining
//!    records (if several do, into the older id), or is *retired* when none of its records remain. Ids that
//!    merged into it before go with it.
//! 3. A cluster left without an id gets a new one: *split* from the id that most of its records had (if several
//!    did, from the older one), or *new* when none of its records had an id.
//!
//! An unchanged partition therefore keeps its ids and makes no event. Records that move between two ids which
//! both live on make no event either.
//!
//! An ended id never lives again. When a merge is undone, the part that leaves is split off under a new id and
//! the merged id goes on resolving to where it merged. When all records of a retired id come back, nothing
//! tells that they were here before, so they are new; as `birth` proposes the same id for the same smallest
//! record, the used one is passed over and the next attempt is taken.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

#[cfg(test)]
mod tests;

/// Stands for "no id", "no cluster" and "no record".
const NONE: u32 = u32::MAX;

/// What the last run left. Ids are named by their position in `ids`.
#[derive(Debug, Clone, Copy, Default)]
pub struct PreviousIds<'a> {
    /// For each record of this run the id it had at the last run. An ended id stands for the one in which it
    /// lives now.
    pub of_record: &'a [Option<u32>],
    /// Every id ever used, older first.
    pub ids: &'a [IdState],
    /// For each id how many records it had at the last run, including those deleted since.
    pub records_before: &'a [u32],
}

/// An id and where it lives now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdState {
    /// The id.
    pub id: String,
    /// Itself, or the live id that it was merged into, directly or by way of others; `None` once retired.
    pub current: Option<u32>,
}

/// What happened to an id. Ids are named by their position in [`Assignment::ids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// An id for records that had none.
    New {
        /// The id.
        id: u32,
        /// How many records it has.
        records: u32,
    },
    /// An id ended in another.
    Merged {
        /// The id that ended.
        id: u32,
        /// The id that it resolves to from now on.
        into: u32,
        /// How many of its records are there.
        records: u32,
    },
    /// An id for records that were part of another, which lives on.
    Split {
        /// The new id.
        id: u32,
        /// The id that most of its records had.
        from: u32,
        /// How many of its records had that id.
        records: u32,
    },
    /// An id of which no record remains.
    Retired {
        /// The id.
        id: u32,
        /// How many records it had.
        records: u32,
    },
}

/// The ids of this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// For each cluster its id, a position in `ids`.
    pub id_of_cluster: Vec<u32>,
    /// Every id ever used: the previous ones at their positions, then those born in this run.
    pub ids: Vec<IdState>,
    /// Ended ids by age, then born ids by cluster number.
    pub events: Vec<Event>,
}

/// Gives each cluster an id, by the rules of the module.
///
/// `cluster_of` has the cluster of each record, `0..clusters`, none empty. `birth` proposes the id of a new
/// cluster from its smallest record and the number of the attempt, from 0; it is asked until it proposes an id
/// never used before, so it must yield another id for each attempt. Time is that of sorting the records by
/// cluster and previous id.
///
/// # Panics
/// If `previous.of_record` is not as long as `cluster_of`, or a number in either is out of range.
pub fn assign_ids(
    cluster_of: &[u32],
    clusters: usize,
    previous: &PreviousIds<'_>,
    birth: &mut dyn FnMut(u32, u32) -> String,
) -> Assignment {
    let overlaps = overlaps(cluster_of, previous);
    let mut id_of_cluster = take_over(&overlaps, clusters, previous.ids.len());
    let (mut ids, mut events) = follow(&overlaps, &id_of_cluster, previous);
    if id_of_cluster.contains(&NONE) {
        let mut used: HashSet<u64> = previous.ids.iter().map(|state| fingerprint(&state.id)).collect();
        let origins = origins(&overlaps, &id_of_cluster);
        for (cluster, (smallest, records)) in census(cluster_of, clusters).into_iter().enumerate() {
            if id_of_cluster[cluster] != NONE {
                continue;
            }
            let mut attempt = 0;
            let name = loop {
                let name = birth(smallest, attempt);
                if used.insert(fingerprint(&name)) {
                    break name;
                }
                attempt = u32::wrapping_add(attempt, 1);
            };
            let id = ids.len() as u32;
            ids.push(IdState { id: name, current: Some(id) });
            id_of_cluster[cluster] = id;
            events.push(match origins[cluster] {
                (NONE, _) => Event::New { id, records },
                (from, records) => Event::Split { id, from, records },
            });
        }
    }
    Assignment { id_of_cluster, ids, events }
}

/// Records that a cluster has in common with a live id.
#[derive(Debug, Clone, Copy)]
struct Overlap {
    id: u32,
    cluster: u32,
    records: u32,
}

/// All overlaps: most records first, then the older id, then the smaller cluster number.
fn overlaps(cluster_of: &[u32], previous: &PreviousIds<'_>) -> Vec<Overlap> {
    assert_eq!(cluster_of.len(), previous.of_record.len(), "one previous id per record");
    let mut shared: Vec<(u32, u32)> = cluster_of
        .iter()
        .zip(previous.of_record)
        .filter_map(|(&cluster, &id)| Some((previous.ids[id? as usize].current?, cluster)))
        .collect();
    shared.sort_unstable();
    let mut overlaps: Vec<Overlap> = shared
        .chunk_by(|one, other| one == other)
        .map(|run| Overlap { id: run[0].0, cluster: run[0].1, records: run.len() as u32 })
        .collect();
    // Stable: ids and clusters stay sorted among equals.
    overlaps.sort_by_key(|overlap| Reverse(overlap.records));
    overlaps
}

/// The previous id of each cluster, or [`NONE`].
fn take_over(overlaps: &[Overlap], clusters: usize, ids: usize) -> Vec<u32> {
    let mut id_of_cluster = vec![NONE; clusters];
    let mut taken = vec![false; ids];
    for overlap in overlaps {
        let id = &mut id_of_cluster[overlap.cluster as usize];
        if *id == NONE && !taken[overlap.id as usize] {
            *id = overlap.id;
            taken[overlap.id as usize] = true;
        }
    }
    id_of_cluster
}

/// The previous ids with where they live now, and the events of those that ended.
///
/// A cluster that holds records of an id left without a cluster has an id: else the two would have met in
/// [`take_over`].
fn follow(
    overlaps: &[Overlap],
    id_of_cluster: &[u32],
    previous: &PreviousIds<'_>,
) -> (Vec<IdState>, Vec<Event>) {
    let mut target = vec![(NONE, 0); previous.ids.len()];
    for &id in id_of_cluster.iter().filter(|&&id| id != NONE) {
        target[id as usize] = (id, 0);
    }
    for overlap in overlaps {
        let (into, records) = &mut target[overlap.id as usize];
        let candidate = id_of_cluster[overlap.cluster as usize];
        if *into == NONE || (*records == overlap.records && candidate < *into) {
            (*into, *records) = (candidate, overlap.records);
        }
    }

    let mut events = Vec::new();
    for (id, state) in previous.ids.iter().enumerate() {
        let (into, records) = target[id];
        let id = id as u32;
        if state.current != Some(id) || into == id {
            continue;
        }
        events.push(if into == NONE {
            Event::Retired { id, records: previous.records_before[id as usize] }
        } else {
            Event::Merged { id, into, records }
        });
    }
    let ids = previous.ids.iter().map(|state| IdState {
        id: state.id.clone(),
        current: state.current.map(|live| target[live as usize].0).filter(|&live| live != NONE),
    });
    (ids.collect(), events)
}

/// For each cluster without an id the one that gave it most records, and how many.
fn origins(overlaps: &[Overlap], id_of_cluster: &[u32]) -> Vec<(u32, u32)> {
    let mut origins = vec![(NONE, 0); id_of_cluster.len()];
    for overlap in overlaps {
        let origin = &mut origins[overlap.cluster as usize];
        if origin.0 == NONE {
            *origin = (overlap.id, overlap.records);
        }
    }
    origins
}

/// For each cluster its smallest record and how many it has.
fn census(cluster_of: &[u32], clusters: usize) -> Vec<(u32, u32)> {
    let mut census = vec![(NONE, 0); clusters];
    for (record, &cluster) in cluster_of.iter().enumerate() {
        let (smallest, records) = &mut census[cluster as usize];
        *smallest = (*smallest).min(record as u32);
        *records += 1;
    }
    census
}

/// Eight bytes instead of a copy of each id. Two ids of one fingerprint only cost an attempt.
fn fingerprint(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
