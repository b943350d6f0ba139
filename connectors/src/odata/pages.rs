//! Pages of rows, one after the other.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use url::Url;

use super::decode::{Page, batch};
use super::tracked::Track;
use crate::database::table::RemoteColumn;
use crate::web::{Client, Visited};
use crate::{Error, Result};

/// How pages are asked for and read.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    pub(super) client: Arc<Client>,
    pub(super) service: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) columns: Vec<RemoteColumn>,
    pub(super) schema: SchemaRef,
    /// What is done with what the pages say of changes.
    pub(super) track: Option<Track>,
}

/// What is read next.
enum Step {
    Read(Url),
    Have(Url, Page),
}

impl Pages {
    /// The rows from an address on.
    pub(super) fn from(self, first: Url) -> SendableRecordBatchStream {
        self.rows(Step::Read(first))
    }

    /// The rows of a page that came from an address, and of those after it.
    pub(super) fn after(self, first: Url, page: Page) -> SendableRecordBatchStream {
        self.rows(Step::Have(first, page))
    }

    fn rows(self, first: Step) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let begin = (Some(first), Visited::default());
        let pages = stream::try_unfold(begin, move |(step, mut visited)| {
            let own = self.clone();
            async move {
                let page = match step {
                    None => return Ok::<_, Error>(None),
                    Some(Step::Have(url, page)) => {
                        visited.visit(&url)?;
                        page
                    }
                    Some(Step::Read(url)) => {
                        visited.visit(&url)?;
                        Page::read(&own.client.get(&url, &own.headers).await?.body)?
                    }
                };
                let next = page.next.as_deref().map(|link| address(&own.service, link)).transpose()?;
                let rows = match &own.track {
                    Some(track) => track.page(page, next.is_none())?,
                    None => page.value,
                };
                let rows = batch(rows, &own.columns, &own.schema)?;
                Ok(Some((rows, (next.map(Step::Read), visited))))
            }
        });
        let pages = pages.map(|page| page.map_err(DataFusionError::from));
        Box::pin(RecordBatchStreamAdapter::new(schema, pages))
    }
}

/// The address that a link leads to.
///
/// # Errors
/// It leads to another service.
pub(super) fn address(service: &Url, relative: &str) -> Result<Url> {
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
