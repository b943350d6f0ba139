//! Databases for tests: each test has one of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mysql_async::prelude::Queryable;
use onefold_connectors::Source;
use tempfile::TempDir;

use super::open;

static MADE: AtomicUsize = AtomicUsize::new(0);

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Mysql,
    Sqlite,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Postgres, Kind::Mysql, Kind::Sqlite];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The server's address, or `None`, with a message, when there is none.
    pub(crate) fn url(self) -> Option<String> {
        let variable = match self {
            Self::Postgres => "ONEFOLD_TEST_POSTGRES",
            Self::Mysql => "ONEFOLD_TEST_MYSQL",
            Self::Sqlite => return Some(String::new()),
        };
        let url = std::env::var(variable).ok();
        if url.is_none() {
            eprintln!("skipped: {variable} is not set; run: eval \"$(scripts/databases start)\"");
        }
        url
    }
}

/// A schema, a database or a file with tables.
pub(crate) struct Database {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) name: String,
    folder: TempDir,
}

impl Database {
    /// A new one, or `None` when there is no server.
    pub(crate) async fn new(kind: Kind, setup: &str) -> Option<Self> {
        let url = kind.url()?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}_{number}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let database = Self { kind, url, name, folder };
        match kind {
            Kind::Postgres => database.run(&format!("CREATE SCHEMA {}", database.name)).await,
            Kind::Mysql => {
                let options = mysql_async::Opts::from_url(&database.url).unwrap();
                let mut connection = mysql_async::Conn::new(options).await.unwrap();
                connection.query_drop(format!("CREATE DATABASE {}", database.name)).await.unwrap();
            }
            Kind::Sqlite => {}
        }
        database.run(setup).await;
        Some(database)
    }

    /// Runs statements in it.
    pub(crate) async fn run(&self, sql: &str) {
        match self.kind {
            Kind::Postgres => {
                let sql = format!("SET search_path = {}; {sql}", self.name);
                self.postgres().await.batch_execute(&sql).await.unwrap();
            }
            Kind::Mysql => {
                let options = mysql_async::Opts::from_url(&self.url).unwrap();
                let options = mysql_async::OptsBuilder::from_opts(options).db_name(Some(self.name.clone()));
                let mut connection = mysql_async::Conn::new(options).await.unwrap();
                let statements = sql.split(";\n").map(str::trim).filter(|s| !s.is_empty());
                for statement in statements {
                    connection.query_drop(statement).await.unwrap();
                }
            }
            Kind::Sqlite => self.sqlite().execute_batch(sql).unwrap(),
        }
    }

    pub(crate) async fn postgres(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("crm.db")).unwrap()
    }

    /// The options that open it.
    pub(crate) fn options(&self) -> Vec<(String, String)> {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        match self.kind {
            Kind::Sqlite => {
                vec![pair("location", &self.folder.path().join("crm.db").display().to_string())]
            }
            _ => vec![pair("url", &self.url), pair("schemas", &self.name)],
        }
    }

    /// Opened, with further options.
    pub(crate) async fn source(&self, options: &[(&str, &str)]) -> Arc<dyn Source> {
        let own = self.options();
        let own = own.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let options: Vec<_> = own.chain(options.iter().copied()).collect();
        open(self.kind.name(), &options).await.unwrap()
    }
}
