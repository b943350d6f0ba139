//! Reads of Parquet files whose errors name the table and the file.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};

use super::parquet::broken;
use crate::{Error, store};

/// Opens the files of one table.
#[derive(Debug)]
pub(super) struct Readers {
    /// `source.table`, for messages.
    pub(super) object: String,
    pub(super) inner: CachedParquetFileReaderFactory,
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        footer_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        let named = Named { object: self.object.clone(), file: file.object_meta.location.to_string() };
        let inner = self.inner.create_reader(partition, file, footer_hint, metrics)?;
        Ok(Box::new(Reader { named, inner }))
    }
}

struct Reader {
    named: Named,
    inner: Box<dyn AsyncFileReader + Send>,
}

struct Named {
    object: String,
    file: String,
}

impl Named {
    /// The store's error, as a user needs it.
    fn error(&self, error: ParquetError) -> ParquetError {
        let ParquetError::External(cause) = &error else { return error };
        let Some(cause) = cause.downcast_ref::<object_store::Error>() else { return error };
        let explained = store::explain(cause, &self.file);
        self.on(
            explained.hint("check that the table's files are complete; one may have been removed meanwhile")
        )
    }

    fn on(&self, error: Error) -> ParquetError {
        ParquetError::External(Box::new(error.on(self.object.clone())))
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let Self { named, inner } = self;
        inner.get_bytes(range).map_err(|error| named.error(error)).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        let Self { named, inner } = self;
        inner.get_byte_ranges(ranges).map_err(|error| named.error(error)).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let Self { named, inner } = self;
        async move {
            let error = match inner.get_metadata(options).await {
                Ok(metadata) => return Ok(metadata),
                Err(error) => error,
            };
            // It says in a text whether the file cannot be reached or is not Parquet; a byte of it tells.
            Err(match inner.get_bytes(0..1).await {
                Err(unreached) => named.error(unreached),
                Ok(_) => {
                    // The file is named once.
                    let said = error.to_string();
                    let (_, said) = said.rsplit_once(&format!("{}: ", named.file)).unwrap_or(("", &said));
                    named.on(broken(&named.file, &said))
                }
            })
        }
        .boxed()
    }
}
