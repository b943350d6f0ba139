//! The connector `sqlite`: tables and views of a SQLite file.
//!
//! A column of SQLite has a declared type, but each value its own. A value that is not of the declared type fails the
//! query and is named; filters that are sent are checked here again, unless the table is `STRICT`.

mod catalog;
mod decode;
mod dialect;
mod driver;
mod options;
mod times;
mod types;

use std::sync::Arc;

use async_trait::async_trait;

use crate::database::names::Shown;
use crate::database::source::DatabaseSource;
use crate::{Connector, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug)]
pub struct Sqlite;

#[async_trait]
impl Connector for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn description(&self) -> &'static str {
        "Tables and views of a SQLite file."
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let at = |e: crate::Error| e.on(format!("source {}", request.name));
        let driver = driver::SqliteDriver::new(&request).map_err(at)?;
        let shown = Shown::new(&request.options).map_err(at)?;
        Ok(Arc::new(DatabaseSource::new(request.name.clone(), Arc::new(driver), shown, None)))
    }
}
