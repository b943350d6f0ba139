//! Ids that stay: over reruns, another order of records, merges and splits.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{open, rows, run_project, write_project};

const PROJECT: &str = "CREATE SOURCE crm TYPE files OPTIONS (location 'crm/', columns.people 'id text, email text, phone text');
CREATE PROFILE person
FROM ((SELECT id, email, phone FROM crm.people) AS crm KEY (id))
MATCH (RULE email ON l.email = r.email, RULE phone ON l.phone = r.phone);";

const LINKS: &str = "SELECT record_key, person_id FROM profiles.person_links ORDER BY 1";

/// Records as key, e-mail and phone.
type Records = Vec<(u8, u8, u8)>;

fn write(dir: &Path, records: &Records) {
    let mut text = "id,email,phone\n".to_owned();
    for (id, email, phone) in records {
        let value = |prefix: &str, n: &u8| if *n == 0 { String::new() } else { format!("{prefix}{n}") };
        text.push_str(&format!("r{id:03},{},{}\n", value("e", email), value("p", phone)));
    }
    write_project(dir, &[("crm/people.csv", &text)]);
}

/// Links after a run over these records, in a new process's view of the project.
async fn links(dir: &Path, records: &Records) -> Vec<String> {
    write(dir, records);
    let engine = open(dir).await;
    run_project(&engine).await;
    rows(&engine.session(), LINKS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merge_and_split_are_told_and_old_ids_resolve() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_project(dir.path(), &[("project.sql", PROJECT)]);
    let apart = links(dir.path(), &vec![(1, 1, 0), (2, 1, 0), (3, 2, 0)]).await;
    let together = links(dir.path(), &vec![(1, 1, 0), (2, 1, 3), (3, 2, 3)]).await;
    let id = |line: &String| line.split_once('|').expect("two columns").1.to_owned();
    let (large, small) = (id(&apart[0]), id(&apart[2]));
    assert!(together.iter().all(|l| id(l) == large), "the larger part keeps its id");

    let engine = open(dir.path()).await;
    let session = engine.session();
    let history = format!(
        "SELECT event, other_id, current_id FROM profiles.person_history WHERE person_id = '{small}' ORDER BY at, event"
    );
    assert_eq!(
        rows(&session, &history).await,
        [format!("new|NULL|{large}"), format!("merged|{large}|{large}")]
    );

    let again = links(dir.path(), &vec![(1, 1, 0), (2, 1, 0), (3, 2, 0)]).await;
    assert_eq!(id(&again[0]), large);
    assert_ne!(id(&again[2]), large, "the part that leaves gets another id");
    let split =
        format!("SELECT event, other_id FROM profiles.person_history WHERE person_id = '{}'", id(&again[2]));
    assert_eq!(rows(&session, &split).await, [format!("split|{large}")]);

    let gone = links(dir.path(), &vec![(3, 2, 0)]).await;
    assert_eq!(gone, [again[2].clone()]);
    let retired = format!(
        "SELECT count(*) FROM profiles.person_history WHERE person_id = '{large}' AND event = 'retired' AND current_id IS NULL"
    );
    assert_eq!(rows(&session, &retired).await, ["1"]);
}

#[test]
fn neither_a_rerun_nor_the_order_of_records_changes_ids() {
    let record = (1_u8..40, 0_u8..12, 0_u8..12);
    let records = proptest::collection::vec(record, 1..30).prop_map(|mut records: Records| {
        records.sort();
        records.dedup_by_key(|r| r.0);
        records
    });
    let strategy = (records.clone(), records).prop_flat_map(|(first, second)| {
        let shuffled = Just(second.clone()).prop_shuffle();
        (Just(first), Just(second), shuffled)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |(first, second, shuffled)| {
        runtime.block_on(async {
            let dir = tempfile::tempdir().expect("a temporary folder");
            write_project(dir.path(), &[("project.sql", PROJECT)]);
            links(dir.path(), &first).await;
            let changed = links(dir.path(), &second).await;
            let again = links(dir.path(), &shuffled).await;
            prop_assert_eq!(&changed, &again, "order of records");

            let other = tempfile::tempdir().expect("a temporary folder");
            write_project(other.path(), &[("project.sql", PROJECT)]);
            let fresh = links(other.path(), &shuffled).await;
            prop_assert_eq!(partition(&changed), partition(&fresh), "clusters do not depend on the past");
            Ok(())
        })
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
}

/// Links as sets of records, without the ids.
fn partition(links: &[String]) -> Vec<Vec<&str>> {
    let mut sets: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for link in links {
        let (key, id) = link.split_once('|').expect("two columns");
        sets.entry(id).or_default().push(key);
    }
    let mut sets: Vec<_> = sets.into_values().collect();
    sets.sort();
    sets
}
