//! A run: the stale objects of a graph, independent branches side by side.
//!
//! Each object is prepared by one catalog commit when all of its relations are written, and the run publishes all of
//! them by its last. A run may be interrupted at any point: readers see the state before it, and the next run goes on
//! with what was prepared.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::copies::Copies;
use super::inputs::{Inputs, inputs};
use super::job::{Job, Outputs};
use super::plan::{ordered, reasons};
use super::runs::{RunRecord, RunStatus, load_runs, prune};
use super::steps::{Observer, Status, StepLog};
use crate::catalog::dependencies::RelationName;
use crate::catalog::{CatalogState, Definition, Freshness, ObjectRef, Snapshot, StoredRelation};
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
    let run_id = Uuid::now_v7().to_string();
    let snapshot = adopted(engine, &run_id).await?.seen_by(&run_id);
    let waiting = ordered(&snapshot, request.targets.as_ref())?;
    let log = StepLog::new(observer);
    let started_at = Utc::now();
    let mut record = RunRecord {
        run_id,
        command: request.command.clone(),
        status: RunStatus::Running,
        started_at,
        finished_at: None,
        heard_at: started_at,
        process: std::process::id(),
        steps: Vec::new(),
    };
    record.save(engine.warehouse()).await?;

    let written = Arc::default();
    let copies = Copies {
        engine: engine.clone(),
        log: log.clone(),
        run_id: record.run_id.clone(),
        full: request.full,
        written: Arc::clone(&written),
        tables: Mutex::default(),
        failed: Mutex::default(),
    };
    let runner = Runner {
        engine: engine.clone(),
        log: log.clone(),
        run_id: record.run_id.clone(),
        started_at,
        full: request.full,
        written,
        copies: Arc::new(copies),
    };
    let failed = runner.all(waiting, &mut record).await?;
    let published = engine.catalog().change(|state| state.publish(&runner.run_id)).await;
    let well = !failed && published.is_ok();
    record.status = if well { RunStatus::Succeeded } else { RunStatus::Failed };
    record.finished_at = Some(Utc::now());
    record.steps = log.records();
    record.save(engine.warehouse()).await?;
    published?;
    runner.vacuum().await;
    prune(engine.warehouse()).await?;
    Ok(record)
}

/// The newest catalog, in which this run goes on with what others have prepared that were interrupted.
async fn adopted(engine: &Engine, run_id: &str) -> Result<Arc<Snapshot>> {
    let snapshot = engine.catalog().latest().await?;
    if snapshot.state.prepared.is_empty() {
        return Ok(snapshot);
    }
    let runs = load_runs(engine.warehouse()).await?;
    let going: BTreeSet<&str> =
        runs.iter().filter(|r| r.status == RunStatus::Running).map(|r| r.run_id.as_str()).collect();
    let adopt = |state: &mut CatalogState| {
        state.adopt(run_id, |run| !going.contains(run));
        Ok(())
    };
    engine.catalog().change(adopt).await
}

#[derive(Clone)]
struct Runner {
    engine: Engine,
    log: StepLog,
    run_id: String,
    started_at: DateTime<Utc>,
    full: bool,
    /// What was written, by path.
    written: Arc<Mutex<BTreeMap<String, i64>>>,
    copies: Arc<Copies>,
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
        let snapshot = Arc::new(self.engine.catalog().latest().await?.seen_by(&self.run_id));
        let definition = snapshot.require(object.kind, &object.name)?;
        let Inputs { parts: read, copied } =
            inputs(&self.engine, &snapshot, definition, Some(&self.copies)).await?;
        let before = snapshot.state.freshness.get(&object.to_string()).map(|f| &f.inputs);
        let mut reasons = reasons(before, &read);
        if reasons.is_empty() && !self.full {
            return Ok(None);
        }
        if reasons.is_empty() {
            reasons.push("a full refresh was asked for".to_owned());
        }
        let copies = self.providers(&copied).await?;
        let out = match self.attempt(&snapshot, definition, &copies, SessionProfile::Refresh).await {
            Err(e) if e.kind == ErrorKind::Resources => {
                tracing::info!("{object}: {e}; trying again with joins that spill");
                reasons.push(SPILLED.to_owned());
                self.attempt(&snapshot, definition, &copies, SessionProfile::Spilling).await?
            }
            other => other?,
        };
        let (rows, bytes) = self.prepare(object, read, &out).await?;
        Ok(Some((rows, bytes, reasons.join("; "))))
    }

    /// The copies that stand for tables of sources.
    async fn providers(
        &self,
        tables: &BTreeSet<RelationName>,
    ) -> Result<Vec<(RelationName, Arc<dyn TableProvider>)>> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let snapshot = self.engine.catalog().latest().await?.seen_by(&self.run_id);
        let mut providers = Vec::with_capacity(tables.len());
        for (source, table) in tables {
            let definition = snapshot.require(ObjectKind::Source, source)?;
            let copy = self.copies.provider(&snapshot, definition, table).await?;
            providers.push(((source.clone(), table.clone()), copy));
        }
        Ok(providers)
    }

    async fn attempt(
        &self,
        snapshot: &Arc<Snapshot>,
        definition: &Definition,
        copies: &[(RelationName, Arc<dyn TableProvider>)],
        profile: SessionProfile,
    ) -> Result<Outputs> {
        let session = Session::new(&self.engine, profile, None);
        session.pin(Arc::clone(snapshot));
        for ((source, table), copy) in copies {
            session.catalog().put(source, table, Arc::clone(copy));
        }
        let object = definition.object.clone();
        let job = Job {
            engine: self.engine.clone(),
            session,
            snapshot: Arc::clone(snapshot),
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

    async fn prepare(
        &self,
        object: &ObjectRef,
        inputs: BTreeMap<String, String>,
        out: &Outputs,
    ) -> Result<(u64, u64)> {
        let freshness = Freshness { inputs, run_id: self.run_id.clone(), refreshed_at: Utc::now() };
        let mut relations: BTreeMap<String, Option<StoredRelation>> = BTreeMap::new();
        for (path, written) in &out.written {
            let Written { version, rows, bytes, .. } = *written;
            relations.insert(path.clone(), Some(StoredRelation { version, rows, bytes }));
            self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), version);
        }
        relations.extend(out.removed.iter().map(|path| (path.clone(), None)));
        let prepare = |state: &mut CatalogState| {
            state.prepare(object, relations.clone(), freshness.clone());
            Ok(())
        };
        self.engine.catalog().change(prepare).await?;
        let bytes = out.written.values().map(|w| w.bytes).sum();
        let main = out.written.get(&main_path(object)).or_else(|| out.written.values().next());
        Ok((main.map_or(0, |w| w.rows), bytes))
    }

    /// Removes files that no reader can still want. What cannot be removed now is removed by a later run.
    async fn vacuum(&self) {
        let days = self.engine.project().config.warehouse.keep_days;
        let keep = Duration::from_secs(days * 24 * 60 * 60);
        let written = std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        for (path, version) in written {
            if let Err(e) = self.engine.warehouse().relation(&path).vacuum(keep, version).await {
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
