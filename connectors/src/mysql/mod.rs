//! The connector `mysql`: tables and views of MySQL and MariaDB.
//!
//! What MySQL compares in its own way is compared as it is here: texts by their bytes, whatever the collation of their
//! column, and dates that are none, such as `0000-00-00`, as NULL. Where an index of the column answers a wider
//! condition, that is sent too.

mod catalog;
mod connection;
mod decode;
mod dialect;
mod driver;
mod options;
mod types;

use std::sync::Arc;

use async_trait::async_trait;

use crate::database::names::Shown;
use crate::database::source::DatabaseSource;
use crate::database::watermark::Watermark;
use crate::{Connector, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug)]
pub struct Mysql;

#[async_trait]
impl Connector for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn description(&self) -> &'static str {
        "Tables and views of MySQL and MariaDB."
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let at = |e: crate::Error| e.on(format!("source {}", request.name));
        let driver = driver::MysqlDriver::new(&request).map_err(at)?;
        let shown = Shown::new(&request.options).map_err(at)?;
        let watermark = Watermark::new(&request.options).map_err(at)?;
        Ok(Arc::new(DatabaseSource::new(request.name.clone(), Arc::new(driver), shown, watermark)))
    }
}
