//! Big tables are read in ranges at once: every row once, all of one state of the database.

use futures::TryStreamExt;

use super::server::{Database, Kind};
use super::{frame, plan, query, rows, session};

const BIG: &str =
    "CREATE TABLE big AS SELECT i AS id, repeat('x', 400) AS filler FROM generate_series(1, 150000) i";

#[tokio::test]
async fn postgres_by_place() {
    let Some(database) = Database::new(Kind::Postgres, BIG).await else { return };
    let source = database.source(&[]).await;
    let lines = plan(frame(&source, "big").await).await.join("\n");
    assert!(lines.contains("ranges=[ctid < '("), "{lines}");
    let counted = "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM big";
    assert_eq!(rows(&source, counted).await.unwrap(), ["150000 | 150000 | 1 | 150000"]);
    let ordered = rows(&source, "SELECT id FROM big ORDER BY id DESC LIMIT 3").await.unwrap();
    assert_eq!(ordered, ["150000", "149999", "149998"]);
    assert_eq!(rows(&source, "SELECT id FROM big LIMIT 7").await.unwrap().len(), 7);
    let off = database.source(&[("parallel", "false")]).await;
    assert!(!plan(frame(&off, "big").await).await.join("\n").contains("ranges="));
}

#[tokio::test]
async fn joins_by_place() {
    let small = "CREATE TABLE small (id int PRIMARY KEY, name text); INSERT INTO small SELECT i, 'n' FROM generate_series(-9, 90) i";
    let Some(database) = Database::new(Kind::Postgres, &[BIG, "; ", small].concat()).await else { return };
    let source = database.source(&[]).await;
    for (join, rows_of_each, in_ranges) in [
        ("big b JOIN small s ON s.id = b.id", "90 | 90 | 90", true),
        ("small s JOIN big b ON s.id = b.id", "90 | 90 | 90", true),
        ("big b LEFT JOIN small s ON s.id = b.id", "150000 | 90 | 150000", true),
        ("small s LEFT JOIN big b ON s.id = b.id", "100 | 100 | 90", false),
    ] {
        let counted = format!("SELECT count(*), count(s.name), count(b.id) FROM {join}");
        let lines = plan(query(&source, &counted).await.unwrap()).await.join("\n");
        assert!(lines.contains(" AS l ") && lines.contains("ranges=") == in_ranges, "{lines}");
        assert_eq!(rows(&source, &counted).await.unwrap(), [rows_of_each]);
    }
}

/// Rows that move to the end while the first range is read are not read again.
#[tokio::test]
async fn one_state() {
    let Some(database) = Database::new(Kind::Postgres, BIG).await else { return };
    let source = database.source(&[]).await;
    let table = source.table("big").await.unwrap().unwrap();
    let frame = session(2).read_table(table).unwrap().select_columns(&["id"]).unwrap();
    let mut streams = frame.execute_stream_partitioned().await.unwrap();
    let last = streams.pop().unwrap();
    let first: Vec<_> = streams.pop().unwrap().try_collect().await.unwrap();
    database.run("UPDATE big SET filler = 'y'; DELETE FROM big WHERE id > 149000").await;
    let last: Vec<_> = last.try_collect().await.unwrap();
    let all: usize = first.iter().chain(&last).map(arrow::array::RecordBatch::num_rows).sum();
    assert_eq!(all, 150_000);
}

#[tokio::test]
async fn mysql_by_key() {
    let setup = "CREATE TABLE big (id bigint unsigned PRIMARY KEY, filler text);\n
                 INSERT INTO big SELECT seq * 3, repeat('x', 20) FROM seq_1_to_450000;\nANALYZE TABLE big";
    let Some(database) = Database::new(Kind::Mysql, setup).await else { return };
    let source = database.source(&[]).await;
    let lines = plan(frame(&source, "big").await).await.join("\n");
    assert!(lines.contains("ranges=[`id` < "), "{lines}");
    let counted = "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM big";
    assert_eq!(rows(&source, counted).await.unwrap(), ["450000 | 450000 | 3 | 1350000"]);
}
