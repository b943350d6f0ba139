//! A table of files as the engine scans it.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::{ObjectMeta, ObjectStore};

use super::arrow::Layout;
use super::parquet::Footers;
use super::partitions::Partitions;
use super::text::TextTable;
use super::text_source::{TextFile, TextSource};

/// A part of a file that is read on its own has at least so many pieces.
const LEAST_PIECES: usize = 4;

/// A table: files of one format, and columns that their folders make.
#[derive(Debug)]
pub(super) struct FilesTable {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The name under which a session knows the store; no other source's is the same.
    pub(super) url: ObjectStoreUrl,
    pub(super) schema: TableSchema,
    pub(super) files: Vec<ScanFile>,
    pub(super) partitions: Partitions,
    pub(super) reader: Reader,
}

/// A file, and what is known of it.
#[derive(Debug)]
pub(super) struct ScanFile {
    pub(super) meta: ObjectMeta,
    /// Of the columns that stand in files.
    pub(super) statistics: Arc<Statistics>,
    /// For text files.
    pub(super) text: Option<TextFile>,
}

/// How the files are read.
#[derive(Debug)]
pub(super) enum Reader {
    Text(Arc<TextTable>),
    /// With `source.table`, for messages.
    Parquet(Footers, String),
    Arrow(Layout),
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let decide = |filter: &&Expr| match self.reader {
            _ if self.partitions.decides(filter) => TableProviderFilterPushDown::Exact,
            Reader::Parquet(..) => TableProviderFilterPushDown::Inexact,
            _ => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(decide).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        self.merged(&(0..self.files.len()).collect::<Vec<_>>()).ok()
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let kept = self.partitions.keep(session, filters)?;
        let mut kept: Vec<usize> = (0..self.files.len()).filter(|file| kept[*file]).collect();
        if let Some(limit) = limit
            && filters.iter().all(|filter| self.partitions.decides(filter))
        {
            self.shorten(&mut kept, limit);
        }
        if kept.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema(), projection)?)));
        }
        session.runtime_env().register_object_store(self.url.as_ref(), Arc::clone(&self.store));
        let partitions = session.config().target_partitions().max(1);
        let files = kept.iter().flat_map(|file| self.pieces(*file, partitions.div_ceil(kept.len())));
        let groups = FileGroup::new(files.collect()).split_files(partitions);
        let config = FileScanConfigBuilder::new(self.url.clone(), self.source(session))
            .with_file_groups(groups)
            .with_statistics(self.merged(&kept)?)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

impl FilesTable {
    fn source(&self, session: &dyn Session) -> Arc<dyn FileSource> {
        let schema = self.schema.clone();
        match &self.reader {
            Reader::Text(table) => Arc::new(TextSource::new(Arc::clone(table), schema)),
            Reader::Parquet(footers, object) => footers.source(session, &self.store, schema, object),
            Reader::Arrow(layout) => layout.source(schema),
        }
    }

    /// Leaves out the files beyond those that surely have `limit` rows.
    fn shorten(&self, kept: &mut Vec<usize>, limit: usize) {
        let mut rows = 0;
        let enough = kept.iter().position(|file| {
            if let Precision::Exact(more) = self.files[*file].statistics.num_rows {
                rows += more;
            }
            rows >= limit
        });
        if let Some(last) = enough {
            kept.truncate(last + 1);
        }
    }

    /// A file as the engine wants it, cut into up to `parts` pieces when it is text that can be cut.
    fn pieces(&self, file: usize, parts: usize) -> Vec<PartitionedFile> {
        let ScanFile { meta, text, .. } = &self.files[file];
        let mut whole = PartitionedFile::new_from_meta(meta.clone());
        whole.partition_values = self.partitions.values.get(file).cloned().unwrap_or_default();
        let Some(text) = text else {
            whole.statistics = Some(Arc::new(self.with_partitions(file)));
            return vec![whole];
        };
        let whole = whole.with_extension(text.clone());
        let places = &text.examined.pieces;
        let parts = parts.min(places.len() / LEAST_PIECES);
        if parts < 2 || text.compression.is_compressed() {
            let mut whole = whole;
            whole.statistics = Some(Arc::new(self.with_partitions(file)));
            return vec![whole];
        }
        let step = places.len().div_ceil(parts);
        let begins: Vec<_> = places.iter().step_by(step).collect();
        let cut = begins.iter().enumerate().map(|(index, begin)| {
            let end = begins.get(index + 1);
            let rows = end.map_or(text.examined.rows, |end| end.rows) - begin.rows;
            let mut statistics = Statistics::new_unknown(self.schema.table_schema());
            statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
            let mut piece = whole.clone();
            piece.statistics = Some(Arc::new(statistics));
            piece.range = Some(FileRange {
                start: i64::try_from(begin.offset).unwrap_or(i64::MAX),
                end: end.map_or(i64::MAX, |end| i64::try_from(end.offset).unwrap_or(i64::MAX)),
            });
            piece
        });
        cut.collect()
    }

    /// A file's statistics with those of the columns that its folders make.
    fn with_partitions(&self, file: usize) -> Statistics {
        let mut statistics = self.files[file].statistics.as_ref().clone();
        for value in self.partitions.values.get(file).into_iter().flatten() {
            let nulls = if value.is_null() { statistics.num_rows } else { Precision::Exact(0) };
            let bound = if value.is_null() { Precision::Absent } else { Precision::Exact(value.clone()) };
            statistics.column_statistics.push(ColumnStatistics {
                null_count: nulls,
                min_value: bound.clone(),
                max_value: bound,
                ..ColumnStatistics::new_unknown()
            });
        }
        statistics
    }

    fn merged(&self, files: &[usize]) -> Result<Statistics> {
        let statistics: Vec<_> = files.iter().map(|file| self.with_partitions(*file)).collect();
        Statistics::try_merge_iter(&statistics, self.schema.table_schema())
    }
}
