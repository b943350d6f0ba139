//! Text files as a file source of the engine, which brings file groups, limits and projections to them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::bytes::chunks;
use super::examined::Examined;
use super::text::{FileScan, ScanColumn, TextTable, scan};

/// The scan of a text table.
#[derive(Debug, Clone)]
pub(super) struct TextSource {
    table: Arc<TextTable>,
    schema: TableSchema,
    projection: SplitProjection,
    batch_size: usize,
    metrics: ExecutionPlanMetricsSet,
}

/// What a file carries to its opener.
#[derive(Debug, Clone)]
pub(super) struct TextFile {
    pub(super) examined: Arc<Examined>,
    pub(super) compression: FileCompressionType,
}

impl TextSource {
    pub(super) fn new(table: Arc<TextTable>, schema: TableSchema) -> Self {
        let projection = SplitProjection::unprojected(&schema);
        Self { table, schema, projection, batch_size: 8192, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl FileSource for TextSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let opener = TextOpener {
            source: self.clone(),
            store,
            batch_size: config.limit.unwrap_or(usize::MAX).clamp(1, self.batch_size.max(1)),
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), self.schema.file_schema())
    }

    fn table_schema(&self) -> &TableSchema {
        &self.schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_size, ..self.clone() })
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.table.format.name()
    }

    /// Where a file may be cut is known from its examination, not from its size.
    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn fmt_extra(&self, _: DisplayFormatType, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), f)
    }
}

struct TextOpener {
    source: TextSource,
    store: Arc<dyn ObjectStore>,
    batch_size: usize,
}

impl TextOpener {
    fn file_scan(&self, file: &PartitionedFile, examined: &Arc<Examined>) -> Result<FileScan> {
        let table = &self.source.table;
        let indices = &self.source.projection.file_indices;
        let columns = indices.iter().filter_map(|index| table.columns.get(*index)).map(|column| {
            let place = examined.columns.iter().position(|found| found.name == column.name);
            ScanColumn { column: column.clone(), place }
        });
        let piece = |offset: i64| {
            let offset = u64::try_from(offset).ok()?;
            examined.pieces.iter().find(|piece| piece.offset == offset).copied()
        };
        Ok(FileScan {
            table: Arc::clone(table),
            examined: Arc::clone(examined),
            file: file.object_meta.location.to_string(),
            columns: columns.collect(),
            schema: Arc::new(self.source.schema.file_schema().project(indices)?),
            batch_size: self.batch_size,
            from: file.range.as_ref().and_then(|range| piece(range.start)),
            until: file.range.as_ref().and_then(|range| u64::try_from(range.end).ok()),
        })
    }
}

impl FileOpener for TextOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let missing = || DataFusionError::Internal("a text file was not examined before its scan".to_owned());
        let TextFile { examined, compression } = file.extension::<TextFile>().cloned().ok_or_else(missing)?;
        let file_scan = self.file_scan(&file, &examined)?;
        let store = Arc::clone(&self.store);
        let object = self.source.table.object.clone();
        Ok(Box::pin(async move {
            let on = move |error: crate::Error| DataFusionError::from(error.on(&object));
            let from = file_scan.from.map(|piece| piece.offset);
            let bytes = chunks(&store, &file.object_meta, compression, from, file_scan.until).await;
            let bytes = bytes.map_err(&on)?;
            let batches = scan(bytes, file_scan).map_err(&on)?;
            Ok(batches.map_err(on).boxed())
        }))
    }
}

/// The compression that a file's extension tells.
pub(super) fn compression(extension: &str) -> Option<FileCompressionType> {
    match extension {
        "gz" | "bz2" | "xz" | "zst" => FileCompressionType::from_str(extension).ok(),
        _ => None,
    }
}
