//! `TYPE http_json`: tables of a REST service that answers JSON or NDJSON.
//!
//! A table is fetched page by page into a temporary file of NDJSON, which is then read as the connector `files` reads
//! one: types by inference or declaration, records that do not fit kept apart.

mod fetch;
mod json;
mod options;
mod paging;
mod source;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Connector, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug)]
pub struct HttpJson;

#[async_trait]
impl Connector for HttpJson {
    fn name(&self) -> &'static str {
        "http_json"
    }

    fn description(&self) -> &'static str {
        "Tables of a REST service that answers JSON or NDJSON."
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let source = source::HttpSource::new(&request);
        Ok(Arc::new(source.map_err(|e| e.on(format!("source {}", request.name)))?))
    }
}
