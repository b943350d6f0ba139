//! Reads what changed and writes the copy anew.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::datasource::MemTable;
use datafusion::prelude::DataFrame;
use futures::TryStreamExt;
use onefold_connectors::Changes;
use onefold_connectors::changes::{COUNT, DELETED, Next, SEQUENCE};

use super::{Update, as_there, path};
use crate::held::Held;
use crate::identity::rules::quoted;
use crate::refresh::Step;
use crate::refresh::job::made_by;
use crate::warehouse::{Relation, Written};
use crate::{Error, Result, stopping};

/// How the copy is now.
pub(super) struct Updated {
    pub(super) key: Vec<String>,
    pub(super) position: Option<String>,
    /// The copy as it was written; `None` if nothing had changed.
    pub(super) written: Option<Written>,
    /// Whether all rows were read.
    pub(super) all: bool,
    pub(super) rows_read: u64,
}

/// What became of changes.
enum Applied {
    Done(Updated),
    /// They do not give the table as it is, for this reason.
    Short(String),
}

impl Update<'_> {
    /// Brings the copy up to date. `None` when the source has no changes of this table.
    pub(super) async fn run(&self) -> Result<Option<Updated>> {
        let position = self.known.as_ref().and_then(|(record, _)| record.position.as_deref());
        let since = position.filter(|_| !self.copies.full);
        let Some(mut changes) = self.source.changes(self.table, since).await? else { return Ok(None) };
        let step = self.copies.log.start(&self.object.to_string(), self.table);
        let mut why = match since {
            _ if self.copies.full => "a full refresh was asked for".to_owned(),
            None if self.outdated => "its columns or the definition of the source have changed".to_owned(),
            None => "it was not copied before".to_owned(),
            Some(_) => "the source no longer knows what changed since".to_owned(),
        };
        if !changes.all {
            match self.apply(&changes, &step).await? {
                Applied::Done(updated) => {
                    let rows = updated.written.map(|w| w.rows);
                    let detail = match rows {
                        Some(rows) => format!("{} rows changed or near; {rows} in all", updated.rows_read),
                        None => "nothing changed".to_owned(),
                    };
                    step.done(updated.rows_read, updated.written.map(|w| w.bytes), Some(detail));
                    return Ok(Some(updated));
                }
                Applied::Short(reason) => why = reason,
            }
            match self.source.changes(self.table, None).await? {
                Some(anew) => changes = anew,
                None => return Err(Error::internal("the source has changes, but not all rows")),
            }
        }
        let updated = self.all(&changes, &step).await?;
        step.done(updated.rows_read, updated.written.map(|w| w.bytes), Some(format!("all rows: {why}")));
        Ok(Some(updated))
    }

    /// Takes all rows in place of those that are known.
    async fn all(&self, changes: &Changes, step: &Step) -> Result<Updated> {
        let written = self.write(self.frame(changes)?, step).await?;
        if !changes.key_is_sure {
            self.check_key(&changes.key, &written).await?;
        }
        let position = self.position(changes, &written).await?;
        let key = changes.key.clone();
        Ok(Updated { key, position, written: Some(written), all: true, rows_read: written.rows })
    }

    async fn apply(&self, changes: &Changes, step: &Step) -> Result<Applied> {
        let Some((record, stored)) = &self.known else {
            return Ok(Applied::Short("it was not copied before".to_owned()));
        };
        let Some((batches, _memory)) = self.collected(changes).await? else {
            return Ok(Applied::Short("more has changed than fits into memory".to_owned()));
        };
        let rows_read: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let schema = changes.rows.schema();
        let counted = schema.index_of(COUNT).ok();
        if rows_read == 0 {
            // What is counted has the newest row that is known among its changes.
            if counted.is_some() {
                return Ok(Applied::Short("its newest row is gone".to_owned()));
            }
            let position = self.told(changes).or_else(|| record.position.clone());
            let key = changes.key.clone();
            return Ok(Applied::Done(Updated { key, position, written: None, all: false, rows_read: 0 }));
        }
        let count = counted.and_then(|place| {
            batches
                .iter()
                .filter(|b| b.num_rows() > 0)
                .map(|b| b.column(place).as_primitive::<Int64Type>().value(0))
                .max()
        });
        let kept = self.relation().provider(stored.version).await?;
        self.session.scratch("kept", as_there(kept, &self.schema)?)?;
        self.session.scratch("changed", Arc::new(MemTable::try_new(schema, vec![batches])?))?;
        let written = self.write(self.session.frame(&self.merge(changes)).await?, step).await?;
        if let Some(count) = count.and_then(|count| u64::try_from(count).ok())
            && count != written.rows
        {
            let what = match count < written.rows {
                true => format!("rows are gone: {}", written.rows - count),
                false => format!("rows came in that are older than the overlap: {}", count - written.rows),
            };
            return Ok(Applied::Short(what));
        }
        let position = self.position(changes, &written).await?;
        let (key, written) = (changes.key.clone(), Some(written));
        Ok(Applied::Done(Updated { key, position, written, all: false, rows_read: rows_read as u64 }))
    }

    /// Where the copy is.
    fn relation(&self) -> Relation {
        self.copies.engine.warehouse().relation(&path(&self.object.name, self.table))
    }

    fn frame(&self, changes: &Changes) -> Result<DataFrame> {
        let frame = self.session.ctx().read_table(Arc::clone(&changes.rows))?;
        Ok(match changes.filter.clone() {
            Some(filter) => frame.filter(filter)?,
            None => frame,
        })
    }

    /// The changed rows, if they fit into memory.
    async fn collected(&self, changes: &Changes) -> Result<Option<(Vec<RecordBatch>, Held)>> {
        let pool = &self.session.ctx().runtime_env().memory_pool;
        let memory = Held::new(pool, format!("changes of {}.{}", self.object.name, self.table));
        let mut rows = stopping::stream(self.frame(changes)?).await?;
        let mut batches = Vec::new();
        while let Some(batch) = rows.try_next().await? {
            if !memory.keep(batch.get_array_memory_size()) {
                return Ok(None);
            }
            batches.push(batch);
        }
        Ok(Some((batches, memory)))
    }

    /// The rows after the changes, over `scratch.kept` and `scratch.changed`.
    fn merge(&self, changes: &Changes) -> String {
        let names: Vec<String> = self.schema.fields().iter().map(|f| quoted(f.name())).collect();
        let key: Vec<String> = changes.key.iter().map(|column| quoted(column)).collect();
        let same = if changes.key_is_sure { "=" } else { "IS NOT DISTINCT FROM" };
        let on: Vec<String> = key.iter().map(|column| format!("k.{column} {same} c.{column}")).collect();
        let (names, on, by) = (names.join(", "), on.join(" AND "), key.join(", "));
        let has = |mark: &str| changes.rows.schema().index_of(mark).is_ok();
        let mut newest = "scratch.changed".to_owned();
        if has(SEQUENCE) {
            newest = format!(
                "(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {by} ORDER BY {SEQUENCE} DESC) AS _place \
                 FROM scratch.changed) WHERE _place = 1)"
            );
        }
        let there = if has(DELETED) { format!(" WHERE NOT {DELETED}") } else { String::new() };
        let kept: Vec<String> =
            self.schema.fields().iter().map(|f| format!("k.{}", quoted(f.name()))).collect();
        let kept = kept.join(", ");
        format!(
            "SELECT {kept} FROM scratch.kept AS k LEFT ANTI JOIN scratch.changed AS c ON {on} \
             UNION ALL SELECT {names} FROM {newest} AS n{there}"
        )
    }

    async fn write(&self, frame: DataFrame, step: &Step) -> Result<Written> {
        let metadata = made_by(&self.copies.run_id, &self.object.to_string());
        self.relation().replace(stopping::streams(frame).await?, metadata, step.progress()).await
    }

    /// Where the next changes begin.
    async fn position(&self, changes: &Changes, written: &Written) -> Result<Option<String>> {
        let Next::Greatest(column) = &changes.next else { return Ok(self.told(changes)) };
        self.show(written).await?;
        let column = quoted(column);
        self.text(&format!("SELECT CAST(max({column}) AS VARCHAR) FROM scratch.copy")).await
    }

    fn told(&self, changes: &Changes) -> Option<String> {
        match &changes.next {
            Next::Told(position) => position.text(),
            Next::Greatest(_) => None,
        }
    }

    async fn check_key(&self, key: &[String], written: &Written) -> Result<()> {
        self.show(written).await?;
        let by: Vec<String> = key.iter().map(|column| quoted(column)).collect();
        let by = by.join(", ");
        let several = format!(
            "SELECT CAST(count(*) AS VARCHAR) FROM (SELECT {by} FROM scratch.copy GROUP BY {by} HAVING count(*) > 1)"
        );
        match self.text(&several).await?.as_deref() {
            None | Some("0") => Ok(()),
            Some(several) => {
                let message = format!(
                    "{} does not tell its rows apart: {several} values occur more than once",
                    key.join(", ")
                );
                Err(Error::invalid(message).hint("name more columns by the option key, or none"))
            }
        }
    }

    async fn show(&self, written: &Written) -> Result<()> {
        self.session.scratch("copy", self.relation().provider(written.version).await?)
    }

    /// The only cell of a query.
    async fn text(&self, sql: &str) -> Result<Option<String>> {
        let mut rows = stopping::stream(self.session.frame(sql).await?).await?;
        while let Some(batch) = rows.try_next().await? {
            if batch.num_rows() > 0 {
                let cell = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
                let cell = cell.as_string::<i32>();
                return Ok(cell.iter().next().flatten().map(str::to_owned));
            }
        }
        Ok(None)
    }
}
