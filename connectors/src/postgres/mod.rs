//! The connector `postgres`: tables and views of PostgreSQL.
//!
//! Rows come by `COPY … TO STDOUT (FORMAT binary)`, many to a message (`merge`), and are decoded into Arrow as they
//! arrive, some hundreds at a time, column by column (`copy`, `decode`); big tables in several ranges of physical
//! places at once, all of the same state of the database.

mod catalog;
mod connection;
mod copy;
mod decode;
mod dialect;
mod driver;
mod fields;
mod merge;
mod numbers;
mod numeric;
mod options;
mod texts;
mod types;

use std::sync::Arc;

use async_trait::async_trait;

use crate::database::names::Shown;
use crate::database::source::DatabaseSource;
use crate::database::watermark::Watermark;
use crate::{Connector, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug)]
pub struct Postgres;

#[async_trait]
impl Connector for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn description(&self) -> &'static str {
        "Tables and views of PostgreSQL and what speaks its protocol."
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let at = |e: crate::Error| e.on(format!("source {}", request.name));
        let driver = driver::PostgresDriver::new(&request).map_err(at)?;
        let shown = Shown::new(&request.options).map_err(at)?;
        let watermark = Watermark::new(&request.options).map_err(at)?;
        Ok(Arc::new(DatabaseSource::new(request.name.clone(), Arc::new(driver), shown, watermark)))
    }
}
