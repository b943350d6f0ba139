//! What a run has written is prepared under the run's name, object by object, and published for all of them at once: a
//! reader sees the state before the run or the one after it, and a run that is interrupted loses nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::object::{CatalogState, Freshness, ObjectRef, StoredRelation};
use crate::{Error, ErrorKind, Result};

/// A refresh of one object that is not published yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// Its relations by path; `None` for those that are no longer there.
    pub relations: BTreeMap<String, Option<StoredRelation>>,
    /// What it read.
    pub freshness: Freshness,
    /// The run that the object was of when this was made. If it is of another one now, this is out of date.
    pub after: Option<String>,
}

impl CatalogState {
    /// Keeps a refresh of an object for the publication of its run.
    pub fn prepare(
        &mut self,
        object: &ObjectRef,
        relations: BTreeMap<String, Option<StoredRelation>>,
        freshness: Freshness,
    ) {
        let object = object.to_string();
        let after = self.run_of(&object);
        let run = freshness.run_id.clone();
        self.prepared.entry(run).or_default().insert(object, Prepared { relations, freshness, after });
    }

    /// As [`CatalogState::prepare`], but what the run has prepared of the object before stays.
    pub fn prepare_also(
        &mut self,
        object: &ObjectRef,
        mut relations: BTreeMap<String, Option<StoredRelation>>,
        freshness: Freshness,
    ) {
        let before =
            self.prepared.get(&freshness.run_id).and_then(|objects| objects.get(&object.to_string()));
        for (path, relation) in before.into_iter().flat_map(|before| &before.relations) {
            relations.entry(path.clone()).or_insert_with(|| relation.clone());
        }
        self.prepare(object, relations, freshness);
    }

    /// The state as the steps of a run see it: with what the run has prepared.
    #[must_use]
    pub fn seen_by(&self, run: &str) -> Self {
        let mut seen = self.clone();
        for (object, prepared) in self.prepared.get(run).into_iter().flatten() {
            seen.take(object, prepared.clone());
        }
        seen
    }

    /// Makes current all that a run has prepared.
    ///
    /// # Errors
    /// If another run has published one of the objects meanwhile; then nothing is.
    pub fn publish(&mut self, run: &str) -> Result<()> {
        let prepared = self.prepared.remove(run).unwrap_or_default();
        let overtaken =
            |(object, p): &(&String, &Prepared)| self.is_there(object) && self.run_of(object) != p.after;
        if let Some((object, _)) = prepared.iter().find(overtaken) {
            return Err(Error::new(ErrorKind::Storage, "another run has refreshed it meanwhile")
                .on(object)
                .hint("nothing of this run was published; run it again"));
        }
        for (object, prepared) in prepared {
            if self.is_there(&object) {
                self.take(&object, prepared);
            }
        }
        Ok(())
    }

    /// Goes on with what runs have prepared that are over, as far as it still follows what is current, and forgets the
    /// rest of it.
    pub fn adopt(&mut self, run: &str, is_over: impl Fn(&str) -> bool) {
        let all = std::mem::take(&mut self.prepared);
        let (over, going): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.into_iter().partition(|(run, _)| is_over(run));
        self.prepared = going;
        for (object, prepared) in over.into_values().flatten() {
            if self.is_there(&object) && self.run_of(&object) == prepared.after {
                self.prepared.entry(run.to_owned()).or_default().insert(object, prepared);
            }
        }
    }

    /// The run that an object is of.
    fn run_of(&self, object: &str) -> Option<String> {
        self.freshness.get(object).map(|f| f.run_id.clone())
    }

    fn is_there(&self, object: &str) -> bool {
        self.objects.contains_key(object)
    }

    fn take(&mut self, object: &str, prepared: Prepared) {
        for (path, relation) in prepared.relations {
            match relation {
                Some(relation) => drop(self.relations.insert(path, relation)),
                None => drop(self.relations.remove(&path)),
            }
        }
        self.freshness.insert(object.to_owned(), prepared.freshness);
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::catalog::StoredObject;
    use crate::sql::ObjectKind;

    fn state() -> CatalogState {
        let now = Utc::now();
        let stored = StoredObject { sql: String::new(), file: None, created_at: now, changed_at: now };
        let objects = ["profile p", "measure m"].map(|name| (name.to_owned(), stored.clone())).into();
        CatalogState { objects, ..CatalogState::default() }
    }

    fn prepare(state: &mut CatalogState, run: &str, object: &ObjectRef, version: i64) {
        let freshness =
            Freshness { inputs: BTreeMap::new(), run_id: run.to_owned(), refreshed_at: Utc::now() };
        let relation = StoredRelation { version, rows: 1, bytes: 1 };
        state.prepare(object, BTreeMap::from([(object.name.clone(), Some(relation))]), freshness);
    }

    fn version(state: &CatalogState, path: &str) -> Option<i64> {
        state.relations.get(path).map(|r| r.version)
    }

    #[test]
    fn a_run_sees_what_it_prepares_and_others_see_it_when_all_is_published() {
        let (profile, measure) =
            (ObjectRef::new(ObjectKind::Profile, "p"), ObjectRef::new(ObjectKind::Measure, "m"));
        let mut state = state();
        prepare(&mut state, "1", &profile, 4);
        prepare(&mut state, "1", &measure, 5);
        assert_eq!((version(&state, "p"), version(&state.seen_by("1"), "p")), (None, Some(4)));
        assert_eq!(version(&state.seen_by("2"), "p"), None);
        state.publish("1").expect("nobody was faster");
        assert_eq!((version(&state, "p"), version(&state, "m")), (Some(4), Some(5)));
        assert!(state.prepared.is_empty());
    }

    #[test]
    fn of_two_runs_that_began_with_one_state_only_the_faster_publishes() {
        let profile = ObjectRef::new(ObjectKind::Profile, "p");
        let mut state = state();
        prepare(&mut state, "1", &profile, 1);
        prepare(&mut state, "2", &profile, 2);
        state.publish("2").expect("nobody was faster");
        assert!(state.clone().publish("1").is_err_and(|e| e.to_string().contains("profile p")));
        assert_eq!(version(&state, "p"), Some(2));
        // What is out of date is not gone on with.
        state.adopt("3", |_| true);
        assert!(state.prepared.is_empty());
    }

    #[test]
    fn what_was_prepared_before_an_interruption_is_gone_on_with() {
        let (profile, measure) =
            (ObjectRef::new(ObjectKind::Profile, "p"), ObjectRef::new(ObjectKind::Measure, "m"));
        let mut state = state();
        prepare(&mut state, "1", &profile, 1);
        prepare(&mut state, "2", &measure, 2);
        state.adopt("3", |run| run == "1");
        assert_eq!(
            (version(&state.seen_by("3"), "p"), version(&state.seen_by("2"), "m")),
            (Some(1), Some(2))
        );
        // An object that was dropped stays dropped.
        state.objects.remove("profile p");
        state.publish("3").expect("nobody was faster");
        assert_eq!(version(&state, "p"), None);
    }
}
