//! Refreshes that read what has changed: whatever happens at the source, what they give is what a full read gives.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use deltalake_core::DeltaTable;
use onefold::Session;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::support::{mariadb, open, psql, rows, write_project};

async fn session(dir: &Path, source: &str) -> Session {
    let sql = format!("{source}\nCREATE MATERIALIZED VIEW mirror AS SELECT * FROM live.items;");
    write_project(dir, &[("project.sql", &sql)]);
    let session = open(dir).await.session();
    session.query(&sql).await.expect("the definitions are good");
    session
}

/// Refreshes, and compares the mirror with the source. Returns the rows and how many of them were read.
async fn refreshed(session: &Session) -> (usize, usize) {
    session.query("REFRESH ALL").await.expect("the refresh goes well");
    let live = rows(session, "SELECT * FROM live.items ORDER BY id").await;
    assert_eq!(rows(session, "SELECT * FROM mirror ORDER BY id").await, live);
    let read = rows(session, "SELECT rows_read FROM system.source_copies").await;
    (live.len(), read[0].parse().expect("a number"))
}

/// A change of a table `items` whose column `seen` is told of inserts and updates.
fn change(draws: &mut ChaCha8Rng, next: &mut u32, names: &[&str], now: &str) -> String {
    let id = draws.next_u32() % 400;
    let name = names[draws.next_u32() as usize % names.len()];
    match draws.next_u32() % 10 {
        0..4 => {
            *next += 1;
            format!("INSERT INTO items VALUES ({next}, '{name}', {id}, {now})")
        }
        4..8 => format!(
            "UPDATE items SET name = '{name}', points = points + 1, seen = {now} WHERE id % 50 = {}",
            id % 50
        ),
        8 => format!("DELETE FROM items WHERE id = {id}"),
        // A row without a time is read every time.
        _ => format!("UPDATE items SET points = {id}, seen = NULL WHERE id = {id}"),
    }
}

async fn database(kind: &str, url: &str, schema: &str, execute: impl Fn(&str)) {
    let now = if kind == "mysql" { "utc_timestamp(6)" } else { "clock_timestamp()" };
    let names = ["Ann", "Bo''b", "Zoë", "ann", ""];
    let mut next = 400_u32;
    let values: Vec<String> =
        (1..=next).map(|id| format!("({id}, 'n{id}', {id}, '2026-01-01 00:00:00')")).collect();
    execute(&format!("INSERT INTO items VALUES {}", values.join(", ")));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let source = format!(
        "CREATE SOURCE live TYPE {kind} OPTIONS (url '{url}', schemas '{schema}', updated_at 'seen', overlap '1');"
    );
    let session = session(dir.path(), &source).await;
    assert_eq!(refreshed(&session).await, (400, 400));
    let mut draws = ChaCha8Rng::seed_from_u64(7);
    let mut fewer = 0;
    for _ in 0..12 {
        for _ in 0..draws.next_u32() % 4 {
            execute(&change(&mut draws, &mut next, &names, now));
        }
        let (rows, read) = refreshed(&session).await;
        fewer += usize::from(read < rows);
    }
    assert!(fewer > 5, "changes were read {fewer} times");

    // What nobody tells of shows with FULL, and what has other columns is another table.
    execute("UPDATE items SET points = -1 WHERE id = 9");
    session.query("REFRESH ALL FULL").await.expect("the refresh goes well");
    assert_eq!(rows(&session, "SELECT points FROM mirror WHERE id = 9").await, ["-1"]);
    execute("ALTER TABLE items ADD COLUMN extra int");
    // This asks for the columns anew, which are remembered for some seconds.
    rows(&session, "SELECT * FROM system.sources").await;
    session.query("REFRESH ALL").await.expect("the refresh goes well");
    let detail =
        "SELECT detail FROM system.run_steps WHERE object = 'source live' ORDER BY started_at DESC LIMIT 1";
    assert_eq!(
        rows(&session, detail).await,
        ["all rows: its columns or the definition of the source have changed"]
    );
    session.query("DROP SOURCE live CASCADE").await.expect("it can be dropped");
    assert!(!dir.path().join(".onefold/warehouse/sources/live/items").exists());
}

const ITEMS: &str = "CREATE TABLE items (id int PRIMARY KEY, name varchar(20), points int, seen";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_postgresql() {
    let Ok(url) = std::env::var("ONEFOLD_TEST_POSTGRES") else {
        eprintln!("skipped: there is no server; run: eval \"$(scripts/databases start)\"");
        return;
    };
    let schema = format!("copies_{}", std::process::id());
    let execute = |sql: &str| psql(&url, &format!("SET search_path = {schema}; {sql}"));
    psql(&url, &format!("CREATE SCHEMA {schema}"));
    execute(&format!("{ITEMS} timestamptz)"));
    database("postgres", &url, &schema, execute).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_mariadb() {
    let Ok(url) = std::env::var("ONEFOLD_TEST_MYSQL") else {
        eprintln!("skipped: there is no server; run: eval \"$(scripts/databases start)\"");
        return;
    };
    let schema = format!("copies_{}", std::process::id());
    let execute = |sql: &str| mariadb(&url, &format!("USE {schema}; {sql}"));
    mariadb(&url, &format!("CREATE DATABASE {schema}"));
    execute(&format!("{ITEMS} datetime(6))"));
    database("mysql", &url, &schema, execute).await;
}

async fn delta(folder: &Path) -> DeltaTable {
    let url =
        url::Url::from_directory_path(folder.canonicalize().expect("the folder is there")).expect("a path");
    DeltaTable::try_from_url(url).await.expect("the table opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_delta() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = dir.path().join("lake/items");
    std::fs::create_dir_all(&folder).expect("a folder");
    let items = |ids: std::ops::Range<i64>| {
        let names: StringArray = ids.clone().map(|id| Some(format!("n{id}"))).collect();
        let columns = [
            ("id", Arc::new(ids.map(|id| id / 2 * 2).collect::<Int64Array>()) as _),
            ("name", Arc::new(names) as _),
        ];
        RecordBatch::try_from_iter(columns).expect("the columns are of one length")
    };
    let enabled = [("delta.enableChangeDataFeed", Some("true"))];
    let every_other = |batch: RecordBatch| {
        let keep = (0..batch.num_rows()).map(|row| Some(row % 2 == 0)).collect();
        arrow::compute::filter_record_batch(&batch, &keep).expect("the mask is as long")
    };
    delta(&folder)
        .await
        .write([every_other(items(0..200))])
        .with_configuration(enabled)
        .await
        .expect("it is written");
    let session =
        session(dir.path(), "CREATE SOURCE live TYPE delta OPTIONS (location 'lake/', key 'id');").await;
    assert_eq!(refreshed(&session).await, (100, 100));
    let set = |id: i64, name: &'static str| (format!("id = {id}"), format!("'{name}'"));
    for (id, name) in [(10, "ten"), (12, "twelve"), (10, "ten again")] {
        let (which, name) = set(id, name);
        delta(&folder)
            .await
            .update()
            .with_predicate(which.as_str())
            .with_update("name", name.as_str())
            .await
            .expect("it is changed");
    }
    delta(&folder).await.delete().with_predicate("id = 12 OR id > 190").await.expect("they are deleted");
    delta(&folder).await.write([every_other(items(196..204))]).await.expect("it is written");
    let (count, read) = refreshed(&session).await;
    assert!(count == 99 && read < 20, "{read} of {count}");
    assert_eq!(rows(&session, "SELECT name FROM mirror WHERE id = 10").await, ["ten again"]);
    assert_eq!(refreshed(&session).await, (count, read));

    // A key that is none is refused, and what was there stays.
    delta(&folder).await.write([items(300..304)]).await.expect("it is written");
    let error = session.query("REFRESH ALL FULL").await.expect_err("the key is none").to_string();
    assert!(error.contains("live.items") && error.contains("2 values occur more than once"), "{error}");
    assert_eq!(rows(&session, "SELECT count(*) FROM mirror").await, ["99"]);
}
