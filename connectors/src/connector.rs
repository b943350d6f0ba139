//! What a connector is.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;

use crate::{Changes, OptionSpec, Options, Result};

/// A kind of source, as in `CREATE SOURCE name TYPE files`.
#[async_trait]
pub trait Connector: Debug + Send + Sync {
    /// The word after `TYPE`, lower case.
    fn name(&self) -> &'static str;

    /// One sentence: what it reads.
    fn description(&self) -> &'static str;

    /// The options, in the order in which they are documented.
    fn options(&self) -> &'static [OptionSpec];

    /// Opens a source. Options have been checked against [`Connector::options`], defaults filled in and
    /// `${NAME}` references resolved. What the options alone can tell to be wrong fails here; a source that
    /// cannot be reached may fail here or at the first read.
    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>>;
}

/// What a source is opened with.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The source's name, for messages.
    pub name: String,
    /// Checked options.
    pub options: Options,
    /// The folder that relative locations start from.
    pub base: PathBuf,
}

/// An open source: tables that are read in place.
#[async_trait]
pub trait Source: Debug + Send + Sync {
    /// The names of its tables, sorted.
    async fn tables(&self) -> Result<Vec<String>>;

    /// The table, or `None` when the source has no such table. Called at each planning, so whatever is costly
    /// (inference, a round trip) is remembered for as long as the table's version stays the same.
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>>;

    /// A text that changes whenever the table's rows may have changed, or `None` when the source cannot tell.
    /// Cheap: it is asked for every table at every refresh.
    async fn version(&self, table: &str) -> Result<Option<String>>;

    /// What changed in a table since a position that [`Changes::next`] gave, or all of it with a position to go on from.
    /// `None` when the source cannot tell changes apart; then a table that has changed is read anew.
    async fn changes(&self, _table: &str, _since: Option<&str>) -> Result<Option<Changes>> {
        Ok(None)
    }

    /// The records of a table that its scans leave out because they do not fit. Most sources hold none: what
    /// cannot be read there fails the query.
    async fn rejected(&self, _table: &str) -> Result<Vec<RejectedRecord>> {
        Ok(Vec::new())
    }

    /// What the source itself says of a table: comments and keys. Nothing for a table that it does not have.
    async fn describe(&self, _table: &str) -> Result<TableDescription> {
        Ok(TableDescription::default())
    }

    /// How much has been read through this open source, as far as it counts.
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

/// What a source says of one of its tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableDescription {
    /// What the table is.
    pub comment: Option<String>,
    /// What its columns are, by name.
    pub columns: BTreeMap<String, String>,
    /// The columns of its primary key, in their order; empty when there is none.
    pub primary_key: Vec<String>,
    /// Keys that lead to other tables of the source, in the order of their names.
    pub foreign_keys: Vec<ForeignKey>,
}

/// Columns that lead to a row of another table of the same source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The columns, in their order.
    pub columns: Vec<String>,
    /// The name of the other table, as in [`Source::tables`].
    pub table: String,
    /// The columns there, in the same order.
    pub references: Vec<String>,
}

/// What has been read through an open source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Rows that scans gave.
    pub rows: u64,
    /// Bytes of these rows in memory.
    pub bytes: u64,
    /// The last error of a read, without secrets; `None` when the last read went well.
    pub last_error: Option<String>,
}

/// A record that does not fit its table's declared columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRecord {
    /// The file, or what else tells where in the source it stands.
    pub location: String,
    /// The line in the file, counted from 1.
    pub line: Option<u64>,
    /// The column whose value does not fit; `None` when the record as a whole does not parse.
    pub column: Option<String>,
    /// The value as it stands in the source.
    pub value: Option<String>,
    /// Why it does not fit.
    pub reason: String,
}
