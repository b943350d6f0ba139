//! A service as a driver.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use glob::Pattern;
use url::Url;

use super::decode::{Page, batch};
use super::dialect::OdataDialect;
use super::metadata;
use super::types::{FORMATTED, is_label};
use crate::database::dialect::Dialect;
use crate::database::driver::{Catalog, Driver, Read};
use crate::database::options::positive;
use crate::database::table::{RemoteColumn, RemoteTable};
use crate::web::{Client, service};
use crate::{Error, OpenRequest, Result};

/// A service.
#[derive(Debug)]
pub(super) struct OdataDriver {
    client: Arc<Client>,
    service: Url,
    labels: Vec<Pattern>,
    page_size: u64,
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
        Ok(Self { client: Arc::new(Client::new(options, &service)?), service, labels, page_size })
    }

    fn address(&self, relative: &str) -> Result<Url> {
        address(&self.service, relative)
    }
}

fn address(service: &Url, relative: &str) -> Result<Url> {
    let url = service.join(relative).map_err(|e| Error::new(format!("'{relative}' is no address: {e}")))?;
    // The credentials are for this service only.
    if url.origin() != service.origin() {
        return Err(Error::new(format!(
            "the service leads to another one: {}",
            url.origin().ascii_serialization()
        )));
    }
    Ok(url)
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
        let mut prefer = format!("odata.maxpagesize={}", self.page_size);
        if read.columns.iter().any(is_label) {
            prefer += &format!(",odata.include-annotations=\"{}\"", &FORMATTED[1..]);
        }
        let headers = [
            // Long numbers as texts, so that none is rounded.
            ("accept", "application/json;IEEE754Compatible=true".to_owned()),
            ("odata-version", "4.0".to_owned()),
            ("odata-maxversion", "4.0".to_owned()),
            ("prefer", prefer),
        ];
        let (client, service, schema) = (Arc::clone(&self.client), self.service.clone(), read.schema.clone());
        let pages = stream::try_unfold(Some(first), move |next| {
            let (client, service, headers) = (Arc::clone(&client), service.clone(), headers.clone());
            let (columns, schema) = (read.columns.clone(), read.schema.clone());
            async move {
                let Some(url) = next else { return Ok::<_, Error>(None) };
                let answer = client.get(&url, &headers).await?;
                let page = Page::read(&answer.body)?;
                let next = page.next.as_deref().map(|link| address(&service, link)).transpose()?;
                if next.as_ref() == Some(&url) {
                    return Err(Error::new("the service leads from a page to the same page"));
                }
                Ok(Some((batch(page.value, &columns, &schema)?, next)))
            }
        });
        let pages = pages.map(|page| page.map_err(DataFusionError::from));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, pages)))
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
