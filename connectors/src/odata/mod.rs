//! `TYPE odata`: entity sets of an OData v4 service, such as Dataverse and Dynamics 365.
//!
//! Tables, keys and types come from `$metadata`. `$select`, `$filter`, `$orderby` and `$top` are sent where they mean
//! the same there; every filter is checked here again, because services compare texts without regard to case. Pages are
//! followed by `@odata.nextLink`.

mod decode;
mod dialect;
mod driver;
mod metadata;
mod options;
mod pages;
mod tracked;
mod types;

use std::sync::Arc;

use async_trait::async_trait;

use crate::database::names::Shown;
use crate::database::source::DatabaseSource;
use crate::database::watermark::Watermark;
use crate::{Connector, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug)]
pub struct Odata;

#[async_trait]
impl Connector for Odata {
    fn name(&self) -> &'static str {
        "odata"
    }

    fn description(&self) -> &'static str {
        "Entity sets of an OData v4 service, such as Dataverse and Dynamics 365."
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let at = |e: crate::Error| e.on(format!("source {}", request.name));
        let driver = driver::OdataDriver::new(&request).map_err(at)?;
        let shown = Shown::new(&request.options).map_err(at)?;
        let watermark = Watermark::new(&request.options).map_err(at)?;
        Ok(Arc::new(DatabaseSource::new(request.name.clone(), Arc::new(driver), shown, watermark)))
    }
}
