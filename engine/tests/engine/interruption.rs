//! A run that is killed: what was there before stays readable, and the next run does the rest.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use onefold::refresh::{Event, Observer, Request, RunStatus, Status, load_runs, run};
use tokio::sync::Notify;

use crate::support::{open, rows, run_project, write_project};

/// A profile that takes a while.
pub const PROJECT: &str = "CREATE SOURCE crm TYPE files OPTIONS (location 'crm/');
CREATE PROFILE person
FROM ((SELECT id, email, name FROM crm.people) AS crm KEY (id))
MATCH (RULE email ON l.email = r.email);
CREATE MATERIALIZED MEASURE records AS SELECT person_id, count(*) AS records FROM profiles.person_links GROUP BY person_id;
CREATE SEGMENT several AS SELECT person_id FROM measures.records WHERE records > 1;";

/// So many records, two of each person.
pub fn people(dir: &Path, count: usize) {
    let mut text = "id,email,name\n".to_owned();
    for n in 0..count {
        text.push_str(&format!("p{n},mail{}@example.com,Person {n}\n", n / 2));
    }
    write_project(dir, &[("crm/people.csv", &text)]);
}

/// Everything that a reader sees, and that it agrees with itself.
pub async fn state(dir: &Path) -> Vec<String> {
    let engine = open(dir).await;
    let session = engine.session();
    let text = "SELECT (SELECT count(*) FROM profiles.person) AS people, \
                (SELECT count(*) FROM profiles.person_links) AS links, \
                (SELECT count(*) FROM profiles.person_records) AS records, \
                (SELECT count(DISTINCT person_id) FROM profiles.person_links) AS linked, \
                (SELECT sum(records) FROM measures.records) AS measured";
    rows(&session, text).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_leaves_the_last_good_state() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_project(dir.path(), &[("project.sql", PROJECT)]);
    people(dir.path(), 1_000);
    run_project(&open(dir.path()).await).await;
    let before = state(dir.path()).await;
    assert_eq!(before, ["500|1000|1000|500|1000"]);

    people(dir.path(), 40_000);
    for milliseconds in [200, 500, 900, 1_500] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_onefold"))
            .args(["run", "--project"])
            .arg(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let now = state(dir.path()).await;
        assert!(
            now == before || now == ["20000|40000|40000|20000|40000"],
            "after {milliseconds} ms: {now:?}"
        );
    }

    let record = run_project(&open(dir.path()).await).await;
    assert_eq!(record.status, RunStatus::Succeeded);
    assert_eq!(state(dir.path()).await, ["20000|40000|40000|20000|40000"]);
}

/// Tells when the profile is done.
#[derive(Debug, Default)]
struct ProfileDone(Notify);

impl Observer for ProfileDone {
    fn event(&self, event: &Event) {
        if let Event::Finished(step) = event
            && step.object == "profile person"
            && step.step.is_empty()
        {
            self.0.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_all_of_a_run_or_nothing_and_the_next_run_goes_on_with_what_was_done() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_project(dir.path(), &[("project.sql", PROJECT)]);
    people(dir.path(), 1_000);
    let engine = open(dir.path()).await;
    run_project(&engine).await;
    let before = state(dir.path()).await;

    people(dir.path(), 2_000);
    let watch = Arc::new(ProfileDone::default());
    let request = Request { targets: None, full: false, command: "test".to_owned() };
    tokio::select! {
        biased;
        () = watch.0.notified() => {}
        _ = run(&engine, request, Arc::clone(&watch) as Arc<dyn Observer>) => panic!("it should have been stopped"),
    }
    assert_eq!(state(dir.path()).await, before);
    let mut runs = load_runs(engine.warehouse()).await.expect("the runs can be read");
    let stopped = runs.last_mut().expect("there are runs");
    stopped.status = RunStatus::Interrupted;
    stopped.save(engine.warehouse()).await.expect("it can be written");

    let record = run_project(&engine).await;
    let status = |object: &str| {
        record.steps.iter().find(|s| s.object == object && s.step.is_empty()).map(|s| s.status)
    };
    assert_eq!(status("profile person"), Some(Status::Fresh), "{record:?}");
    assert_eq!(status("measure records"), Some(Status::Done), "{record:?}");
    assert_eq!(state(dir.path()).await, ["1000|2000|2000|1000|2000"]);
    assert_eq!(rows(&engine.session(), "SELECT count(*) FROM segments.membership").await, ["1000"]);
}
