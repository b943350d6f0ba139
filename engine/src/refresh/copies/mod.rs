//! Copies of those tables whose source tells what has changed: a run reads the changes and applies them to the copy, and
//! everything that the run refreshes reads the copy.
//!
//! A copy is brought up to date once in a run, by the first object that reads it, so that all objects see one state of
//! the table. Queries outside of runs read the source in place.

mod apply;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{Field, SchemaRef};
use chrono::Utc;
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast};
use onefold_connectors::Source;
use onefold_connectors::changes::{COUNT, DELETED, SEQUENCE};
use tokio::sync::OnceCell;

pub use record::{CopyRecord, of, of_source, path};

use super::inputs::digest;
use super::steps::StepLog;
use crate::catalog::dependencies::RelationName;
use crate::catalog::{Definition, Freshness, ObjectRef, Snapshot, StoredRelation};
use crate::engine::Engine;
use crate::session::{Session, SessionProfile};
use crate::warehouse::{Written, storable};
use crate::{Error, Result};

/// What became of a table in this run; `None` if it has no copy.
type Once = Arc<OnceCell<Option<CopyRecord>>>;

/// The copies that a run has brought up to date.
#[derive(Debug)]
pub struct Copies {
    pub(super) engine: Engine,
    pub(super) log: StepLog,
    pub(super) run_id: String,
    /// Whether all rows are to be read.
    pub(super) full: bool,
    /// What was written, by path.
    pub(super) written: Arc<Mutex<BTreeMap<String, i64>>>,
    pub(super) tables: Mutex<HashMap<RelationName, Once>>,
    /// Sources and tables that could not be read, by how errors name them: they are not waited for again.
    pub(super) failed: Mutex<HashMap<String, Error>>,
}

/// How rows are applied to a copy.
struct Update<'a> {
    copies: &'a Copies,
    session: Session,
    source: Arc<dyn Source>,
    object: ObjectRef,
    table: &'a str,
    /// The columns of the table.
    schema: SchemaRef,
    /// The copy as it was, if it is of the same columns and the same definition.
    known: Option<(CopyRecord, StoredRelation)>,
    /// Whether there is a copy of other columns or another definition.
    outdated: bool,
}

impl Copies {
    /// Brings the copy of a table up to date, unless that was done in this run. `None` when the source cannot tell what
    /// changes: then the table is read in place.
    ///
    /// # Errors
    /// The source cannot be read, or the copy not written.
    pub async fn bring_up(&self, definition: &Definition, table: &str) -> Result<Option<CopyRecord>> {
        let key = (definition.object.name.clone(), table.to_owned());
        let cell =
            Arc::clone(self.tables.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        cell.get_or_try_init(|| self.update(definition, table)).await.cloned()
    }

    async fn update(&self, definition: &Definition, table: &str) -> Result<Option<CopyRecord>> {
        let name = &definition.object.name;
        let at = |e: onefold_connectors::Error| Error::from(e).on(definition.object.to_string());
        let source = self.engine.sources().open(definition).await?;
        let Some(rows) = source.table(table).await.map_err(at)? else { return Ok(None) };
        let schema = rows.schema();
        if !can_be_copied(&schema) {
            return Ok(None);
        }
        let version = source.version(table).await.map_err(at)?;
        let snapshot = self.engine.catalog().latest().await?.seen_by(&self.run_id);
        let (definition_digest, columns) =
            (digest(&definition.stored.sql), digest(&format!("{:?}", schema.fields())));
        let any = of(&snapshot.state, name, table);
        let outdated = any.is_some();
        let known = any.filter(|(r, _)| r.definition == definition_digest && r.columns == columns);
        if let Some((record, _)) = &known
            && !self.full
            && version.is_some()
            && record.version == version
        {
            return Ok(Some(record.clone()));
        }
        let session = Session::new(&self.engine, SessionProfile::Refresh, None);
        session.pin(Arc::new(snapshot));
        let object = definition.object.clone();
        let outdated = outdated && known.is_none();
        let update = Update { copies: self, session, source, object, table, schema, known, outdated };
        let Some(updated) = update.run().await.map_err(|e| e.on(format!("{name}.{table}")))? else {
            return Ok(None);
        };
        let now = Utc::now();
        let before = update.known.as_ref().map(|(record, _)| record);
        let changed = updated.written.is_some();
        let record = CopyRecord {
            definition: definition_digest,
            columns,
            key: updated.key,
            version,
            position: updated.position,
            read_at: now,
            changed_at: before.filter(|_| !changed).map_or(now, |r| r.changed_at),
            full_at: before.filter(|_| !updated.all).map_or(now, |r| r.full_at),
            rows_read: before.filter(|_| !changed).map_or(updated.rows_read, |r| r.rows_read),
        };
        self.prepare(&definition.object, table, &record, updated.written).await?;
        Ok(Some(record))
    }

    /// The copy as it is in a snapshot, with the columns of the table.
    ///
    /// # Errors
    /// The copy is not there, or the source cannot be read.
    pub async fn provider(
        &self,
        snapshot: &Snapshot,
        definition: &Definition,
        table: &str,
    ) -> Result<Arc<dyn TableProvider>> {
        let name = &definition.object.name;
        let source = self.engine.sources().open(definition).await?;
        let there =
            source.table(table).await.map_err(|e| Error::from(e).on(definition.object.to_string()))?;
        let (Some(there), Some((_, stored))) = (there, of(&snapshot.state, name, table)) else {
            return Err(Error::internal(format!("there is no copy of {name}.{table}")));
        };
        let copy = self.engine.warehouse().relation(&path(name, table)).provider(stored.version).await?;
        as_there(copy, &there.schema())
    }

    /// What a source says, unless it or its table could not be read before in this run.
    ///
    /// # Errors
    /// It cannot be read, or could not.
    pub async fn unless_failed<T>(
        &self,
        source: &ObjectRef,
        table: &str,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let whole = source.to_string();
        let one = format!("{}.{table}", source.name);
        let before = {
            let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.get(&whole).or_else(|| failed.get(&one)).map(Error::copy)
        };
        if let Some(error) = before {
            return Err(error);
        }
        ask.await.inspect_err(|error| {
            let object = match &error.object {
                Some(object) if *object == whole => whole,
                _ => one,
            };
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.entry(object).or_insert_with(|| error.copy());
        })
    }

    async fn prepare(
        &self,
        object: &ObjectRef,
        table: &str,
        record: &CopyRecord,
        written: Option<Written>,
    ) -> Result<()> {
        let text = serde_json::to_string(record).map_err(|e| Error::internal(e.to_string()))?;
        let path = path(&object.name, table);
        let relation = written.map(|w| StoredRelation { version: w.version, rows: w.rows, bytes: w.bytes });
        if let Some(written) = written {
            self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), written.version);
        }
        let prepare = |state: &mut crate::catalog::CatalogState| {
            let seen = state.seen_by(&self.run_id);
            let mut inputs =
                seen.freshness.get(&object.to_string()).map(|f| f.inputs.clone()).unwrap_or_default();
            inputs.insert(table.to_owned(), text.clone());
            let freshness = Freshness { inputs, run_id: self.run_id.clone(), refreshed_at: Utc::now() };
            let relations = relation.clone().map(|relation| (path.clone(), Some(relation)));
            state.prepare_also(object, relations.into_iter().collect(), freshness);
            Ok(())
        };
        self.engine.catalog().change(prepare).await?;
        Ok(())
    }
}

/// What is known of a table's rows without reading them: the copy's state where it is of the same version, else the
/// version.
pub(super) fn known_version(
    snapshot: &Snapshot,
    definition: &Definition,
    table: &str,
    version: Option<String>,
) -> Option<String> {
    let known = of(&snapshot.state, &definition.object.name, table).map(|(record, _)| record);
    let same = known.filter(|record| {
        version.is_some() && record.version == version && record.definition == digest(&definition.stored.sql)
    });
    same.map(|record| record.as_input()).or(version)
}

fn can_be_copied(schema: &SchemaRef) -> bool {
    storable(schema) && [DELETED, SEQUENCE, COUNT].iter().all(|mark| schema.index_of(mark).is_err())
}

/// A stored relation with the types that the source has.
fn as_there(copy: Arc<dyn TableProvider>, schema: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let stored = copy.schema();
    let same = |(a, b): (&Arc<Field>, &Arc<Field>)| a.name() == b.name() && a.data_type() == b.data_type();
    if stored.fields().iter().zip(schema.fields()).all(same) {
        return Ok(copy);
    }
    let column = |field: &Arc<Field>| {
        let column = Expr::Column(Column::from_name(field.name()));
        cast(column, field.data_type().clone()).alias(field.name())
    };
    let scan = LogicalPlanBuilder::scan("copy", provider_as_source(copy), None)?;
    let plan = scan.project(schema.fields().iter().map(column))?.build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}
