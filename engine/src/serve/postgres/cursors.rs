//! Cursors by SQL: `DECLARE`, `FETCH`, `MOVE`, `CLOSE`. A cursor is a portal with a name.

use arrow::compute::concat_batches;
use pgwire::messages::response::TransactionStatus;

use super::connection::Connection;
use super::errors::Failure;
use super::extended::Prepared;
use super::portal::{Portal, Running};
use super::utility::Done;
use crate::Error;
use crate::sql::Parsed;

/// Rows that one FETCH gives at most, since they are in memory until they are sent.
const MOST: usize = 1 << 20;

impl Connection {
    pub(super) async fn declare(&mut self, name: &str, hold: bool, query: &Parsed) -> Result<(), Failure> {
        if self.transaction == TransactionStatus::Idle && !hold {
            let error =
                Error::invalid("a cursor is for a transaction").hint("BEGIN first, or declare it WITH HOLD");
            return Err(Failure::new("25P01", error));
        }
        if self.portals.contains_key(name) {
            return Err(Failure::new("42P03", Error::invalid(format!("there is a cursor {name} already"))));
        }
        let Some(running) = self.run(query, Vec::new()).await? else {
            return Err(Failure::new("42601", Error::invalid("a cursor is for a query")));
        };
        let prepared = std::sync::Arc::new(Prepared::cursor(query.clone(), hold));
        let portal = Portal { prepared, values: Vec::new(), formats: Vec::new(), running: Some(running) };
        self.portals.insert(name.to_owned(), portal);
        Ok(())
    }

    pub(super) async fn fetch(
        &mut self,
        name: &str,
        count: Option<usize>,
        skip: bool,
    ) -> Result<Done, Failure> {
        let missing = || Failure::new("34000", Error::not_found(format!("there is no cursor {name}")));
        let mut portal = self.portals.remove(name).ok_or_else(missing)?;
        let Some(running) = &mut portal.running else { return Err(missing()) };
        let (schema, mut left) = (running.schema.clone(), count.unwrap_or(MOST).min(MOST));
        let mut batches = Vec::new();
        while left > 0 {
            let Some(rows) = self.listening(running.rows(left)).await else { return Ok(Done::Told) };
            let Some(rows) = rows? else { break };
            left -= rows.num_rows();
            batches.push(rows);
        }
        self.portals.insert(name.to_owned(), portal);
        let rows = concat_batches(&schema, &batches).map_err(Error::from)?;
        if skip {
            self.complete(&format!("MOVE {}", rows.num_rows())).await;
            return Ok(Done::Told);
        }
        Ok(Done::Rows(Running::ready("FETCH", rows)))
    }

    pub(super) fn close_cursor(&mut self, name: Option<&str>) -> Result<(), Failure> {
        match name {
            None => self.portals.clear(),
            Some(name) => {
                if self.portals.remove(name).is_none() {
                    return Err(Failure::new(
                        "34000",
                        Error::not_found(format!("there is no cursor {name}")),
                    ));
                }
            }
        }
        Ok(())
    }
}
