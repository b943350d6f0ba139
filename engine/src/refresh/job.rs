//! What a refresh of one object works with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::execution::SendableRecordBatchStream;
use serde_json::Value;

use super::steps::{Step, StepLog};
use crate::catalog::Snapshot;
use crate::engine::Engine;
use crate::session::Session;
use crate::warehouse::Written;
use crate::{Error, Result};

/// The refresh of one object.
#[derive(Debug)]
pub struct Job {
    /// The engine.
    pub engine: Engine,
    /// A session of the job's own, pinned to `snapshot`.
    pub session: Session,
    /// What the refresh starts from.
    pub snapshot: Arc<Snapshot>,
    /// The object's name in the log, as in `profile customer`.
    pub object: String,
    /// Whether everything is to be made anew.
    pub full: bool,
    /// Where steps are reported.
    pub log: StepLog,
    /// The run.
    pub run_id: String,
    /// When the run began; what it writes is of this time.
    pub started_at: DateTime<Utc>,
}

/// What a refresh wrote. Nothing of it is current before it is published in the catalog.
#[derive(Debug, Default)]
pub struct Outputs {
    /// New versions by path.
    pub written: BTreeMap<String, Written>,
    /// Paths that are no longer there.
    pub removed: Vec<String>,
}

impl Outputs {
    /// Adds what another part of the refresh wrote.
    pub fn add(&mut self, other: Self) {
        self.written.extend(other.written);
        self.removed.extend(other.removed);
    }
}

/// What a commit says of where it comes from.
pub(super) fn made_by(run: &str, object: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([("onefold.run".to_owned(), run.into()), ("onefold.object".to_owned(), object.into())])
}

impl Job {
    /// Writes a relation as one commit, not current yet.
    pub async fn replace(
        &self,
        path: &str,
        streams: Vec<SendableRecordBatchStream>,
        step: &Step,
        out: &mut Outputs,
    ) -> Result<Written> {
        let metadata = made_by(&self.run_id, &self.object);
        let relation = self.engine.warehouse().relation(path);
        let written = relation.replace(streams, metadata, step.progress()).await?;
        out.written.insert(path.to_owned(), written);
        Ok(written)
    }

    /// Reads a relation that this refresh has written.
    pub async fn provider(&self, path: &str, out: &Outputs) -> Result<Arc<dyn TableProvider>> {
        let written =
            out.written.get(path).ok_or_else(|| Error::internal(format!("{path} has not been written")))?;
        self.engine.warehouse().relation(path).provider(written.version).await
    }
}
