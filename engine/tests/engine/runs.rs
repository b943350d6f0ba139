//! Runs under a tight limit, and with a source that is broken.

use std::process::Command;

use onefold::refresh::{RunRecord, RunStatus, Status};

use crate::support::{open, rows, run_project, write_project};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_larger_than_memory_finishes_on_disk() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let text = |n: usize| format!("{n},{}\n", "text of some length ".repeat(6));
    let table = |rows: &mut dyn Iterator<Item = usize>| -> String {
        std::iter::once("id,text\n".to_owned()).chain(rows.map(text)).collect()
    };
    let files = [
        ("onefold.toml", "[limits]\nmemory = \"48MB\"\n"),
        ("data/a.csv", &table(&mut (0..400_000))),
        ("data/b.csv", &table(&mut (0..400_000).rev())),
        (
            "project.sql",
            "CREATE SOURCE s TYPE files OPTIONS (location 'data/');
             CREATE MATERIALIZED VIEW joined AS
             SELECT a.id, a.text AS left_text, b.text AS right_text FROM s.a JOIN s.b ON a.id = b.id;",
        ),
    ];
    write_project(dir.path(), &files);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{record:?}");
    let detail = whole(&record, "view joined").detail.clone().unwrap_or_default();
    assert!(detail.contains("joins that spill to disk"), "{detail}");
    let joined = "SELECT count(*), sum(id), sum(length(left_text || right_text)) FROM joined";
    assert_eq!(rows(&engine.session(), joined).await, ["400000|79999800000|96000000"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairs_that_need_more_than_the_limit_of_memory_say_so() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let note = "a note of some length ".repeat(8);
    let person =
        |n: usize| format!("{n},first name {n},last name {},mail{n}@example.com,{n} {note}\n", n / 2);
    let people = std::iter::once("id,first_name,last_name,email,note\n".to_owned());
    let files = [
        ("onefold.toml", "[limits]\nmemory = \"64MB\"\n"),
        ("data/people.csv", &people.chain((0..200_000).map(person)).collect::<String>()),
        (
            "project.sql",
            "CREATE SOURCE s TYPE files OPTIONS (location 'data/');
             CREATE PROFILE person FROM ((SELECT * FROM s.people) AS a KEY (id))
             MATCH (BLOCK ON (last_name), COMPARE given_name(first_name), COMPARE email(email), COMPARE text(note));",
        ),
    ];
    write_project(dir.path(), &files);
    let record = run_project(&open(dir.path()).await).await;
    assert_eq!(record.status, RunStatus::Failed, "{record:?}");
    let failed = record.steps.iter().find(|s| s.object == "profile person" && s.step.is_empty());
    let error = failed.and_then(|s| s.error.clone()).unwrap_or_default();
    assert!(error.contains("beside the") && error.contains("that finding pairs holds"), "{error}");
    assert!(error.contains("raise limits.memory in onefold.toml"), "{error}");
}

const BRANCHES: &str = "
CREATE SOURCE good TYPE files OPTIONS (location 'good/');
CREATE SOURCE bad TYPE files OPTIONS (location 'bad/');
CREATE PROFILE customer
FROM ((SELECT id, email FROM good.people) AS crm KEY (id)) MATCH (RULE email ON l.email = r.email);
CREATE SEGMENT everybody AS SELECT customer_id FROM profiles.customer;
CREATE PROFILE lead
FROM ((SELECT id, email FROM bad.people) AS web KEY (id)) MATCH (RULE email ON l.email = r.email);
CREATE SEGMENT leads AS SELECT lead_id FROM profiles.lead;
CREATE MATERIALIZED MEASURE lead_count AS SELECT count(*) AS leads FROM segments.leads;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_source_fails_its_branch_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let people = "id,email\n1,a@example.com\n2,a@example.com\n3,b@example.com\n";
    let files = [("project.sql", BRANCHES), ("good/people.csv", people), ("bad/people.csv", people)];
    write_project(dir.path(), &files);
    run(dir.path(), 0);
    write_project(dir.path(), &[("good/people.csv", &format!("{people}4,c@example.com\n"))]);
    std::fs::remove_dir_all(dir.path().join("bad")).expect("the source can be broken");
    let printed = run(dir.path(), 1);
    assert!(printed.contains("source bad") && printed.contains("does not exist"), "{printed}");

    let session = open(dir.path()).await.session();
    let steps = "SELECT object, status FROM system.run_steps WHERE step = '' AND run_id = \
                 (SELECT max(run_id) FROM system.runs WHERE status = 'failed') ORDER BY object";
    let expected = [
        "measure lead_count|skipped",
        "profile customer|done",
        "profile lead|failed",
        "segment everybody|done",
        "segment leads|skipped",
    ];
    assert_eq!(rows(&session, steps).await, expected);
    let why = "SELECT error FROM system.run_steps WHERE object = 'segment leads' AND status = 'skipped'";
    assert_eq!(rows(&session, why).await, ["profile lead failed, and this stands on it"]);
    let cause = "SELECT error FROM system.run_steps WHERE object = 'profile lead' AND status = 'failed' AND step = ''";
    let cause = rows(&session, cause).await;
    assert!(cause[0].contains("source bad") && cause[0].contains("does not exist"), "{cause:?}");

    assert_eq!(rows(&session, "SELECT count(*) FROM segments.everybody").await, ["3"], "the rest is new");
    assert_eq!(rows(&session, "SELECT count(*) FROM segments.leads").await, ["2"], "the branch is as it was");
}

/// Runs the binary, which must leave with this status; gives what it printed.
/// What changes at a source fails what reads it; what is wrong in a definition leaves the one that was there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_is_gone_and_an_option_that_is_wrong() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = "CREATE SOURCE s TYPE files OPTIONS (location 'data/');
        CREATE MATERIALIZED VIEW names AS SELECT id, name FROM s.people;
        CREATE MATERIALIZED VIEW ids AS SELECT id FROM s.people;";
    write_project(dir.path(), &[("project.sql", project), ("data/people.csv", "id,name\n1,Ann\n")]);
    let engine = open(dir.path()).await;
    assert_eq!(run_project(&engine).await.status, RunStatus::Succeeded);

    write_project(dir.path(), &[("data/people.csv", "id,called\n1,Ann\n2,Bo\n")]);
    let record = run_project(&engine).await;
    let step = |object: &str| record.steps.iter().find(|s| s.step.is_empty() && s.object == object);
    let state = |object| step(object).map(|s| s.status);
    assert_eq!((state("view names"), state("view ids")), (Some(Status::Failed), Some(Status::Done)));
    let error = step("view names").and_then(|s| s.error.clone()).unwrap_or_default();
    assert!(error.contains("there is no column name"), "{error}");
    let session = engine.session();
    assert_eq!(rows(&session, "SELECT * FROM names").await, ["1|Ann"]);
    assert_eq!(rows(&session, "SELECT * FROM ids").await, ["1", "2"]);

    write_project(dir.path(), &[("project.sql", &project.replace("location", "locaton"))]);
    assert!(run(dir.path(), 1).contains("there is no option locaton"));
    assert_eq!(rows(&session, "SELECT count(*) FROM s.people").await, ["2"]);
}

fn run(dir: &std::path::Path, status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_onefold")).arg("run").arg("--project").arg(dir).output();
    let output = output.expect("the binary runs");
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert_eq!(output.status.code(), Some(status), "{printed}");
    printed
}

fn whole<'a>(record: &'a RunRecord, object: &str) -> &'a onefold::refresh::StepRecord {
    let found = record.steps.iter().find(|s| s.step.is_empty() && s.object == object);
    let found = found.unwrap_or_else(|| panic!("no step of {object}: {record:?}"));
    assert_eq!(found.status, Status::Done);
    found
}
