//! What a user may do and read: rights hold through views, functions, `EXPLAIN`, errors and metadata.

use onefold::{Engine, ErrorKind, Session};

use crate::support::{open, rows, write_project};

const PEOPLE: &str = "id,name,salary\n1,Ann,100\n2,Bo,200\n";

async fn engine(dir: &std::path::Path) -> Engine {
    write_project(dir, &[("data/hr/people.csv", PEOPLE)]);
    let engine = open(dir).await;
    let admin = engine.session();
    let setup = "CREATE SOURCE hr TYPE files OPTIONS (location 'data/hr/');
        CREATE VIEW names AS SELECT id, name FROM hr.people;
        CREATE VIEW salaries AS SELECT id, salary FROM hr.people;
        CREATE PROFILE person FROM ((SELECT id, name FROM hr.people) AS hr KEY (id)) MATCH (BLOCK ON (name), COMPARE given_name(name));
        CREATE USER ann PASSWORD 'correct horse';
        CREATE ROLE reading;
        GRANT SELECT ON public.names TO reading;
        GRANT reading TO ann";
    admin.query(setup).await.expect("the set-up runs");
    engine
}

async fn refused(session: &Session, sql: &str) {
    let error = session.query(sql).await.expect_err(sql);
    assert_eq!(error.kind, ErrorKind::Denied, "{sql}: {error}");
    let text = error.to_string();
    assert!(!text.contains("salary") && !text.contains("200"), "{sql}: {text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_reads_what_was_granted_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let ann = engine.session_of("ann");

    assert_eq!(rows(&ann, "SELECT name FROM names ORDER BY id").await, ["Ann", "Bo"]);
    assert_eq!(rows(&ann, "SELECT name FROM onefold.public.names WHERE id = 2").await, ["Bo"]);
    for sql in [
        "SELECT * FROM hr.people",
        "SELECT * FROM salaries",
        "SELECT * FROM public.salaries",
        "SELECT * FROM nothing",
        "SELECT name FROM names WHERE id IN (SELECT id FROM hr.people WHERE salary > 150)",
        "WITH x AS (SELECT * FROM salaries) SELECT * FROM x",
        "SELECT * FROM (SELECT * FROM names UNION ALL SELECT id, name FROM hr.people)",
        "EXPLAIN SELECT * FROM salaries",
        "EXPLAIN ANALYZE SELECT * FROM hr.people",
        "DESCRIBE salaries",
        "DESCRIBE VIEW salaries",
        "DESCRIBE hr.people",
        "SHOW CREATE VIEW salaries",
        "SHOW CREATE SOURCE hr",
        "SELECT * FROM system.objects",
        "SELECT * FROM system.users",
        "SELECT * FROM candidate_pairs('person')",
        "SELECT * FROM find_matches('person', name => 'Ann')",
        "SELECT * FROM splink_model('person')",
        "SELECT * FROM evaluate_matches('person', 'hr.people')",
        "SELECT * FROM cluster_pairs((SELECT id AS left_key, id AS right_key, 1.0 AS weight FROM hr.people))",
        "EXPLAIN MATCH person ('hr:1', 'hr:2')",
        "CREATE TABLE mine AS SELECT * FROM salaries",
        "INSERT INTO public.salaries VALUES (1, 2)",
        "COPY (SELECT * FROM names) TO '/tmp/out.csv'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'data/hr/people.csv'",
        "CREATE VIEW mine AS SELECT * FROM hr.people",
        "CREATE OR REPLACE VIEW names AS SELECT * FROM hr.people",
        "DROP VIEW salaries",
        "COMMENT ON VIEW names IS 'x'",
        "REFRESH ALL",
        "CREATE USER eve PASSWORD 'evil plans'",
        "ALTER USER bo PASSWORD 'evil plans'",
        "DROP USER ann",
        "GRANT admin TO ann",
        "GRANT SELECT ON ALL TO ann",
    ] {
        refused(&ann, sql).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_and_hints_tell_of_what_may_be_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let ann = engine.session_of("ann");
    let tables = "SELECT table_schema || '.' || table_name FROM information_schema.tables
        WHERE table_schema <> 'information_schema' ORDER BY 1";
    assert_eq!(rows(&ann, tables).await, ["public.names"]);
    let columns = "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema <> 'information_schema'";
    assert_eq!(rows(&ann, columns).await, ["names"]);
    let keys = "SELECT count(*) FROM information_schema.table_constraints";
    assert_eq!(rows(&ann, keys).await, ["0"]);
    assert_eq!(rows(&ann, "SHOW VIEWS").await.len(), 1);
    assert!(rows(&ann, "SHOW SOURCES").await.is_empty());
    let error = ann.query("SELECT nme FROM names").await.expect_err("there is no such column").to_string();
    assert!(error.contains("name") && !error.contains("salar"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn table_functions_are_for_everybody_who_may_read_what_they_look_into() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let (admin, ann) = (engine.session(), engine.session_of("ann"));
    assert_eq!(rows(&ann, "SELECT sum(value) FROM generate_series(1, 3)").await, ["6"]);
    admin.query("REFRESH ALL; GRANT SELECT ON SCHEMA profiles TO ann").await.expect("granted");
    let found = "SELECT record_key FROM find_matches('person', name => 'Ann')";
    assert_eq!(rows(&ann, found).await, rows(&admin, found).await);
    let pairs = "SELECT count(*) FROM candidate_pairs('person')";
    assert_eq!(rows(&ann, pairs).await, rows(&admin, pairs).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_change_with_the_next_statement() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let (admin, ann) = (engine.session(), engine.session_of("ann"));
    admin.query("GRANT SELECT ON SCHEMA hr TO ann").await.expect("the grant runs");
    assert_eq!(rows(&ann, "SELECT sum(salary) FROM hr.people").await, ["300"]);
    admin
        .query("REVOKE SELECT ON SCHEMA hr FROM ann; REVOKE reading FROM ann")
        .await
        .expect("the revoke runs");
    refused(&ann, "SELECT * FROM hr.people").await;
    refused(&ann, "SELECT * FROM names").await;
    admin.query("GRANT admin TO ann").await.expect("the grant runs");
    assert_eq!(rows(&ann, "SELECT count(*) FROM system.users").await, ["2"]);
    admin.query("DROP USER ann").await.expect("the drop runs");
    refused(&ann, "SELECT * FROM names").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_not_told() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let log = dir.path().join(".onefold/warehouse");
    let mut found = false;
    for entry in walk(&log) {
        let text = String::from_utf8_lossy(&std::fs::read(entry).expect("the file can be read")).into_owned();
        assert!(!text.contains("correct horse"));
        found |= text.contains("SCRAM-SHA-256$");
    }
    assert!(found, "the verifier is in the warehouse");
    let told = rows(&engine.session(), "SELECT * FROM system.users").await.join("\n");
    assert!(!told.contains("SCRAM"), "{told}");
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries =
        std::fs::read_dir(dir).expect("the folder can be read").map(|e| e.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Ann sees people below 150 and no salaries; what she may read is as before.
async fn restricted(dir: &std::path::Path) -> (Engine, Session) {
    let engine = engine(dir).await;
    let setup = "GRANT SELECT ON SCHEMA hr TO ann; GRANT SELECT ON public.salaries TO ann;
        GRANT SELECT ON SCHEMA profiles TO ann; GRANT SELECT ON SCHEMA system TO ann;
        CREATE POLICY few ON hr.people TO reading USING (salary < 150) MASK (salary AS NULL, name AS left(name, 1) || '.')";
    engine.session().query(setup).await.expect("the policy is made");
    let ann = engine.session_of("ann");
    (engine, ann)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_hold_wherever_a_relation_is_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (engine, ann) = restricted(dir.path()).await;
    for (sql, seen) in [
        ("SELECT id, name, salary FROM hr.people", "1|A.|NULL"),
        ("SELECT * FROM names", "1|A."),
        ("SELECT id, salary FROM salaries", "1|NULL"),
        ("SELECT count(*) FROM hr.people", "1"),
        ("SELECT count(*) FROM hr.people WHERE salary = 200 OR salary = 100", "0"),
        ("SELECT p.id FROM hr.people p JOIN names n ON p.id = n.id", "1"),
        ("WITH x AS (SELECT * FROM salaries) SELECT sum(id) FROM x", "1"),
        ("SELECT max(id) FROM hr.people WHERE id > 0 AND id IN (1, 2, 3) AND name IS NOT NULL", "1"),
        ("SELECT count(*) FROM hr.people WHERE id = 2", "0"),
        ("SELECT (SELECT count(*) FROM names)", "1"),
        ("SELECT count(*) FROM system.column_profile", "0"),
    ] {
        assert_eq!(rows(&ann, sql).await, [seen], "{sql}");
    }
    // Administrators, and the profile that is made of the relation, see everything.
    let admin = engine.session();
    assert_eq!(rows(&admin, "SELECT sum(salary) FROM hr.people").await, ["300"]);
    admin.query("REFRESH ALL").await.expect("the refresh runs");
    assert_eq!(rows(&admin, "SELECT count(*) FROM profiles.person").await, ["2"]);
    admin.query("DROP POLICY few ON hr.people").await.expect("the policy is dropped");
    assert_eq!(rows(&ann, "SELECT sum(salary) FROM salaries").await, ["300"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_not_undermined() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (engine, ann) = restricted(dir.path()).await;
    // A condition that fails on a row that is not seen would tell of it.
    let probes = [
        "SELECT id FROM hr.people WHERE 1 / (id - 2) < 5",
        "SELECT id FROM names WHERE CAST(CASE WHEN id = 2 THEN 'x' ELSE '1' END AS INT) = 1",
        "SELECT id FROM salaries WHERE arrow_cast(CASE WHEN id = 2 THEN 'x' ELSE '1' END, 'Int8') = 1",
    ];
    for sql in probes {
        assert_eq!(rows(&ann, sql).await, ["1"], "{sql}");
    }
    for sql in
        ["EXPLAIN ANALYZE SELECT * FROM names", "EXPLAIN VERBOSE SELECT * FROM hr.people WHERE salary > 1"]
    {
        let plan = rows(&ann, sql).await.join("\n");
        assert!(plan.contains("RestrictedExec: hr.people, policies=[few]"), "{plan}");
        assert!(
            !plan.contains("150") && !plan.contains("people.csv") && !plan.contains("output_rows=2"),
            "{plan}"
        );
    }
    // What fails in a policy says nothing of the row.
    let fails = "CREATE POLICY odd ON hr.people TO ann USING (CAST(name AS INT) = 1)";
    let admin = engine.session();
    admin.query(fails).await.expect("it can be planned");
    admin.query("DROP POLICY few ON hr.people").await.expect("the other one is dropped");
    let error = ann.query("SELECT * FROM names").await.expect_err("the policy fails").to_string();
    assert!(
        error.contains("policies of hr.people could not be applied") && !error.contains("Ann"),
        "{error}"
    );

    // Functions that look into whole records are refused, as soon as one relation of the profile is restricted.
    admin
        .query("CREATE POLICY own ON profiles.person TO ALL EXCEPT reading USING (name = current_user)")
        .await
        .expect("made");
    admin.query("REVOKE reading FROM ann; REFRESH ALL").await.expect("revoked");
    for sql in [
        "SELECT * FROM find_matches('person', name => 'Ann')",
        "SELECT * FROM candidate_pairs('person')",
        "EXPLAIN MATCH person ('hr:1', 'hr:2')",
        "CREATE POLICY p ON hr.people USING (true)",
        "DROP POLICY own ON profiles.person",
    ] {
        let error = ann.query(sql).await.expect_err(sql);
        assert_eq!(error.kind, ErrorKind::Denied, "{sql}: {error}");
    }
    assert!(rows(&ann, "SELECT * FROM profiles.person").await.is_empty());
    let blocks = "SELECT * FROM system.blocking";
    assert!(rows(&ann, blocks).await.is_empty() && !rows(&admin, blocks).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_looked_up_along_a_path_of_schemas_that_may_be_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    engine.session().query("CREATE VIEW people AS SELECT 7 AS id").await.expect("a view");
    let path = ["hr", "system", "public"].map(str::to_owned);
    for (user, sql, expected) in [
        (None, "SELECT count(*) FROM people", "2"),
        (None, "SELECT count(*) FROM PEOPLE p WHERE id IN (SELECT p.id FROM people p)", "2"),
        (
            None,
            "WITH people AS (SELECT * FROM people UNION ALL SELECT * FROM people) SELECT count(*) FROM people",
            "4",
        ),
        (None, "SELECT count(*) FROM \"people\" JOIN names USING (id)", "2"),
        (None, "SELECT count(*) FROM users", "2"),
        (None, "SELECT count(*) FROM public.people", "1"),
        // What may not be read hides nothing.
        (Some("bo"), "SELECT count(*) FROM people", "1"),
    ] {
        let session = match user {
            Some(user) => {
                let setup = format!("CREATE USER {user}; GRANT SELECT ON people TO {user}");
                engine.session().query(&setup).await.expect("a user");
                engine.session_of(user)
            }
            None => engine.session(),
        };
        let parsed = onefold::sql::parse(sql).expect(sql).remove(0);
        let parsed = session.along(&parsed, &path).await.expect(sql);
        assert_eq!(rows(&session, &parsed.statement.to_string()).await, [expected], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_of_a_user_is_bounded_over_all_sessions() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = engine(dir.path()).await;
    let admin = engine.session();
    let (ann, other) = (engine.session_of("ann"), engine.session_of("ann"));
    let large =
        "SELECT count(*) FROM (SELECT DISTINCT value % 1000003 AS v FROM generate_series(1, 2000000))";
    let sorted = "SELECT count(*) FROM (SELECT value, lag(value) OVER (ORDER BY value DESC) AS before
        FROM generate_series(1, 2000000)) WHERE before > value";
    let joined =
        "SELECT count(*) FROM generate_series(1, 1500000) a JOIN generate_series(1, 1500000) b USING (value)";
    assert_eq!(rows(&ann, joined).await, ["1500000"]);
    admin.query("ALTER ROLE reading OPTIONS (memory '12MB')").await.expect("a limit");
    // What can spill does; what cannot fails and says by whose limit.
    assert_eq!(rows(&ann, sorted).await, ["1999999"]);
    assert_eq!(rows(&ann, large).await, ["1000003"]);
    let error = other.query(joined).await.expect_err("it is too large");
    assert_eq!(error.kind, ErrorKind::Resources, "{error}");
    let text = error.to_string();
    assert!(text.contains("the statements of ann may take 12.0 MB") && text.contains("ALTER USER"), "{text}");
    assert_eq!(rows(&admin, joined).await, ["1500000"]);
    admin.query("ALTER ROLE reading OPTIONS (memory none)").await.expect("no limit");
    assert_eq!(rows(&other, joined).await, ["1500000"]);
}
