//! A run: the stale objects of a graph, independent branches side by side.
//!
//! Each object is published by one catalog commit when all of its relations are written, so a run may be
//! interrupted at any point: what was published stays, what was not is done again by the next run.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::inputs::inputs;
use super::job::{Job, Outputs};
use super::plan::{plan, reasons};
use super::runs::{RunRecord, RunStatus, prune};
use super::steps::{Observer, Status, StepLog};
use crate::catalog::{Definition, Freshness, ObjectRef, StoredRelation};
use crate::engine::Engine;
use crate::identity::resolve;
use crate::insight::{self, materialized, membership};
use crate::prediction;
use crate::session::{Session, SessionProfile};
use crate::sql::{ObjectKind, Statement, sql_text};
use crate::warehouse::Written;
use crate::{Error, ErrorKind, Result};

const SIDE_BY_SIDE: usize = 2;
/// What the run says of a refresh for which memory was too short at first.
const SPILLED: &str = "memory was too short, so it was done again with joins that spill to disk";
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What to run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The objects; `None` for all.
    pub targets: Option<BTreeSet<ObjectRef>>,
    /// Refresh what is fresh, too.
    pub full: bool,
    /// What was asked for, for `system.runs`.
    pub command: String,
}

/// Runs it. Failed objects are in the record, not in the error.
pub async fn run(engine: &Engine, request: Request, observer: Arc<dyn Observer>) -> Result<RunRecord> {
    let snapshot = engine.catalog().latest().await?;
    let planned = plan(engine, &snapshot, request.targets.as_ref(), request.full).await?;
    let log = StepLog::new(observer);
    let started_at = Utc::now();
    let mut record = RunRecord {
        run_id: Uuid::now_v7().to_string(),
        command: request.command.clone(),
        status: RunStatus::Running,
        started_at,
        finished_at: None,
        heard_at: started_at,
        process: std::process::id(),
        steps: Vec::new(),
    };
    record.save(engine.warehouse()).await?;

    let waiting = planned.into_iter().map(|p| (p.object, p.after)).collect();
    let runner = Runner {
        engine: engine.clone(),
        log: log.clone(),
        run_id: record.run_id.clone(),
        started_at,
        full: request.full,
    };
    let failed = runner.all(waiting, &mut record).await?;
    record.status = if failed { RunStatus::Failed } else { RunStatus::Succeeded };
    record.finished_at = Some(Utc::now());
    record.steps = log.records();
    record.save(engine.warehouse()).await?;
    prune(engine.warehouse()).await?;
    Ok(record)
}

#[derive(Clone)]
struct Runner {
    engine: Engine,
    log: StepLog,
    run_id: String,
    started_at: DateTime<Utc>,
    full: bool,
}

impl Runner {
    /// Runs every object when those that it waits for have ended. Returns whether one failed.
    async fn all(
        &self,
        mut waiting: Vec<(ObjectRef, BTreeSet<ObjectRef>)>,
        record: &mut RunRecord,
    ) -> Result<bool> {
        let mut ended: HashMap<ObjectRef, bool> = HashMap::new();
        let mut going: JoinSet<(ObjectRef, bool)> = JoinSet::new();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            while going.len() < SIDE_BY_SIDE {
                let ready = waiting.iter().position(|(_, after)| after.iter().all(|a| ended.contains_key(a)));
                let Some((object, after)) = ready.map(|at| waiting.remove(at)) else { break };
                if let Some(cause) = after.iter().find(|a| ended.get(*a) == Some(&false)) {
                    let why = format!("{cause} failed, and this stands on it");
                    self.log.start(&object.to_string(), "").left(Status::Skipped, Some(why));
                    ended.insert(object, false);
                    continue;
                }
                let runner = self.clone();
                going.spawn(async move {
                    let good = runner.one(&object).await;
                    (object, good)
                });
            }
            if going.is_empty() && waiting.is_empty() {
                return Ok(ended.values().any(|good| !good));
            }
            tokio::select! {
                done = going.join_next() => match done {
                    Some(Ok((object, good))) => { ended.insert(object, good); }
                    Some(Err(e)) => return Err(Error::internal(format!("a refresh ended unexpectedly: {e}"))),
                    None => {}
                },
                _ = heartbeat.tick() => {}
            }
            record.steps = self.log.records();
            record.save(self.engine.warehouse()).await?;
        }
    }

    async fn one(&self, object: &ObjectRef) -> bool {
        let step = self.log.start(&object.to_string(), "");
        match self.refresh(object).await {
            Ok(None) => step.left(Status::Fresh, None),
            Ok(Some((rows, bytes, why))) => step.done(rows, Some(bytes), Some(why)),
            Err(e) => {
                step.failed(&e.on(object.to_string()));
                return false;
            }
        }
        true
    }

    /// Refreshes one object if it is stale; gives rows, bytes and the reasons.
    async fn refresh(&self, object: &ObjectRef) -> Result<Option<(u64, u64, String)>> {
        let snapshot = self.engine.catalog().latest().await?;
        let definition = snapshot.require(object.kind, &object.name)?;
        let read = inputs(&self.engine, &snapshot, definition).await?;
        let before = snapshot.state.freshness.get(&object.to_string()).map(|f| &f.inputs);
        let mut reasons = reasons(before, &read);
        if reasons.is_empty() && !self.full {
            return Ok(None);
        }
        if reasons.is_empty() {
            reasons.push("a full refresh was asked for".to_owned());
        }
        let out = match self.attempt(definition, SessionProfile::Refresh).await {
            Err(e) if e.kind == ErrorKind::Resources => {
                tracing::info!("{object}: {e}; trying again with joins that spill");
                reasons.push(SPILLED.to_owned());
                self.attempt(definition, SessionProfile::Spilling).await?
            }
            other => other?,
        };
        let (rows, bytes) = self.publish(object, read, &out).await?;
        self.vacuum(&out).await;
        Ok(Some((rows, bytes, reasons.join("; "))))
    }

    async fn attempt(&self, definition: &Definition, profile: SessionProfile) -> Result<Outputs> {
        let session = Session::new(&self.engine, profile, None);
        let snapshot = session.begin().await?;
        let object = definition.object.clone();
        let job = Job {
            engine: self.engine.clone(),
            session,
            snapshot,
            object: object.to_string(),
            full: self.full,
            log: self.log.clone(),
            run_id: self.run_id.clone(),
            started_at: self.started_at,
        };
        let mut out = Outputs::default();
        let in_text = |e: Error| e.in_text(&definition.stored.sql);
        match &definition.statement {
            Statement::CreateProfile(create) => return resolve::refresh(&job, create).await.map_err(in_text),
            Statement::CreateMeasure(create) => {
                materialized::refresh(&job, &object, &sql_text(&create.query), &mut out).await?;
            }
            Statement::CreateView(create) => {
                let query = match create.columns.as_slice() {
                    [] => sql_text(&create.query),
                    columns => insight::renamed(&create.query, columns),
                };
                materialized::refresh(&job, &object, &query, &mut out).await?;
            }
            Statement::CreateSegment(create) => {
                if create.materialized {
                    materialized::refresh(&job, &object, &sql_text(&create.query), &mut out).await?;
                    let rows = job.provider(&materialized::path(&object), &out).await?;
                    job.session.catalog().put("segments", &object.name, rows);
                }
                membership::refresh(&job, &object, &mut out).await?;
            }
            Statement::CreatePrediction(create) => {
                prediction::refresh::refresh(&job, create, &mut out).await.map_err(in_text)?;
            }
            _ => return Err(Error::internal("has nothing to refresh")),
        }
        Ok(out)
    }

    async fn publish(
        &self,
        object: &ObjectRef,
        inputs: BTreeMap<String, String>,
        out: &Outputs,
    ) -> Result<(u64, u64)> {
        let freshness = Freshness { inputs, run_id: self.run_id.clone(), refreshed_at: Utc::now() };
        self.engine
            .catalog()
            .change(|state| {
                for (path, written) in &out.written {
                    let Written { version, rows, bytes, .. } = *written;
                    state.relations.insert(path.clone(), StoredRelation { version, rows, bytes });
                }
                for path in &out.removed {
                    state.relations.remove(path);
                }
                state.freshness.insert(object.to_string(), freshness.clone());
                Ok(())
            })
            .await?;
        let bytes = out.written.values().map(|w| w.bytes).sum();
        let main = out.written.get(&main_path(object)).or_else(|| out.written.values().next());
        Ok((main.map_or(0, |w| w.rows), bytes))
    }

    /// Removes files that no reader can still want. What cannot be removed now is removed by a later run.
    async fn vacuum(&self, out: &Outputs) {
        let days = self.engine.project().config.warehouse.keep_days;
        let keep = Duration::from_secs(days * 24 * 60 * 60);
        for (path, written) in &out.written {
            if let Err(e) = self.engine.warehouse().relation(path).vacuum(keep, written.version).await {
                tracing::warn!("old files of {path} stay: {e}");
            }
        }
    }
}

fn main_path(object: &ObjectRef) -> String {
    match object.kind {
        ObjectKind::Profile => crate::identity::profile::Profile::path(&object.name, ""),
        ObjectKind::Segment => membership::path(&object.name),
        ObjectKind::Prediction => prediction::path(&object.name),
        _ => materialized::path(object),
    }
}

/// The objects that a `REFRESH kind name [WITH DEPENDENTS]` means.
pub fn targets(
    snapshot: &crate::catalog::Snapshot,
    object: &ObjectRef,
    with_dependents: bool,
) -> Result<BTreeSet<ObjectRef>> {
    let mut out = BTreeSet::from([object.clone()]);
    if with_dependents {
        out.extend(crate::catalog::dependencies::Graph::new(snapshot).dependants(object)?);
    }
    Ok(out)
}
