//! `TYPE files`: CSV, NDJSON, Parquet and Arrow files, in folders and object stores.
//!
//! A text file is read once as a whole when its table is first asked for: that gives the types of
//! its columns, the records that do not fit, and the places at which it may be cut. Scans then convert only the
//! projected columns.

mod arrow;
mod bytes;
mod candidates;
mod column;
mod csv;
mod declare;
mod examined;
mod listing;
mod location;
pub(crate) mod names;
mod ndjson;
mod options;
pub(crate) mod parquet;
mod parquet_reader;
mod partitions;
mod pattern;
mod rejects;
mod source;
mod table;
mod text;
mod text_source;
mod types;

pub(crate) use location::neighbours;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::datasource::object_store::ObjectStoreUrl;

use self::location::Location;
use self::options::{OPTIONS, Settings};
use self::parquet::Footers;
use self::source::FilesSource;
use crate::store::store_name;
use crate::{Connector, Error, OpenRequest, OptionSpec, Result, Source};

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Files;

#[async_trait]
impl Connector for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn description(&self) -> &'static str {
        "CSV, NDJSON, Parquet and Arrow files in local folders and object stores."
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let on = |error: Error| error.on(format!("source {}", request.name));
        let OpenRequest { name, options, base } = &request;
        let location = options.text("location").unwrap_or_default();
        let settings = Settings::new(options).map_err(on)?;
        let location = Location::new(location, base, options).map_err(on)?;
        Ok(Arc::new(FilesSource {
            url: store_url(&request).map_err(on)?,
            name: name.clone(),
            location,
            settings,
            footers: Footers::new(),
            tables: std::sync::Mutex::default(),
            examined: std::sync::Mutex::default(),
        }))
    }
}

fn store_url(request: &OpenRequest) -> Result<ObjectStoreUrl> {
    let url = format!("onefold-{}://", store_name(request));
    ObjectStoreUrl::parse(url).map_err(|error| Error::new(error.to_string()))
}
