//! PostgreSQL as a driver.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use tokio::time::timeout;
use tokio_postgres::{CopyOutStream, SimpleQueryMessage};

use super::catalog;
use super::connection::{Connection, Connector, read_error};
use super::copy::CopyReader;
use super::dialect::PostgresDialect;
use super::types::Unbounded;
use crate::database::address::Address;
use crate::database::attempts::answered;
use crate::database::dialect::Dialect;
use crate::database::driver::{Catalog, Driver, Read, Snapshot};
use crate::database::options::positive;
use crate::database::pool::{Lease, Pool};
use crate::database::table::{RangeKey, RemoteTable};
use crate::database::tls::TlsFiles;
use crate::{Error, OpenRequest, Result};

/// A range has at least so many bytes.
const LEAST_RANGE: i64 = 16 << 20;

/// A database of a PostgreSQL server.
#[derive(Debug)]
pub(super) struct PostgresDriver {
    connector: Connector,
    pool: Arc<Pool<Connection>>,
    unbounded: Unbounded,
    parallel: bool,
}

impl PostgresDriver {
    /// Reads the options; nothing is connected yet.
    pub(super) fn new(request: &OpenRequest) -> Result<Self> {
        let options = &request.options;
        let address = Address::new(options, &["postgres", "postgresql"], 5432)?;
        let files = TlsFiles::new(request, address.tls_ca.as_deref())?;
        let timeout = Duration::from_secs(positive(options, "timeout")?.unwrap_or(10));
        let statement_timeout = positive(options, "statement_timeout")?.map(Duration::from_secs);
        let size = usize::try_from(positive(options, "pool_size")?.unwrap_or(8)).unwrap_or(8);
        let unbounded = match options.text("unbounded_numeric") {
            Some("double") => Unbounded::Double,
            Some("text") => Unbounded::Text,
            _ => Unbounded::Decimal,
        };
        Ok(Self {
            connector: Connector { address, files, timeout, statement_timeout },
            pool: Pool::new(size),
            unbounded,
            parallel: options.bool("parallel").unwrap_or(true),
        })
    }

    async fn lease(&self) -> Result<Lease<Connection>> {
        self.pool.lease(|c| !c.client.is_closed(), || self.connector.connect()).await
    }

    /// A connection on which a first statement has run. One that waited in the pool may have been closed by the
    /// server, which shows only then.
    async fn begin(&self, first: &str) -> Result<Lease<Connection>> {
        loop {
            let lease = self.lease().await?;
            match timeout(self.connector.timeout, lease.client.batch_execute(first)).await {
                Ok(Ok(())) => return Ok(lease),
                Ok(Err(_)) if lease.used && lease.client.is_closed() => {}
                Ok(Err(e)) => return Err(read_error(&e)),
                Err(_) if lease.used => {}
                Err(_) => self.answers().await?,
            }
        }
    }

    /// Checks that the query still yields what was planned, for in COPY's bytes a type cannot be told from another.
    async fn check(&self, lease: &Lease<Connection>, read: &Read) -> Result<()> {
        let prepared = lease.client.prepare(&read.sql).await.map_err(|e| read_error(&e))?;
        for (column, found) in read.columns.iter().zip(prepared.columns()) {
            if found.type_().oid() != column.wire {
                return Err(Error::new(format!(
                    "the column {} has become {} there",
                    column.name,
                    found.type_().name()
                ))
                .hint("run the query again; it will be planned with the new type"));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Driver for PostgresDriver {
    fn dialect(&self) -> &dyn Dialect {
        &PostgresDialect
    }

    fn patience(&self) -> Option<Duration> {
        Some(self.connector.timeout)
    }

    async fn answers(&self) -> Result<()> {
        self.connector.answers().await
    }

    async fn catalog(&self) -> Result<Catalog> {
        let lease = self.begin("").await?;
        let catalog = answered(self, catalog::load(&lease.client, self.unbounded)).await?;
        let catalog = catalog.map_err(|e| read_error(&e))?;
        lease.done();
        Ok(catalog)
    }

    async fn ranges(&self, table: &RemoteTable, parts: usize) -> Result<Vec<String>> {
        let Some(RangeKey::Place(number)) = table.ranges else { return Ok(Vec::new()) };
        if !self.parallel {
            return Ok(Vec::new());
        }
        let lease = self.begin("").await?;
        let sql = "SELECT pg_relation_size($1::oid), current_setting('block_size')::int8";
        let row = lease.client.query_one(sql, &[&number]).await.map_err(|e| read_error(&e))?;
        lease.done();
        let (bytes, block): (i64, i64) = (row.get(0), row.get(1));
        let parts = parts.min(self.pool.size()).min(usize::try_from(bytes / LEAST_RANGE).unwrap_or(0));
        if parts < 2 {
            return Ok(Vec::new());
        }
        let blocks = bytes / block;
        let border = |part: usize| blocks * part as i64 / parts as i64;
        let range = |part: usize| {
            let from = format!("ctid >= '({},0)'::tid", border(part));
            let to = format!("ctid < '({},0)'::tid", border(part + 1));
            match part {
                0 => to,
                // Rows that were added since stand behind the last border.
                _ if part + 1 == parts => from,
                _ => format!("{from} AND {to}"),
            }
        };
        Ok((0..parts).map(range).collect())
    }

    async fn snapshot(&self) -> Result<Option<Snapshot>> {
        // Not of the pool: its reads wait for connections of the pool.
        let connection = self.connector.connect().await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        connection.client.batch_execute(begin).await.map_err(|e| read_error(&e))?;
        let row = connection.client.query_one("SELECT pg_export_snapshot()", &[]).await;
        let row = row.map_err(|e| read_error(&e))?;
        Ok(Some(Snapshot { id: row.get(0), _holder: Box::new(connection) }))
    }

    async fn read(&self, read: Read) -> Result<SendableRecordBatchStream> {
        let mut begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY".to_owned();
        if let Some(snapshot) = &read.snapshot {
            begin += &format!("; SET TRANSACTION SNAPSHOT '{}'", snapshot.id);
        }
        let lease = self.begin(&begin).await?;
        self.check(&lease, &read).await?;
        let copy = format!("COPY ({}) TO STDOUT (FORMAT binary)", read.sql);
        let messages = lease.client.copy_out(&copy).await.map_err(|e| read_error(&e))?;
        let schema = read.schema.clone();
        let reading = Reading {
            messages: Box::pin(messages),
            reader: CopyReader::new(&read)?,
            ready: Vec::new(),
            lease: Some(lease),
            _snapshot: read.snapshot,
        };
        let batches = stream::try_unfold(reading, |mut reading| async move {
            let batch = reading.next().await.map_err(DataFusionError::from)?;
            Ok(batch.map(|batch| (batch, reading)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }

    async fn ask(&self, sql: &str) -> Result<Option<String>> {
        let lease = self.begin("").await?;
        let messages = answered(self, lease.client.simple_query(sql)).await?.map_err(|e| read_error(&e))?;
        lease.done();
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(row.and_then(|row| row.get(0)).map(str::to_owned))
    }
}

/// A query whose rows arrive.
struct Reading {
    messages: std::pin::Pin<Box<CopyOutStream>>,
    reader: CopyReader,
    ready: Vec<RecordBatch>,
    lease: Option<Lease<Connection>>,
    _snapshot: Option<Arc<Snapshot>>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop() {
                return Ok(Some(batch));
            }
            let Some(lease) = &self.lease else { return Ok(None) };
            match self.messages.next().await {
                Some(Ok(message)) => {
                    self.reader.push(&message, &mut self.ready)?;
                    self.ready.reverse();
                }
                Some(Err(e)) => return Err(read_error(&e)),
                None => {
                    let last = self.reader.finish()?;
                    lease.client.batch_execute("COMMIT").await.map_err(|e| read_error(&e))?;
                    if let Some(lease) = self.lease.take() {
                        lease.done();
                    }
                    return Ok(last);
                }
            }
        }
    }
}
