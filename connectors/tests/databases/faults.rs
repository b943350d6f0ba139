//! What goes wrong at a server is told with its cause and remedy, and never half an answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::server::{Database, KINDS, Kind};
use super::{frame, open, rows};

/// No message shows it.
const SECRET: &str = "hidden-secret";

#[tokio::test]
async fn nobody_listens() {
    for (r#type, url) in [("postgres", "postgres"), ("mysql", "mysql")] {
        let begin = Instant::now();
        let url = format!("{url}://u:{SECRET}@127.0.0.1:1/d");
        let source = open(r#type, &[("url", &url)]).await.unwrap();
        let error = source.tables().await.unwrap_err().to_string();
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert!(error.contains("source crm: 127.0.0.1:1: Connection refused"), "{error}");
        assert!(!error.contains(SECRET) && error.contains("hint: "), "{error}");
    }
}

/// A server that takes the connection and says nothing.
#[tokio::test]
async fn a_silent_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for r#type in ["postgres", "mysql"] {
        let begin = Instant::now();
        let url = format!("{}://u:{SECRET}@{address}/d", r#type);
        let source = open(r#type, &[("url", &url), ("timeout", "1")]).await.unwrap();
        let error = source.tables().await.unwrap_err().to_string();
        assert!(begin.elapsed() < Duration::from_secs(4));
        assert!(error.contains(&format!("{address} did not answer in 1 seconds")), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_database() {
    for kind in [Kind::Postgres, Kind::Mysql] {
        let Some(url) = kind.url() else { continue };
        let wrong = url.replace("secret", SECRET);
        let source = open(kind.name(), &[("url", &wrong)]).await.unwrap();
        let error = source.tables().await.unwrap_err().to_string();
        assert!(error.contains("check user and password") && !error.contains(SECRET), "{error}");

        let source = open(kind.name(), &[("url", &url), ("database", "no_such_database")]).await.unwrap();
        let error = source.tables().await.unwrap_err().to_string();
        assert!(error.contains("no_such_database"), "{error}");
        assert!(error.contains("hint: check"), "{error}");
    }
}

/// A table that was planned and then changed.
#[tokio::test]
async fn a_dropped_column_and_a_changed_type() {
    for kind in KINDS {
        let Some(database) =
            Database::new(kind, "CREATE TABLE t (id int, n int, d text);\nINSERT INTO t VALUES (1, 2, 'x')")
                .await
        else {
            continue;
        };
        let source = database.source(&[]).await;
        let planned = frame(&source, "t").await.select_columns(&["id", "d"]).unwrap();
        let planned_n = frame(&source, "t").await.select_columns(&["n"]).unwrap();
        database.run("ALTER TABLE t DROP COLUMN d").await;
        let error = planned.collect().await.unwrap_err().to_string();
        assert!(error.contains("crm.t: ") && error.contains("run the query again"), "{error}");
        assert_eq!(rows(&source, "SELECT * FROM t").await.unwrap(), ["1 | 2"]);

        match kind {
            // Eight bytes are a bigint as well as a double.
            Kind::Postgres => database.run("ALTER TABLE t ALTER n TYPE real").await,
            Kind::Mysql => database.run("ALTER TABLE t MODIFY n text").await,
            Kind::Sqlite => database.run("UPDATE t SET n = 'two'").await,
        }
        let error = planned_n.collect().await.unwrap_err().to_string();
        assert!(error.contains("crm.t: the column n has"), "{error}");
        assert!(error.contains("hint: "), "{error}");
    }
}

/// The server ends the session in the middle of an answer.
#[tokio::test]
async fn killed_in_mid_read() {
    let setup =
        "CREATE TABLE big AS SELECT i AS id, repeat('x', 500) AS filler FROM generate_series(1, 100000) i";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let source = database.source(&[("parallel", "false")]).await;
    let mut stream = frame(&source, "big").await.execute_stream().await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    let admin = database.postgres().await;
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%{}%' AND pid <> pg_backend_pid()",
        database.name
    );
    admin.batch_execute(&kill).await.unwrap();
    let mut rows_read = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(batch) => rows_read += batch.num_rows(),
            Err(error) => break error.to_string(),
        }
    };
    assert!(rows_read < 100_000 && error.contains("crm.big: "), "{error}");
    assert!(source.traffic().last_error.unwrap().contains("crm.big"));
    // The next query has a new connection.
    assert_eq!(rows(&source, "SELECT count(*) FROM big").await.unwrap(), ["100000"]);
    assert_eq!(source.traffic().last_error, None);
}

/// What stands between us and the server lets nothing through any more.
#[tokio::test]
async fn a_server_that_falls_silent() {
    for kind in [Kind::Postgres, Kind::Mysql] {
        let filler = match kind {
            Kind::Postgres => "generate_series(1, 100000) i",
            _ => {
                "(WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                  SELECT a.i * 1000 + b.i AS i FROM n a JOIN n b ON b.i <= 100) i"
            }
        };
        let setup = format!("CREATE TABLE big AS SELECT i AS id, repeat('x', 500) AS filler FROM {filler}");
        let Some(database) = Database::new(kind, &setup).await else { continue };
        let (before, rest) = database.url.split_once('@').unwrap();
        let (server, after) = rest.split_once('/').unwrap();
        let gate = Gate::before(server).await;
        let url = format!("{before}@{}/{after}", gate.address);
        let options =
            [("url", url.as_str()), ("schemas", &database.name), ("timeout", "1"), ("parallel", "false")];
        let source = open(kind.name(), &options).await.unwrap();
        assert_eq!(rows(&source, "SELECT count(*) FROM big").await.unwrap(), ["100000"]);

        let mut stream = frame(&source, "big").await.execute_stream().await.unwrap();
        assert!(stream.next().await.unwrap().is_ok());
        gate.open.send_replace(false);
        let begin = Instant::now();
        let error = loop {
            if let Err(error) = stream.next().await.unwrap() {
                break error.to_string();
            }
        };
        assert!(begin.elapsed() < Duration::from_secs(5), "{kind:?}");
        assert!(error.contains("crm.big: ") && error.contains("did not answer in 1 seconds"), "{error}");
        // What waited in the pool is silent too.
        let error = rows(&source, "SELECT count(*) FROM big").await.unwrap_err();
        assert!(error.contains("did not answer in 1 seconds"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{kind:?}");
        gate.open.send_replace(true);
        assert_eq!(rows(&source, "SELECT count(*) FROM big").await.unwrap(), ["100000"]);
    }
}

/// Lets connections through to a server while it is open, and holds everything back while it is not.
struct Gate {
    address: SocketAddr,
    open: watch::Sender<bool>,
}

impl Gate {
    async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, is_open) = (TcpStream::connect(&server).await.unwrap(), is_open.clone());
                tokio::spawn(async move {
                    let ((from_client, to_client), (from_server, to_server)) =
                        (client.into_split(), server.into_split());
                    tokio::join!(
                        through(from_client, to_server, is_open.clone()),
                        through(from_server, to_client, is_open)
                    )
                });
            }
        });
        Self { address, open }
    }
}

async fn through(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut is_open: watch::Receiver<bool>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        let held = is_open.wait_for(|open| *open).await.is_err();
        if held || to.write_all(&buffer[..bytes]).await.is_err() {
            return;
        }
    }
}

/// The connection that waited in the pool is gone.
#[tokio::test]
async fn a_restarted_server() {
    let setup = "CREATE VIEW mine AS SELECT pg_backend_pid() AS pid";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let source = database.source(&[]).await;
    let pid = rows(&source, "SELECT pid FROM mine").await.unwrap();
    assert_eq!(rows(&source, "SELECT pid FROM mine").await.unwrap(), pid);
    let kill = format!("SELECT pg_terminate_backend({}, 5000)", pid[0]);
    database.postgres().await.batch_execute(&kill).await.unwrap();
    assert_ne!(rows(&source, "SELECT pid FROM mine").await.unwrap(), pid);
}

#[tokio::test]
async fn a_query_that_takes_too_long() {
    let setup = "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(20)::text AS nap";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let source = database.source(&[("statement_timeout", "1")]).await;
    let begin = Instant::now();
    let error = rows(&source, "SELECT nap FROM slow").await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(error.contains("option statement_timeout"), "{error}");
}
