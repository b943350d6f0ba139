//! The demonstration truth set of Senzing as an executable specification: 159 hard records of three sources, of 85
//! people and organisations, without any mapping or tuning.
//!
//! What differs from Senzing's clusters, and why:
//!
//! * Relatives at one address with little else (two John Smiths, Robert Smith senior and junior, four Kushas with one
//!   mailbox): Senzing knows how exclusive each kind of value is from elsewhere. A model that is learned from 159 records,
//!   many of which are made to look like each other, sees an address and a mailbox say more than they do among millions.
//! * People who changed their name or address at once, or of whom a record has a name only (the five Susan Mooneys): no
//!   evidence is left that a stranger of the same name would not have; Senzing joins some of them because its expected
//!   result counts names that it takes for rare.
//! * Names in two scripts in two columns (Dara Kim in Khmer): one name per record is compared.
//! * Names of organisations beside names of people: they are compared as one, without what is known of organisations.
use crate::support::{number, open, run_project, shared_data, write_project};

/// Which clusters are split and which are joined is printed; the figures must not fall.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truth_set() {
    let Some(data) = shared_data("senzing") else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(dir.path().join("data")).expect("the folder can be made");
    // The folder has each source in two formats.
    for file in ["customers.csv", "reference.csv", "watchlist.csv", "actual_truthset_key.csv"] {
        std::fs::copy(data.join(file), dir.path().join("data").join(file)).expect("the file can be copied");
    }
    let project = "CREATE SOURCE data TYPE files OPTIONS (location 'data/');
         CREATE PROFILE person FROM (
            (SELECT * FROM data.customers) AS customers KEY (record_id),
            (SELECT * EXCEPT (date_of_birth), CAST(date_of_birth AS VARCHAR) AS date_of_birth FROM data.reference)
                AS reference KEY (record_id),
            (SELECT * FROM data.watchlist) AS watchlist KEY (record_id)) MATCH (AUTO);
         CREATE VIEW truth AS SELECT lower(data_source) AS source, CAST(record_id AS VARCHAR) AS record_key,
            cluster_id AS person FROM data.actual_truthset_key;";
    write_project(dir.path(), &[("project.sql", project)]);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, onefold::refresh::RunStatus::Succeeded);
    let session = engine.session();
    for (measure, least) in [("pairs", LEAST_PAIRS), ("b_cubed", LEAST_B_CUBED)] {
        let text = |column: &str| {
            format!(
                "SELECT {column} FROM evaluate_matches('person', 'public.truth') WHERE measure = '{measure}'"
            )
        };
        let precision = number(&session, &text("precision")).await;
        let recall = number(&session, &text("recall")).await;
        let f1 = number(&session, &text("f1")).await;
        println!("senzing {measure}: precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}");
        assert!(f1 >= least, "{measure}: F1 {f1:.4} is below {least}");
    }
}

const LEAST_PAIRS: f64 = 0.5;
const LEAST_B_CUBED: f64 = 0.84;
