//! Statements of the protocol itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use pgwire::messages::PgWireBackendMessage as Answer;
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::ParameterStatus;

use super::command::Command;
use super::connection::Connection;
use super::errors::Failure;
use super::portal::Running;
use super::settings;
use crate::Error;

/// What a statement of the protocol gives.
pub(super) enum Done {
    /// Rows to send.
    Rows(Running),
    /// Nothing; the client was told.
    Told,
}

impl Connection {
    /// Runs a statement of the protocol.
    pub(super) async fn utility(&mut self, command: &Command) -> Result<Done, Failure> {
        let tag = match command {
            Command::Engine(parsed) => {
                return Ok(self.run(parsed, Vec::new()).await?.map_or(Done::Told, Done::Rows));
            }
            Command::Set { name, value, local } => {
                let reported = self.settings.set(name, value.as_deref(), *local)?;
                self.report(reported).await;
                "SET"
            }
            Command::Show(name) => return self.show(name.as_deref()).map(Done::Rows),
            Command::Reset(Some(name)) => {
                let reported = self.settings.set(name, None, false)?;
                self.report(reported).await;
                "RESET"
            }
            Command::Reset(None) => {
                self.settings.reset_all();
                "RESET"
            }
            Command::Begin => {
                if self.transaction == TransactionStatus::Idle {
                    self.transaction = TransactionStatus::Transaction;
                }
                "BEGIN"
            }
            Command::Commit => {
                let failed = self.transaction == TransactionStatus::Error;
                self.end_transaction();
                if failed { "ROLLBACK" } else { "COMMIT" }
            }
            Command::Rollback => {
                self.end_transaction();
                "ROLLBACK"
            }
            Command::Savepoint(tag) => {
                if *tag == "ROLLBACK" && self.transaction == TransactionStatus::Error {
                    self.transaction = TransactionStatus::Transaction;
                }
                tag
            }
            Command::Discard { all } => {
                if *all {
                    self.prepared.clear();
                    self.portals.clear();
                    self.settings.reset_all();
                    self.session.drop_tables().map_err(Failure::from)?;
                    "DISCARD ALL"
                } else {
                    "DISCARD"
                }
            }
            Command::Deallocate(Some(name)) => {
                if self.prepared.remove(name).is_none() {
                    let error = Error::not_found(format!("there is no prepared statement {name}"));
                    return Err(Failure::new("26000", error));
                }
                "DEALLOCATE"
            }
            Command::Deallocate(None) => {
                self.prepared.clear();
                "DEALLOCATE ALL"
            }
            Command::Declare { name, hold, query } => {
                self.declare(name, *hold, query).await?;
                "DECLARE CURSOR"
            }
            Command::Fetch { name, count, skip } => return self.fetch(name, *count, *skip).await,
            Command::Close(name) => {
                self.close_cursor(name.as_deref())?;
                "CLOSE CURSOR"
            }
            Command::Copy { query, options } => {
                self.copy(query, options).await?;
                return Ok(Done::Told);
            }
            Command::Nothing(tag) => tag,
        };
        self.complete(tag).await;
        Ok(Done::Told)
    }

    async fn report(&mut self, setting: Option<(&'static str, String)>) {
        if let Some((name, value)) = setting {
            self.tell(Answer::ParameterStatus(ParameterStatus::new(name.to_owned(), value))).await;
        }
    }

    /// Cursors end with their transaction.
    fn end_transaction(&mut self) {
        self.transaction = TransactionStatus::Idle;
        self.settings.end_transaction();
        self.portals.retain(|_, portal| portal.prepared.held());
    }

    fn show(&self, name: Option<&str>) -> Result<Running, Failure> {
        let text = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
        let batch = match name {
            Some(name) => {
                let value = self.settings.get(name).ok_or_else(|| {
                    let error = Error::not_found(format!("there is no setting {name}"));
                    Failure::new("42704", error.hint("SHOW ALL lists the settings"))
                })?;
                RecordBatch::try_from_iter([(settings::display_name(name), text(vec![value]))])
            }
            None => {
                let (names, values): (Vec<String>, Vec<String>) = self.settings.all().into_iter().unzip();
                let about = vec![String::new(); names.len()];
                RecordBatch::try_from_iter([
                    ("name", text(names)),
                    ("setting", text(values)),
                    ("description", text(about)),
                ])
            }
        };
        Ok(Running::ready("SHOW", batch.map_err(Error::from)?))
    }
}
