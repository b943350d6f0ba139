//! What pairs are looked for.

use std::sync::Arc;

use crate::identity::matching::plan::Plan;
use crate::identity::profile::Profile;
use crate::identity::records::RecordIndex;
use crate::identity::resolve;
use crate::identity::state::Known;
use crate::refresh::{Step, StepLog};

/// The pairs of which profile are looked for, and how.
#[derive(Debug)]
pub struct What {
    /// The profile, as in `profile customer`.
    pub object: String,
    /// What is compared and blocked on.
    pub plan: Plan,
    /// The names of the record sources.
    pub sources: Vec<String>,
    /// The sources of which a person has at most one record: two of them are no pair. Empty if there is none.
    pub lone: Vec<bool>,
    /// The sources and keys of the records; without it the input has them in its second and third column.
    pub index: Option<Arc<RecordIndex>>,
    /// The model to weigh by, with the frequencies of values; without it one is trained.
    pub known: Option<Arc<Known>>,
    /// Where the steps are reported.
    pub log: Option<StepLog>,
}

impl What {
    /// The pairs of a profile, by its evidence.
    pub fn of(profile: &Profile, plan: Plan) -> Self {
        Self {
            object: profile.object(),
            plan,
            sources: profile.sources.clone(),
            lone: lone_sources(profile),
            index: None,
            known: None,
            log: None,
        }
    }

    pub(super) fn step(&self, name: &str) -> Option<Step> {
        self.log.as_ref().map(|log| log.start(&self.object, name))
    }
}

/// The sources of which a person has at most one record; empty if there is none.
pub(crate) fn lone_sources(profile: &Profile) -> Vec<bool> {
    let limits = resolve::limits(profile);
    if !limits.iter().any(|limit| limit.count == 1) {
        return Vec::new();
    }
    (0..profile.sources.len())
        .map(|source| limits.iter().any(|limit| usize::from(limit.source) == source && limit.count == 1))
        .collect()
}
