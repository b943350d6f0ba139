//! A statement that runs: its rows can be asked for some at a time.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use pgwire::messages::PgWireBackendMessage as Answer;
use pgwire::messages::extendedquery::PortalSuspended;
use pgwire::messages::response::CommandComplete;

use super::connection::Connection;
use super::errors::Failure;
use super::extended::Prepared;
use super::{tags, values};
use crate::Error;
use crate::catalog::schemas::pg_catalog::directory;
use crate::serve::metrics::Protocol;
use crate::session::{Response, Session};
use crate::sql::Parsed;

/// A statement bound to values.
pub(super) struct Portal {
    pub(super) prepared: Arc<Prepared>,
    pub(super) values: Vec<datafusion::common::ScalarValue>,
    /// How each column is sent.
    pub(super) formats: Vec<i16>,
    pub(super) running: Option<Running>,
}

/// Rows that are there or come.
pub(super) struct Running {
    pub(super) tag: String,
    pub(super) schema: SchemaRef,
    stream: Option<SendableRecordBatchStream>,
    /// What is left of the last batch, and how many rows of it were sent.
    batch: Option<(RecordBatch, usize)>,
    sent: usize,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All rows were sent.
    All,
    /// There may be more rows.
    Suspended,
}

impl Running {
    /// Rows as they are made.
    pub(super) fn new(tag: String, schema: SchemaRef, stream: SendableRecordBatchStream) -> Self {
        Self { tag, schema, stream: Some(stream), batch: None, sent: 0 }
    }

    /// Rows in memory.
    pub(super) fn ready(tag: &str, batch: RecordBatch) -> Self {
        Self { tag: tag.to_owned(), schema: batch.schema(), stream: None, batch: Some((batch, 0)), sent: 0 }
    }

    /// The next rows, at most so many; `None` at the end.
    pub(super) async fn rows(&mut self, most: usize) -> Result<Option<RecordBatch>, Error> {
        loop {
            if let Some((batch, sent)) = self.batch.take() {
                let left = batch.num_rows() - sent;
                if left > 0 {
                    let count = left.min(most);
                    let rows = batch.slice(sent, count);
                    self.batch = Some((batch, sent + count));
                    self.sent += count;
                    return Ok(Some(rows));
                }
            }
            let Some(stream) = &mut self.stream else { return Ok(None) };
            match stream.next().await {
                Some(batch) => self.batch = Some((batch?, 0)),
                None => {
                    self.stream = None;
                    return Ok(None);
                }
            }
        }
    }
}

impl Connection {
    /// Runs a statement of the engine; `None` if it has no rows and is done.
    pub(super) async fn run(
        &mut self,
        parsed: &Parsed,
        values: Vec<datafusion::common::ScalarValue>,
    ) -> Result<Option<Running>, Failure> {
        know_objects(&self.session, parsed).await?;
        let (session, statements) = (self.session.clone(), Arc::clone(&self.shared.statements));
        let (id, timeout) = (self.id(), self.settings.statement_timeout());
        let path = self.settings.search_path();
        let running = async {
            let parsed = &session.along(parsed, &path).await?;
            statements.run(&id, Protocol::Postgres, &session, parsed, values, timeout).await
        };
        let answer = self.listening(running).await;
        let tag = tags::tag(&parsed.statement);
        match answer {
            None => Ok(None),
            Some(Err(e)) => Err(Failure::from(e)),
            Some(Ok(Response::Done { .. })) => {
                self.complete(&tag).await;
                Ok(None)
            }
            Some(Ok(Response::Rows { schema, stream })) => {
                let mut running = Running::new(tag, schema, stream);
                if tags::counts(&running.tag) {
                    let mut changed = 0;
                    while let Some(rows) =
                        self.listening(running.rows(usize::MAX)).await.transpose()?.flatten()
                    {
                        let counts =
                            rows.column_by_name("count").and_then(|c| c.as_primitive_opt::<UInt64Type>());
                        changed += counts.and_then(arrow::compute::sum).unwrap_or(0);
                    }
                    self.complete(&format!("{} {changed}", running.tag)).await;
                    return Ok(None);
                }
                Ok(Some(running))
            }
        }
    }

    /// Sends rows, at most so many if it is not 0.
    pub(super) async fn send(
        &mut self,
        running: &mut Running,
        formats: &[i16],
        most: usize,
    ) -> Result<Ended, Failure> {
        let zone = self.settings.zone();
        let mut left = if most == 0 { usize::MAX } else { most };
        let mut sent = 0;
        while left > 0 && !self.is_gone() {
            let Some(rows) = self.listening(running.rows(left)).await else { return Ok(Ended::All) };
            let Some(rows) = rows? else {
                let tag = match running.tag.as_str() {
                    "SELECT" | "FETCH" => format!("{} {sent}", running.tag),
                    other => other.to_owned(),
                };
                self.complete(&tag).await;
                return Ok(Ended::All);
            };
            let columns = values::columns(&rows, &running.schema, formats, zone)?;
            for row in 0..rows.num_rows() {
                self.write(|out| values::row(&columns, row, out)).await;
            }
            left -= rows.num_rows();
            sent += rows.num_rows();
        }
        self.tell(Answer::PortalSuspended(PortalSuspended::new())).await;
        Ok(Ended::Suspended)
    }

    /// Says that a statement is done.
    pub(super) async fn complete(&mut self, tag: &str) {
        self.tell(Answer::CommandComplete(CommandComplete::new(tag.to_owned()))).await;
    }
}

/// Functions of the catalog find objects by number or name; what they look into is made before.
pub(super) async fn know_objects(session: &Session, parsed: &Parsed) -> Result<(), Failure> {
    let asks = ["pg_", "reg", "_description"].iter().any(|word| parsed.text.contains(word));
    if asks {
        session.begin().await?;
        directory::of(session.catalog()).await?;
    }
    Ok(())
}
