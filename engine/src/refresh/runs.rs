//! The record of every run, one JSON document each in the warehouse.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::steps::StepRecord;
use crate::Result;
use crate::warehouse::Warehouse;

const FOLDER: &str = "_onefold/runs";
const KEEP: usize = 1000;
/// A run that has not been heard of for so long has ended without a word.
const SILENCE: Duration = Duration::seconds(60);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// All of its objects are fresh.
    Succeeded,
    /// An object failed.
    Failed,
    /// Its process ended before it did.
    Interrupted,
}

impl RunStatus {
    /// The word in `system.runs`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One row of `system.runs`, with its steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// Sorts by time.
    pub run_id: String,
    /// What was asked for, as in `REFRESH ALL`.
    pub command: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was last heard of.
    pub heard_at: DateTime<Utc>,
    /// Its process, on the machine that ran it.
    pub process: u32,
    /// Its steps; those of an object as a whole have an empty step name.
    pub steps: Vec<StepRecord>,
}

impl RunRecord {
    /// Stores it, over what was stored of it before.
    pub async fn save(&mut self, warehouse: &Warehouse) -> Result<()> {
        self.heard_at = Utc::now();
        warehouse.put_json(&format!("{FOLDER}/{}.json", self.run_id), self).await
    }
}

/// All runs that are kept, oldest first.
pub async fn load_runs(warehouse: &Warehouse) -> Result<Vec<RunRecord>> {
    let mut paths = warehouse.list(FOLDER).await?;
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let Some(mut run) = warehouse.get_json::<RunRecord>(&path).await? else { continue };
        if run.status == RunStatus::Running && Utc::now() - run.heard_at > SILENCE {
            run.status = RunStatus::Interrupted;
        }
        out.push(run);
    }
    Ok(out)
}

/// Forgets the oldest runs.
pub(super) async fn prune(warehouse: &Warehouse) -> Result<()> {
    let mut paths = warehouse.list(FOLDER).await?;
    paths.sort();
    let excess = paths.len().saturating_sub(KEEP);
    for path in paths.into_iter().take(excess) {
        warehouse.delete(&path).await?;
    }
    Ok(())
}
