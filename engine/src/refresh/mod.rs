//! Refresh: which objects are stale, in which order they are made again, and what came of it.

pub mod copies;
mod inputs;
mod job;
mod plan;
mod run;
mod runs;
mod steps;

pub use inputs::{asks_for_the_time, inputs};
pub use job::{Job, Outputs};
pub use plan::{Action, PlannedObject, plan};
pub use run::{Request, run, targets};
pub use runs::{RunRecord, RunStatus, load_runs};
pub use steps::{Event, Observer, Status, Step, StepLog, StepRecord, Unwatched};
