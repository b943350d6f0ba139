//! Parquet files: schema and statistics from their footers.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::parquet::{
    CachedParquetFileReaderFactory, transform_schema_to_view,
};
use datafusion::datasource::physical_plan::{FileSource, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::execution::cache::default_cache::DefaultCache;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};

use super::listing::TableFile;
use super::parquet_reader::Readers;
use crate::{Error, Result};

/// So many footers are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// The footers of a source's files. Not the session's cache: that one tells files apart by path alone, and the
/// paths of two sources may be the same.
#[derive(Clone)]
pub(crate) struct Footers(Arc<FileMetadataCache>);

impl std::fmt::Debug for Footers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Footers")
    }
}

impl Footers {
    /// A cache of at most 64 MiB.
    pub(crate) fn new() -> Self {
        Self(Arc::new(DefaultCache::new(64 << 20)))
    }

    /// The schema of a table and the statistics of each of its files.
    ///
    /// # Errors
    /// A file cannot be read, is not Parquet, or has columns that contradict another file's.
    pub(super) async fn examine(
        &self,
        store: &Arc<dyn ObjectStore>,
        files: &[TableFile],
    ) -> Result<(SchemaRef, Vec<Arc<Statistics>>)> {
        let read = async |file: &TableFile| {
            let schema = self.metadata(store, &file.meta).fetch_schema().await;
            schema.map_err(|error| broken(&file.path, &error))
        };
        let schemas: Vec<_> = files.iter().map(read).collect();
        let schemas: Vec<Schema> = stream::iter(schemas).buffered(SIDE_BY_SIDE).try_collect().await?;
        let mut merged = Schema::empty();
        for (schema, file) in schemas.iter().zip(files) {
            let fields = Schema::new(transform_schema_to_view(schema).fields().clone());
            merged = Schema::try_merge([merged, fields]).map_err(|error| {
                let message =
                    format!("the columns of {} contradict those of the files before: {error}", file.path);
                Error::new(message).hint("name a narrower location, and UNION the tables in a view")
            })?;
        }
        let schema = Arc::new(merged);
        let mut statistics = vec![];
        for file in files {
            let read = self.metadata(store, &file.meta).fetch_statistics(&schema).await;
            statistics.push(Arc::new(read.map_err(|error| broken(&file.path, &error))?));
        }
        Ok((schema, statistics))
    }

    /// The scan of a table, with row groups pruned by filters and only projected columns read.
    pub(crate) fn source(
        &self,
        session: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        schema: TableSchema,
        object: &str,
    ) -> Arc<dyn FileSource> {
        let inner = CachedParquetFileReaderFactory::new(Arc::clone(store), Arc::clone(&self.0));
        let readers = Readers { object: object.to_owned(), inner };
        let source = ParquetSource::new(schema)
            .with_table_parquet_options(session.default_table_options().parquet)
            .with_parquet_file_reader_factory(Arc::new(readers));
        Arc::new(source)
    }

    fn metadata<'a>(&self, store: &'a Arc<dyn ObjectStore>, meta: &'a ObjectMeta) -> DFParquetMetadata<'a> {
        DFParquetMetadata::new(store.as_ref(), meta)
            .with_metadata_size_hint(Some(512 << 10))
            .with_file_metadata_cache(Some(Arc::clone(&self.0)))
    }
}

pub(super) fn broken(file: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(format!("{file} cannot be read as Parquet: {error}"))
        .hint("check that the file is complete; another format is named by the option format")
}
