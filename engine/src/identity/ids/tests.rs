use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_run_without_change_keeps_everything(runs in runs()) {
        let mut history = History::default();
        for run in runs {
            let before = history.run(&run).clone();
            let after = history.run(&run);
            prop_assert_eq!(&after.events, &[]);
            prop_assert_eq!(&after.ids, &before.ids);
            prop_assert_eq!(&after.id_of_cluster, &before.id_of_cluster);
        }
    }

    #[test]
    fn a_cluster_has_one_live_id_and_an_id_one_cluster(runs in runs()) {
        let mut history = History::default();
        for run in runs {
            let found = history.run(&run);
            let held: HashSet<u32> = found.id_of_cluster.iter().copied().collect();
            prop_assert_eq!(held.len(), found.id_of_cluster.len());
            for (id, state) in found.ids.iter().enumerate() {
                prop_assert_eq!(state.current == Some(id as u32), held.contains(&(id as u32)));
                prop_assert!(state.current.is_none_or(|live| held.contains(&live)));
            }
            let names: HashSet<&str> = found.ids.iter().map(|state| state.id.as_str()).collect();
            prop_assert_eq!(names.len(), found.ids.len());
        }
    }

    #[test]
    fn an_ended_id_resolves_to_the_id_of_most_of_its_records(runs in runs()) {
        let mut history = History::default();
        for run in runs {
            let before = history.clone();
            let found = history.run(&run).clone();
            for (id, state) in before.last.ids.iter().enumerate() {
                let now = found.ids[id].current;
                match state.current {
                    Some(live) if live == id as u32 && now != Some(live) => {
                        let mut shares: BTreeMap<u32, usize> = BTreeMap::new();
                        for key in before.keys_of(live) {
                            if let Some(&id) = history.id_of_key.get(&key) {
                                *shares.entry(id).or_default() += 1;
                            }
                        }
                        let most = shares.iter().max_by_key(|&(&id, &records)| (records, Reverse(id)));
                        prop_assert_eq!(now, most.map(|(&id, _)| id));
                    }
                    Some(live) => prop_assert_eq!(now, found.ids[live as usize].current),
                    None => prop_assert_eq!(now, None),
                }
            }
        }
    }

    #[test]
    fn events_are_what_changed(runs in runs()) {
        let mut history = History::default();
        for run in runs {
            let before = history.clone();
            let found = history.run(&run).clone();
            let born = before.last.ids.len()..found.ids.len();
            let ended = (0..before.last.ids.len()).filter(|&id| {
                before.last.ids[id].current == Some(id as u32) && found.ids[id].current != Some(id as u32)
            });
            let subjects: Vec<usize> = found.events.iter().map(|event| match *event {
                Event::New { id, .. } | Event::Split { id, .. } => id as usize,
                Event::Merged { id, .. } | Event::Retired { id, .. } => id as usize,
            }).collect();
            prop_assert_eq!(subjects, ended.chain(born).collect::<Vec<_>>());
            let shared = |old, new| before.keys_of(old).filter(|key| history.id_of_key.get(key) == Some(&new)).count();
            for event in found.events {
                let (counted, told) = match event {
                    Event::New { id, records } => {
                        prop_assert!(history.keys_of(id).all(|key| !before.id_of_key.contains_key(&key)));
                        (history.keys_of(id).count(), records)
                    }
                    Event::Split { id, from, records } => {
                        prop_assert_eq!(found.ids[from as usize].current, Some(from));
                        (shared(from, id), records)
                    }
                    Event::Merged { id, into, records } => (shared(id, into), records),
                    Event::Retired { id, records } => (before.keys_of(id).count(), records),
                };
                prop_assert!(counted > 0);
                prop_assert_eq!(counted, told as usize);
            }
        }
    }
}

#[test]
fn the_larger_part_wins_then_the_older_id() {
    let mut history = History::default();
    history.run(&[(1, 0), (2, 1), (3, 1), (4, 2), (5, 3)]);
    let found = history.run(&[(1, 0), (2, 0), (3, 0), (4, 1), (5, 1)]);
    assert_eq!(found.id_of_cluster, [1, 2]);
    assert_eq!(
        found.events,
        [Event::Merged { id: 0, into: 1, records: 1 }, Event::Merged { id: 3, into: 2, records: 1 }]
    );
}

#[test]
fn of_two_equal_halves_the_older_id_takes_the_ended_one() {
    let mut history = History::default();
    history.run(&[(10, 0), (11, 0), (12, 0), (20, 1), (21, 1), (22, 1), (30, 2), (31, 2)]);
    let younger_first = [(1, 0), (10, 1), (11, 1), (12, 1), (20, 0), (21, 0), (22, 0), (30, 0), (31, 1)];
    let found = history.run(&younger_first);
    assert_eq!(found.id_of_cluster, [1, 0]);
    assert_eq!(found.events, [Event::Merged { id: 2, into: 0, records: 1 }]);
}

#[test]
fn a_split_is_from_the_id_of_most_records() {
    let mut history = History::default();
    history.run(&[(1, 0), (2, 0), (3, 0), (11, 1), (12, 1), (13, 1), (14, 1), (15, 1)]);
    let found = history.run(&[(1, 0), (2, 0), (3, 2), (11, 1), (12, 1), (13, 1), (14, 2), (15, 2)]);
    assert_eq!(found.events, [Event::Split { id: 2, from: 1, records: 2 }]);
}

#[test]
fn a_merge_undone_is_a_split_and_the_merged_id_stays_merged() {
    let mut history = History::default();
    history.run(&[(1, 0), (2, 0), (3, 1)]);
    history.run(&[(1, 0), (2, 0), (3, 0)]);
    let found = history.run(&[(1, 0), (2, 0), (3, 1)]);
    assert_eq!(found.id_of_cluster, [0, 2]);
    assert_eq!(found.events, [Event::Split { id: 2, from: 0, records: 1 }]);
    assert_eq!(found.ids[1].current, Some(0));
}

#[test]
fn merged_ids_follow_further_merges_and_retire_together() {
    let mut history = History::default();
    history.run(&[(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]);
    history.run(&[(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1), (7, 1)]);
    let found = history.run(&[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0)]);
    assert_eq!(currents(found), [Some(2), Some(2), Some(2)]);
    let found = history.run(&[]);
    assert_eq!(found.events, [Event::Retired { id: 2, records: 7 }]);
    assert_eq!(currents(found), [None, None, None]);
}

#[test]
fn records_that_return_after_retirement_are_new() {
    let mut history = History::default();
    history.run(&[(1, 0)]);
    history.run(&[]);
    let found = history.run(&[(1, 0)]);
    assert_eq!(found.events, [Event::New { id: 1, records: 1 }]);
    assert_eq!(found.ids[1].id, "1/1");
}

#[test]
fn an_ended_id_of_a_record_stands_for_where_it_lives() {
    let ids = [("a", Some(1)), ("b", Some(1)), ("c", None)]
        .map(|(id, current)| IdState { id: id.to_owned(), current });
    let previous = PreviousIds { of_record: &[Some(0), Some(2)], ids: &ids, records_before: &[0, 1, 0] };
    let found = assign_ids(&[0, 1], 2, &previous, &mut |record, _| record.to_string());
    assert_eq!(found.id_of_cluster, [1, 3]);
    assert_eq!(found.events, [Event::New { id: 3, records: 1 }]);
}

/// Keys of records with their clusters, as a caller would keep them from run to run.
#[derive(Debug, Clone, Default)]
struct History {
    id_of_key: BTreeMap<u32, u32>,
    last: Assignment,
}

impl History {
    /// `run`: key and label of each record, sorted by key.
    fn run(&mut self, run: &[(u32, u32)]) -> &Assignment {
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        let cluster_of: Vec<u32> = run
            .iter()
            .map(|&(_, label)| {
                let next = numbers.len() as u32;
                *numbers.entry(label).or_insert(next)
            })
            .collect();
        let of_record: Vec<Option<u32>> =
            run.iter().map(|(key, _)| self.id_of_key.get(key).copied()).collect();
        let records_before: Vec<u32> =
            (0..self.last.ids.len()).map(|id| self.keys_of(id as u32).count() as u32).collect();
        let previous =
            PreviousIds { of_record: &of_record, ids: &self.last.ids, records_before: &records_before };
        let found = assign_ids(&cluster_of, numbers.len(), &previous, &mut |record, attempt| {
            format!("{}/{attempt}", run[record as usize].0)
        });
        self.id_of_key = run
            .iter()
            .zip(&cluster_of)
            .map(|(&(key, _), &cluster)| (key, found.id_of_cluster[cluster as usize]))
            .collect();
        self.last = found;
        &self.last
    }

    fn keys_of(&self, id: u32) -> impl Iterator<Item = u32> {
        self.id_of_key.iter().filter(move |&(_, &held)| held == id).map(|(&key, _)| key)
    }
}

/// Each run has some of the keys, in few clusters, so that they merge, split and come and go.
fn runs() -> impl Strategy<Value = Vec<Vec<(u32, u32)>>> {
    let run = prop::collection::btree_map(0u32..16, 0u32..6, 0..16).prop_map(|run| run.into_iter().collect());
    prop::collection::vec(run, 1..6)
}

fn currents(found: &Assignment) -> Vec<Option<u32>> {
    found.ids.iter().map(|state| state.current).collect()
}
