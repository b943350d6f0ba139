//! The simple protocol: a text with one or several statements, whose rows come as text.

use pgwire::messages::PgWireBackendMessage as Answer;
use pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};

use super::command::Command;
use super::connection::Connection;
use super::errors::Failure;
use super::types;
use super::utility::Done;
use crate::sql;

/// Answers the statements of a text; the first error ends it.
pub(super) async fn query(connection: &mut Connection, text: &str) -> Result<(), Failure> {
    let pieces = sql::split(text)?;
    if pieces.is_empty() {
        connection.tell(Answer::EmptyQueryResponse(EmptyQueryResponse::new())).await;
    }
    for piece in &pieces {
        let run = one(connection, piece).await;
        run.map_err(|failure| failure.of(piece))?;
        if connection.is_gone() {
            return Ok(());
        }
    }
    connection.ready().await;
    Ok(())
}

async fn one(connection: &mut Connection, piece: &sql::Piece) -> Result<(), Failure> {
    let command = Command::read(piece)?;
    connection.allowed(&command)?;
    let running = match &command {
        Command::Engine(parsed) => connection.run(parsed, Vec::new()).await?,
        other => match connection.utility(other).await? {
            Done::Rows(running) => Some(running),
            Done::Told => None,
        },
    };
    if let Some(mut running) = running {
        let description = types::row_description(&running.schema, &[]);
        connection.tell(Answer::RowDescription(description)).await;
        connection.send(&mut running, &[], 0).await?;
    }
    Ok(())
}

impl Connection {
    /// In a transaction that failed, only its end is allowed.
    pub(super) fn allowed(&self, command: &Command) -> Result<(), Failure> {
        let ends = matches!(command, Command::Commit | Command::Rollback | Command::Savepoint("ROLLBACK"));
        if self.transaction == TransactionStatus::Error && !ends {
            let error =
                crate::Error::invalid("the transaction failed; nothing runs before its end").hint("ROLLBACK");
            return Err(Failure::new("25P02", error));
        }
        Ok(())
    }
}
