//! What a database has to bring.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;

use super::dialect::Dialect;
use super::table::{RemoteColumn, RemoteTable};
use crate::{Changes, Result};

/// An open database.
#[async_trait]
pub(crate) trait Driver: Debug + Send + Sync + 'static {
    /// Its SQL.
    fn dialect(&self) -> &dyn Dialect;

    /// Every table and view that the login can read.
    async fn catalog(&self) -> Result<Catalog>;

    /// Conditions that cut a table into up to `parts` ranges of about the same size, each row in one of them; none
    /// when it is too small to be worth it or cannot be cut.
    async fn ranges(&self, _table: &RemoteTable, _parts: usize) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// A state of the database that several reads share, where it can be shared.
    async fn snapshot(&self) -> Result<Option<Snapshot>> {
        Ok(None)
    }

    /// How long it may be silent until [`Self::answers`] is asked; `None` where silence cannot last.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Whether the server answers, if only to refuse a connection.
    ///
    /// # Errors
    /// It does not, in the time that connecting may take.
    async fn answers(&self) -> Result<()> {
        Ok(())
    }

    /// Runs a query. Errors name the cause; whoever calls adds the table.
    async fn read(&self, read: Read) -> Result<SendableRecordBatchStream>;

    /// The newest value of a column and the number of rows, as texts: what changes when rows are added, changed or
    /// deleted.
    async fn newest(&self, table: &RemoteTable, column: &RemoteColumn) -> Result<[String; 2]> {
        let quoted = self.dialect().quote(&column.name);
        let newest = self.ask(&format!("SELECT max({quoted}) FROM {}", table.from)).await?;
        let rows = self.ask(&format!("SELECT count(*) FROM {}", table.from)).await?;
        Ok([newest, rows].map(Option::unwrap_or_default))
    }

    /// What changed in a table, where the database itself keeps books of it. As [`crate::Source::changes`].
    async fn changes(&self, _table: &Arc<RemoteTable>, _since: Option<&str>) -> Result<Option<Changes>> {
        Ok(None)
    }

    /// The only cell of a query in SQL that yields one text, or nothing; nothing where there is no SQL.
    async fn ask(&self, _sql: &str) -> Result<Option<String>> {
        Ok(None)
    }

    /// A text that changes whenever anything in the database may have changed; `None` when it cannot tell.
    async fn version(&self) -> Result<Option<String>> {
        Ok(None)
    }
}

/// What is in a database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    /// The schema whose tables need no schema before their names.
    pub(crate) default_schema: String,
    /// Tables and views, those that the options leave out too.
    pub(crate) tables: Vec<RemoteTable>,
}

/// A query to run.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its SQL.
    pub(crate) sql: String,
    /// The columns that it yields.
    pub(crate) columns: Vec<RemoteColumn>,
    /// The same as they are here.
    pub(crate) schema: SchemaRef,
    /// So many rows make a batch.
    pub(crate) batch_size: usize,
    /// The state of the database to read.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
}

/// A state of the database that several reads share for as long as this lives.
pub(crate) struct Snapshot {
    /// Its name there.
    pub(crate) id: String,
    /// What keeps it.
    pub(crate) _holder: Box<dyn Any + Send + Sync>,
}

impl Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("id", &self.id).finish_non_exhaustive()
    }
}
