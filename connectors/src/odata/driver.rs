//! A service as a driver.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;
use glob::Pattern;
use url::Url;

use super::decode::Page;
use super::dialect::{OdataDialect, selected};
use super::pages::{Pages, address};
use super::types::{FORMATTED, is_label};
use super::{metadata, tracked};
use crate::database::dialect::Dialect;
use crate::database::driver::{Catalog, Driver, Read};
use crate::database::options::positive;
use crate::database::table::{RemoteColumn, RemoteTable};
use crate::web::{Client, service};
use crate::{Changes, Error, OpenRequest, Result};

/// A service.
#[derive(Debug)]
pub(super) struct OdataDriver {
    client: Arc<Client>,
    service: Url,
    labels: Vec<Pattern>,
    page_size: u64,
    track_changes: bool,
}

impl OdataDriver {
    /// Reads the options; nothing is sent.
    pub(super) fn new(request: &OpenRequest) -> Result<Self> {
        let options = &request.options;
        let mut service = service(options, "https://company.crm4.dynamics.com/api/data/v9.2/")?;
        service.set_query(None);
        if !service.path().ends_with('/') {
            service.set_path(&format!("{}/", service.path()));
        }
        let words = options.text("labels").unwrap_or_default().split(',').map(str::trim);
        let labels = words.filter(|word| !word.is_empty()).map(|word| {
            Pattern::new(word)
                .map_err(|e| Error::new(format!("'{word}' is not a pattern: {}", e.msg)).on("option labels"))
        });
        let labels = labels.collect::<Result<_>>()?;
        let page_size = positive(options, "page_size")?.unwrap_or(5000);
        let track_changes = options.bool("track_changes").unwrap_or_default();
        let client = Arc::new(Client::new(options, &service)?);
        Ok(Self { client, service, labels, page_size, track_changes })
    }

    fn prefer(&self, columns: &[RemoteColumn]) -> String {
        let mut prefer = format!("odata.maxpagesize={}", self.page_size);
        if columns.iter().any(is_label) {
            prefer += &format!(",odata.include-annotations=\"{}\"", &FORMATTED[1..]);
        }
        prefer
    }

    fn pages(&self, prefer: String, columns: Vec<RemoteColumn>, schema: SchemaRef) -> Pages {
        let headers = vec![
            // Long numbers as texts, so that none is rounded.
            ("accept", "application/json;IEEE754Compatible=true".to_owned()),
            ("odata-version", "4.0".to_owned()),
            ("odata-maxversion", "4.0".to_owned()),
            ("prefer", prefer),
        ];
        let (client, service) = (Arc::clone(&self.client), self.service.clone());
        Pages { client, service, headers, columns, schema, track: None }
    }

    fn address(&self, relative: &str) -> Result<Url> {
        address(&self.service, relative)
    }
}

#[async_trait]
impl Driver for OdataDriver {
    fn dialect(&self) -> &dyn Dialect {
        &OdataDialect
    }

    async fn catalog(&self) -> Result<Catalog> {
        let accept = [("accept", "application/xml".to_owned()), ("odata-version", "4.0".to_owned())];
        let answer = self.client.get(&self.address("$metadata")?, &accept).await?;
        let text = String::from_utf8_lossy(&answer.body);
        metadata::read(&text, &|column| self.labels.iter().any(|pattern| pattern.matches(column)))
    }

    async fn read(&self, read: Read) -> Result<SendableRecordBatchStream> {
        let first = self.address(&read.sql)?;
        let prefer = self.prefer(&read.columns);
        Ok(self.pages(prefer, read.columns, read.schema).from(first))
    }

    async fn changes(&self, table: &Arc<RemoteTable>, since: Option<&str>) -> Result<Option<Changes>> {
        if !self.track_changes || table.description.primary_key.is_empty() {
            return Ok(None);
        }
        let first =
            self.address(&format!("{}?$select={}", table.from, selected(&table.columns).join(",")))?;
        let prefer = format!("{},odata.track-changes", self.prefer(&table.columns));
        let pages = self.pages(prefer, table.columns.clone(), table.arrow_schema());
        let since = since.map(|link| self.address(link)).transpose()?;
        tracked::changes(table, pages, first, since).await.map(Some)
    }

    /// The number of rows is what `$count` says, which some services limit.
    async fn newest(&self, table: &RemoteTable, column: &RemoteColumn) -> Result<[String; 2]> {
        let (set, name) = (&table.from, &column.read);
        let json = [("accept", "application/json".to_owned())];
        let first = self.address(&format!("{set}?$select={name}&$orderby={name} desc&$top=1"))?;
        let page = Page::read(&self.client.get(&first, &json).await?.body)?;
        let newest = page.value.first().and_then(|row| row.get(name)).map(ToString::to_string);
        let count = self.client.get(&self.address(&format!("{set}/$count"))?, &[]).await?;
        let rows = String::from_utf8_lossy(&count.body).trim().to_owned();
        Ok([newest.unwrap_or_default(), rows])
    }
}
