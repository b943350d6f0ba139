//! What is sent to a database and what is not, for a table of queries per database: `sent/<database>.txt`. Each block
//! is a query and its plan, of which `RemoteScanExec` shows what is sent. `UPDATE_SENT=1` rewrites them.

use std::fmt::Write;

use super::server::{Database, Kind};
use super::{plan, query};

const TABLES: &str =
    "CREATE TABLE members (id int PRIMARY KEY, email varchar(100), points bigint, score double precision,
    price numeric(10, 2), active boolean, born date, seen timestamp NULL);\n
    CREATE TABLE visits (member int, at timestamp NULL, amount numeric(10, 2));\n
    CREATE TABLE calls (member int, seconds bigint, FOREIGN KEY (member) REFERENCES members (id))";

/// Where values have their columns' types, SQLite is sent more.
const STRICT: &str = ";
    CREATE TABLE customers (id text PRIMARY KEY, email text, points int) STRICT;
    CREATE TABLE orders (customer text, total int) STRICT";

async fn check(kind: Kind) {
    let strict = if kind == Kind::Sqlite { STRICT } else { "" };
    let Some(database) = Database::new(kind, &[TABLES, strict].concat()).await else { return };
    let source = database.source(&[]).await;
    let path = format!("tests/databases/sent/{}.txt", kind.name());
    let recorded = std::fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    for block in recorded.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let sql = block.lines().next().unwrap();
        let lines = match query(&source, sql).await {
            Ok(frame) => plan(frame).await,
            Err(error) => panic!("{sql}: {error}"),
        };
        writeln!(written, "{sql}").unwrap();
        for line in lines {
            // How rows are passed on here says nothing of what is sent.
            let passing =
                ["RepartitionExec", "CoalescePartitionsExec", "CooperativeExec", "CoalesceBatchesExec"];
            if !passing.iter().any(|name| line.starts_with(name)) {
                writeln!(written, "    {}", line.replace(&database.name, "SCHEMA")).unwrap();
            }
        }
        written.push('\n');
    }
    if std::env::var_os("UPDATE_SENT").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert!(recorded == written, "{path} is out of date: look at UPDATE_SENT=1 and its diff\n{written}");
    }
}

#[tokio::test]
async fn postgres() {
    check(Kind::Postgres).await;
}

#[tokio::test]
async fn mysql() {
    check(Kind::Mysql).await;
}

#[tokio::test]
async fn sqlite() {
    check(Kind::Sqlite).await;
}
