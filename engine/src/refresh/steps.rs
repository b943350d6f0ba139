//! Steps of a run: what an operator sees while it goes on and reads afterwards in `system.run_steps`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How an object or a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is going on, or the process that ran it ended without a word.
    Running,
    /// It did its work.
    Done,
    /// There was nothing to do.
    Fresh,
    /// It was not tried because something it stands on failed.
    Skipped,
    /// It failed.
    Failed,
}

impl Status {
    /// The word in `system.run_steps`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Fresh => "fresh",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One row of `system.run_steps`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRecord {
    /// The object, as in `profile customer`.
    pub object: String,
    /// The step, as in `records` or `rule same_email`; empty for the object as a whole.
    pub step: String,
    /// How it ended.
    pub status: Status,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows written, pairs found, … as the step's name tells.
    pub rows: Option<u64>,
    /// Bytes written.
    pub bytes: Option<u64>,
    /// Further figures, in words.
    pub detail: Option<String>,
    /// Why it failed or was skipped.
    pub error: Option<String>,
}

/// What happens during a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step begins.
    Started {
        /// The object.
        object: String,
        /// The step.
        step: String,
    },
    /// A step has come so far.
    Progress {
        /// The object.
        object: String,
        /// The step.
        step: String,
        /// Rows until now.
        rows: u64,
    },
    /// A step or an object has ended.
    Finished(StepRecord),
}

/// Watches a run. Called from many tasks; must not block.
pub trait Observer: Debug + Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Watches nothing.
#[derive(Debug)]
pub struct Unwatched;

impl Observer for Unwatched {
    fn event(&self, _: &Event) {}
}

/// Collects the steps of a run.
#[derive(Debug, Clone)]
pub struct StepLog {
    observer: Arc<dyn Observer>,
    records: Arc<Mutex<Vec<StepRecord>>>,
}

impl StepLog {
    /// An empty log.
    pub fn new(observer: Arc<dyn Observer>) -> Self {
        Self { observer, records: Arc::default() }
    }

    /// Begins a step.
    pub fn start(&self, object: &str, step: impl Into<String>) -> Step {
        let record = StepRecord {
            object: object.to_owned(),
            step: step.into(),
            status: Status::Running,
            started_at: Utc::now(),
            finished_at: None,
            rows: None,
            bytes: None,
            detail: None,
            error: None,
        };
        let event = Event::Started { object: record.object.clone(), step: record.step.clone() };
        self.observer.event(&event);
        Step { log: self.clone(), record: Some(record) }
    }

    /// All ended steps, in the order in which they ended.
    pub fn records(&self) -> Vec<StepRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn finish(&self, mut record: StepRecord) {
        record.finished_at = Some(Utc::now());
        self.observer.event(&Event::Finished(record.clone()));
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}

/// A step that goes on. Dropped before it is done, it has failed.
#[derive(Debug)]
pub struct Step {
    log: StepLog,
    record: Option<StepRecord>,
}

impl Step {
    /// A callback for rows as they pass.
    pub fn progress(&self) -> Arc<dyn Fn(u64) + Send + Sync> {
        let observer = Arc::clone(&self.log.observer);
        let (object, step) =
            self.record.as_ref().map(|r| (r.object.clone(), r.step.clone())).unwrap_or_default();
        Arc::new(move |rows| {
            observer.event(&Event::Progress { object: object.clone(), step: step.clone(), rows });
        })
    }

    /// Ends the step with its figures.
    pub fn done(self, rows: u64, bytes: Option<u64>, detail: Option<String>) {
        self.end(Status::Done, Some(rows), bytes, detail, None);
    }

    /// Ends the step without work done.
    pub fn left(self, status: Status, why: Option<String>) {
        self.end(status, None, None, None, why);
    }

    /// Ends the step with an error.
    pub fn failed(self, error: &crate::Error) {
        self.end(Status::Failed, None, None, None, Some(error.to_string()));
    }

    fn end(
        mut self,
        status: Status,
        rows: Option<u64>,
        bytes: Option<u64>,
        detail: Option<String>,
        error: Option<String>,
    ) {
        if let Some(record) = self.record.take() {
            self.log.finish(StepRecord { status, rows, bytes, detail, error, ..record });
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            let error = Some("given up".to_owned());
            self.log.finish(StepRecord { status: Status::Failed, error, ..record });
        }
    }
}
