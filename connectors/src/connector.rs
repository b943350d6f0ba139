//! What a connector is.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;

use crate::{OptionSpec, Options, Result};

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

    /// The records of a table that its scans leave out because they do not fit.
    async fn rejected(&self, table: &str) -> Result<Vec<RejectedRecord>>;
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
