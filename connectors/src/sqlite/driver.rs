//! SQLite as a driver. Its calls block, so they run on threads of their own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use arrow::array::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::catalog;
use super::decode::Decoder;
use super::dialect::SqliteDialect;
use crate::database::dialect::Dialect;
use crate::database::driver::{Catalog, Driver, Read};
use crate::database::options::positive;
use crate::database::pool::{Lease, Pool};
use crate::{Error, OpenRequest, Result};

/// A SQLite file.
#[derive(Debug)]
pub(super) struct SqliteDriver {
    path: PathBuf,
    /// As the option writes it.
    location: String,
    timeout: Duration,
    pool: Arc<Pool<Connection>>,
}

impl SqliteDriver {
    /// Reads the options. The file is opened at its first use.
    pub(super) fn new(request: &OpenRequest) -> Result<Self> {
        let options = &request.options;
        let location = options.text("location").unwrap_or_default().to_owned();
        let timeout = Duration::from_secs(positive(options, "timeout")?.unwrap_or(10));
        let size = usize::try_from(positive(options, "pool_size")?.unwrap_or(8)).unwrap_or(8);
        Ok(Self { path: request.base.join(&location), location, timeout, pool: Pool::new(size) })
    }

    async fn lease(&self) -> Result<Lease<Connection>> {
        let connect = async || {
            let (path, timeout) = (self.path.clone(), self.timeout);
            let opened = SpawnedTask::spawn_blocking(move || open(&path, timeout)).join_unwind().await;
            match opened {
                Ok(Ok(connection)) => Ok(connection),
                Ok(Err(_)) if !self.path.exists() => {
                    Err(Error::new(format!("'{}' does not exist", self.location))
                        .hint("name a file by the option location, relative to the project"))
                }
                Ok(Err(error)) => Err(Error::new(format!("'{}' cannot be opened: {error}", self.location))
                    .hint("check that it is a SQLite file and may be read")),
                Err(error) => Err(Error::new(format!("'{}' cannot be opened: {error}", self.location))),
            }
        };
        self.pool.lease(|_| true, connect).await
    }

    /// Does something on a thread of its own with a connection, which then goes back.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let lease = self.lease().await?;
        let task = SpawnedTask::spawn_blocking(move || {
            let result = work(&lease);
            lease.done();
            result
        });
        let ended = task.join_unwind().await.map_err(|e| Error::new(e.to_string()))?;
        ended.map_err(|e| read_error(&e))
    }
}

fn open(path: &std::path::Path, timeout: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(timeout)?;
    // Else a column that is gone is read as the text of its name.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA case_sensitive_like = ON")?;
    // What is not a database shows only when it is read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

#[async_trait]
impl Driver for SqliteDriver {
    fn dialect(&self) -> &dyn Dialect {
        &SqliteDialect
    }

    async fn catalog(&self) -> Result<Catalog> {
        self.with(catalog::load).await
    }

    async fn read(&self, read: Read) -> Result<SendableRecordBatchStream> {
        let lease = self.lease().await?;
        let mut builder = RecordBatchReceiverStream::builder(read.schema.clone(), 2);
        let out = builder.tx();
        builder.spawn_blocking(move || {
            let send = |batch| out.blocking_send(Ok(batch)).is_ok();
            if rows(&lease, &read, send).map_err(DataFusionError::from)? {
                lease.done();
            }
            Ok(())
        });
        Ok(builder.build())
    }

    async fn ask(&self, sql: &str) -> Result<Option<String>> {
        let sql = format!("SELECT CAST(({sql}) AS TEXT)");
        self.with(move |connection| connection.query_row(&sql, [], |row| row.get(0))).await
    }

    /// Times and sizes of the file and of its log.
    async fn version(&self) -> Result<Option<String>> {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let of = |path: PathBuf| {
            let meta = std::fs::metadata(path).ok()?;
            let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(format!("{} bytes at {}", meta.len(), modified.as_nanos()))
        };
        let Some(file) = of(self.path.clone()) else {
            return Err(Error::new(format!("'{}' does not exist", self.location)));
        };
        Ok(Some(match of(log.into()).filter(|log| !log.starts_with("0 bytes")) {
            Some(log) => format!("{file}, log {log}"),
            None => file,
        }))
    }
}

/// Runs a query; `send` takes batches until it returns false. Whether all rows were sent.
fn rows(connection: &Connection, read: &Read, send: impl Fn(RecordBatch) -> bool) -> Result<bool> {
    let failed = |e: rusqlite::Error| read_error(&e);
    let mut columns: Vec<_> =
        read.columns.iter().map(|column| Decoder::new(column, read.batch_size)).collect();
    let mut statement = connection.prepare(&read.sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut count = 0;
    let batch = |columns: &mut Vec<Decoder>, count: usize| {
        let arrays = columns.iter_mut().map(Decoder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        RecordBatch::try_new_with_options(read.schema.clone(), arrays, &options)
            .map_err(|e| Error::new(format!("the rows do not fit their table: {e}")))
    };
    while let Some(row) = rows.next().map_err(failed)? {
        for (place, column) in columns.iter_mut().enumerate() {
            column.push(row.get_ref(place).map_err(failed)?)?;
        }
        count += 1;
        if count == read.batch_size && !send(batch(&mut columns, std::mem::take(&mut count))?) {
            return Ok(false);
        }
    }
    Ok(count == 0 || send(batch(&mut columns, count)?))
}

fn read_error(error: &rusqlite::Error) -> Error {
    let said = Error::new(format!("SQLite says: {error}"));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            said.hint("another program holds a lock; wait longer by the option timeout")
        }
        Some(ErrorCode::Unknown) => said.hint("the table may just have changed: run the query again"),
        _ => said,
    }
}
