//! Accuracy with `MATCH (AUTO)` and nothing else, on labelled data.

use onefold::refresh::RunStatus;

use crate::population;
use crate::support::{number, open, run_project, shared_data, write_project};

/// One labelled set: its record sources, and a query that gives the truth as source, key and person.
struct Labelled {
    name: &'static str,
    folder: &'static str,
    sources: &'static str,
    truth: &'static str,
    least_f1: f64,
}

const FEBRL: &str =
    "rec_id, given_name, surname, street_number, address_1, suburb, postcode, date_of_birth, soc_sec_id";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_100k() {
    measure(Labelled {
        name: "people_100k",
        folder: "people",
        sources: "(SELECT record_id, first_name, last_name, birth_date, email, phone, street, city, postcode
                   FROM data.people_100k) AS people KEY (record_id)",
        truth: "SELECT 'people' AS source, record_id AS record_key, entity_id AS person FROM data.people_100k",
        least_f1: 0.965,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn historical_50k() {
    measure(Labelled {
        name: "historical_50k",
        folder: "splink",
        sources: "(SELECT unique_id, first_name, surname, dob, birth_place, postcode_fake, occupation
                   FROM data.historical_figures_with_errors_50k) AS figures KEY (unique_id)",
        truth: "SELECT 'figures' AS source, unique_id AS record_key, cluster AS person
                FROM data.historical_figures_with_errors_50k",
        least_f1: 0.95,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fake_1000() {
    measure(Labelled {
        name: "fake_1000",
        folder: "splink",
        sources: "(SELECT unique_id, first_name, surname, dob, city, email FROM data.fake_1000) AS fake
                  KEY (unique_id)",
        truth: "SELECT 'fake' AS source, CAST(unique_id AS VARCHAR) AS record_key, CAST(cluster AS VARCHAR) AS person
                FROM data.fake_1000",
        least_f1: 0.965,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn febrl3() {
    let sources = format!("(SELECT {FEBRL} FROM data.dataset3) AS d3 KEY (rec_id)");
    measure(Labelled {
        name: "febrl3",
        folder: "febrl",
        sources: Box::leak(sources.into_boxed_str()),
        truth: "SELECT 'd3' AS source, rec_id AS record_key, split_part(rec_id, '-', 2) AS person FROM data.dataset3",
        least_f1: 0.9999,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn febrl4() {
    let sources = format!(
        "(SELECT {FEBRL} FROM data.dataset4a) AS a KEY (rec_id), (SELECT {FEBRL} FROM data.dataset4b) AS b KEY (rec_id)"
    );
    measure(Labelled {
        name: "febrl4",
        folder: "febrl",
        sources: Box::leak(sources.into_boxed_str()),
        truth: "SELECT 'a' AS source, rec_id AS record_key, split_part(rec_id, '-', 2) AS person FROM data.dataset4a
                UNION ALL SELECT 'b', rec_id, split_part(rec_id, '-', 2) FROM data.dataset4b",
        least_f1: 0.9999,
    })
    .await;
}

async fn measure(set: Labelled) {
    let Some(data) = shared_data(set.folder) else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = format!(
        "CREATE SOURCE data TYPE files OPTIONS (location '{}');
         CREATE PROFILE person FROM ({}) MATCH (AUTO);
         CREATE VIEW truth AS {};",
        data.display(),
        set.sources,
        set.truth
    );
    write_project(dir.path(), &[("project.sql", &project)]);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    for step in record.steps.iter().filter(|s| s.object == "profile person") {
        let seconds = step.finished_at.map_or(0.0, |end| (end - step.started_at).as_seconds_f64());
        println!(
            "{} {:20} {seconds:7.2} s {:9} {}",
            set.name,
            step.step,
            step.rows.unwrap_or(0),
            step.detail.as_deref().or(step.error.as_deref()).unwrap_or("")
        );
    }
    assert_eq!(record.status, RunStatus::Succeeded);
    let session = engine.session();
    let measured = |column: &'static str| {
        let session = &session;
        async move {
            let text = format!(
                "SELECT {column} FROM evaluate_matches('person', 'public.truth') WHERE measure = 'pairs'"
            );
            number(session, &text).await
        }
    };
    let (precision, recall, f1) =
        (measured("precision").await, measured("recall").await, measured("f1").await);
    println!("{}: precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}", set.name);
    // Figures are compared as they are printed, to four places.
    assert!(f1 + 0.00005 >= set.least_f1, "{}: F1 {f1:.4} is below {}", set.name, set.least_f1);
}

/// People and households of a generated population, whose truth is known for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn households() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(dir.path().join("data")).expect("the folder can be made");
    population::write(&dir.path().join("data/people.parquet"), 12_000, 11);
    let project = "CREATE SOURCE data TYPE files OPTIONS (location 'data/');
         CREATE PROFILE person FROM (
            (SELECT record_id, first_name, last_name, birth_date, email, phone, street, city, postcode, updated_at
             FROM data.people) AS a KEY (record_id)) MATCH (AUTO);
         CREATE VIEW truth AS SELECT 'a' AS source, record_id AS record_key, entity_id AS person FROM data.people;
         CREATE VIEW homes AS SELECT p.household_id AS found, t.household_id AS expected
            FROM (SELECT entity_id, household_id, min(record_id) AS record_id FROM data.people GROUP BY 1, 2) AS t
            JOIN profiles.person_links AS l ON l.record_key = t.record_id
            JOIN profiles.person_households AS p USING (person_id);";
    write_project(dir.path(), &[("project.sql", project)]);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded);
    let session = engine.session();
    let people = "SELECT f1 FROM evaluate_matches('person', 'public.truth') WHERE measure = 'pairs'";
    let people = number(&session, people).await;
    let pairs = |by: &str| {
        format!("(SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM public.homes GROUP BY {by}))")
    };
    let (found, expected, both) = (pairs("found"), pairs("expected"), pairs("found, expected"));
    let precision = number(&session, &format!("SELECT {both} * 1.0 / {found}")).await;
    let recall = number(&session, &format!("SELECT {both} * 1.0 / {expected}")).await;
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "generated people: F1 {people:.4}; households: precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}"
    );
    assert!(people >= 0.95, "people: F1 {people:.4} is below 0.95");
    // A fifth of the pairs of housemates have neither address, phone nor family name in common.
    assert!(f1 >= 0.73, "households: F1 {f1:.4} is below 0.73");
}
