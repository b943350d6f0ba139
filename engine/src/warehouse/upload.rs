//! A file on its way into an object store.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::errors::{ParquetError, Result};

/// A file of fewer bytes is one request.
const PART_BYTES: usize = 8 << 20;

/// How many parts travel at the same time.
const PARTS_AT_ONCE: usize = 4;

/// Takes the bytes of a Parquet file. Nothing is at the path before the file is complete.
///
/// `object_store::buffered::BufWriter` does the same, but panics when it is aborted after its last step failed.
#[derive(Debug)]
pub(super) struct Upload {
    store: Arc<dyn ObjectStore>,
    path: Path,
    start: Vec<Bytes>,
    started: usize,
    parts: Option<WriteMultipart>,
}

impl Upload {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path, start: Vec::new(), started: 0, parts: None }
    }

    /// Takes back what was written.
    pub(super) async fn abort(self) -> object_store::Result<()> {
        match self.parts {
            Some(parts) => parts.abort().await,
            None => Ok(()),
        }
    }

    async fn take(&mut self, bytes: Bytes) -> object_store::Result<()> {
        if let Some(parts) = &mut self.parts {
            parts.wait_for_capacity(PARTS_AT_ONCE).await?;
            parts.put(bytes);
            return Ok(());
        }
        self.started += bytes.len();
        self.start.push(bytes);
        if self.started < PART_BYTES {
            return Ok(());
        }
        let upload = self.store.put_multipart(&self.path).await?;
        let parts = self.parts.insert(WriteMultipart::new_with_chunk_size(upload, PART_BYTES));
        self.start.drain(..).for_each(|bytes| parts.put(bytes));
        Ok(())
    }

    async fn finish(&mut self) -> object_store::Result<()> {
        match self.parts.take() {
            Some(parts) => parts.finish().await.map(drop),
            None => {
                let payload: PutPayload = std::mem::take(&mut self.start).into_iter().collect();
                self.store.put(&self.path, payload).await.map(drop)
            }
        }
    }
}

impl AsyncFileWriter for Upload {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.take(bytes).await.map_err(outside) })
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.finish().await.map_err(outside) })
    }
}

fn outside(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
