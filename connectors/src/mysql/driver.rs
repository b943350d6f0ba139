//! MySQL as a driver.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Value};
use tokio::time::timeout;

use super::catalog;
use super::connection::{Connector, read_error};
use super::decode::Decoder;
use super::dialect::MysqlDialect;
use crate::database::address::Address;
use crate::database::attempts::answered;
use crate::database::dialect::Dialect;
use crate::database::driver::{Catalog, Driver, Read};
use crate::database::options::positive;
use crate::database::pool::{Lease, Pool};
use crate::database::table::{RangeKey, RemoteTable};
use crate::database::tls::{TlsFiles, TlsMode};
use crate::{Error, OpenRequest, Result};

/// A range has about so many rows at least.
const LEAST_RANGE: usize = 200_000;

/// A MySQL server.
#[derive(Debug)]
pub(super) struct MysqlDriver {
    connector: Connector,
    pool: Arc<Pool<Conn>>,
    tinyint1_is_boolean: bool,
    parallel: bool,
}

impl MysqlDriver {
    /// Reads the options; nothing is connected yet.
    pub(super) fn new(request: &OpenRequest) -> Result<Self> {
        let options = &request.options;
        let address = Address::new(options, &["mysql", "mariadb"], 3306)?;
        if address.tls == TlsMode::VerifyCa {
            return Err(Error::new("certificates of MySQL servers are checked together with the name")
                .on("option url")
                .hint("use tls 'verify_full', with a host name that the certificate is for"));
        }
        let files = TlsFiles::new(request, address.tls_ca.as_deref())?;
        let timeout = Duration::from_secs(positive(options, "timeout")?.unwrap_or(10));
        let statement_timeout = positive(options, "statement_timeout")?.map(Duration::from_secs);
        let size = usize::try_from(positive(options, "pool_size")?.unwrap_or(8)).unwrap_or(8);
        Ok(Self {
            connector: Connector { address, files, timeout, statement_timeout },
            pool: Pool::new(size),
            tinyint1_is_boolean: options.text("tinyint1") != Some("integer"),
            parallel: options.bool("parallel").unwrap_or(true),
        })
    }

    /// A connection that answers. One that waited in the pool may have been closed by the server.
    async fn lease(&self) -> Result<Lease<Conn>> {
        loop {
            let mut lease = self.pool.lease(|_| true, || self.connector.connect()).await?;
            if !lease.used || matches!(timeout(self.connector.timeout, lease.ping()).await, Ok(Ok(()))) {
                return Ok(lease);
            }
        }
    }

    async fn row(&self, sql: &str) -> Result<Vec<Value>> {
        let mut lease = self.lease().await?;
        let row: Option<mysql_async::Row> =
            answered(self, lease.query_first(sql)).await?.map_err(|e| read_error(&e))?;
        lease.done();
        Ok(row.map(mysql_async::Row::unwrap).unwrap_or_default())
    }
}

#[async_trait]
impl Driver for MysqlDriver {
    fn dialect(&self) -> &dyn Dialect {
        &MysqlDialect
    }

    fn patience(&self) -> Option<Duration> {
        Some(self.connector.timeout)
    }

    async fn answers(&self) -> Result<()> {
        self.connector.answers().await
    }

    async fn catalog(&self) -> Result<Catalog> {
        let mut lease = self.lease().await?;
        let catalog = answered(self, catalog::load(&mut lease, self.tinyint1_is_boolean)).await?;
        let catalog = catalog.map_err(|e| read_error(&e))?;
        lease.done();
        Ok(catalog)
    }

    async fn ranges(&self, table: &RemoteTable, parts: usize) -> Result<Vec<String>> {
        let Some(RangeKey::Key(key)) = &table.ranges else { return Ok(Vec::new()) };
        let parts = parts.min(self.pool.size()).min(table.rows.unwrap_or(0) / LEAST_RANGE);
        if !self.parallel || parts < 2 {
            return Ok(Vec::new());
        }
        let ends = self.row(&format!("SELECT min({key}), max({key}) FROM {}", table.from)).await?;
        let number = |value: Option<&Value>| match value {
            Some(Value::Int(n)) => Some(i128::from(*n)),
            Some(Value::UInt(n)) => Some(i128::from(*n)),
            Some(Value::Bytes(b)) => std::str::from_utf8(b).ok()?.parse().ok(),
            _ => None,
        };
        let (Some(first), Some(last)) = (number(ends.first()), number(ends.get(1))) else {
            return Ok(Vec::new());
        };
        let border = |part: usize| first + (last - first) * part as i128 / parts as i128;
        let range = |part: usize| match part {
            0 => format!("{key} < {}", border(1)),
            _ if part + 1 == parts => format!("{key} >= {}", border(part)),
            _ => format!("{key} >= {} AND {key} < {}", border(part), border(part + 1)),
        };
        Ok((0..parts).map(range).collect())
    }

    async fn read(&self, read: Read) -> Result<SendableRecordBatchStream> {
        let mut lease = self.lease().await?;
        let mut batches = Batches::new(&read)?;
        let mut builder = RecordBatchReceiverStream::builder(read.schema.clone(), 2);
        let out = builder.tx();
        builder.spawn(async move {
            let failed = |e: mysql_async::Error| DataFusionError::from(read_error(&e));
            let mut result = lease.exec_iter(read.sql, ()).await.map_err(failed)?;
            while let Some(row) = result.next().await.map_err(failed)? {
                if let Some(batch) = batches.push(&row)?
                    && out.send(Ok(batch)).await.is_err()
                {
                    return Ok(());
                }
            }
            drop(result);
            if let Some(batch) = batches.finish()? {
                // Nobody listens any more: the query needs no more rows.
                let _ = out.send(Ok(batch)).await;
            }
            lease.done();
            Ok(())
        });
        Ok(builder.build())
    }

    async fn ask(&self, sql: &str) -> Result<Option<String>> {
        // The text protocol sends everything as text.
        let row = self.row(sql).await?;
        Ok(match row.first() {
            Some(Value::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
            None | Some(Value::NULL) => None,
            Some(other) => Some(other.as_sql(true)),
        })
    }
}

/// Collects rows.
struct Batches {
    schema: SchemaRef,
    columns: Vec<Decoder>,
    rows: usize,
    batch_size: usize,
}

impl Batches {
    fn new(read: &Read) -> Result<Self> {
        let columns = read.columns.iter().map(|column| Decoder::new(column, read.batch_size));
        let columns = columns.collect::<Result<_>>()?;
        Ok(Self { schema: read.schema.clone(), columns, rows: 0, batch_size: read.batch_size })
    }

    fn push(&mut self, row: &mysql_async::Row) -> Result<Option<RecordBatch>> {
        for (place, column) in self.columns.iter_mut().enumerate() {
            let value = row.as_ref(place);
            column.push(value.ok_or_else(|| Error::new("the answer has too few columns"))?)?;
        }
        self.rows += 1;
        if self.rows == self.batch_size { self.batch().map(Some) } else { Ok(None) }
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>> {
        if self.rows == 0 { Ok(None) } else { self.batch().map(Some) }
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let columns = self.columns.iter_mut().map(Decoder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map_err(|e| Error::new(format!("the rows do not fit their table: {e}")))
    }
}
