//! Tables of text files, whatever the format.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::bytes::Chunks;
use super::declare::Declared;
use super::examined::{Examined, Node, Piece, Shape};
use super::options::{Format, TextSettings};
use super::types::Type;
use super::{csv, ndjson};
use crate::Result;

/// A table of CSV or NDJSON files: what all of them have in common.
#[derive(Debug)]
pub(super) struct TextTable {
    /// The table as errors name it.
    pub(super) object: String,
    pub(super) format: Format,
    pub(super) settings: TextSettings,
    pub(super) columns: Vec<TextColumn>,
}

/// A column of such a table.
#[derive(Debug, Clone)]
pub(super) struct TextColumn {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) declared: bool,
    /// Whether nested values stand where the type is text.
    pub(super) mixed: bool,
}

/// What to read of one file.
#[derive(Debug)]
pub(super) struct FileScan {
    pub(super) table: Arc<TextTable>,
    pub(super) examined: Arc<Examined>,
    pub(super) file: String,
    pub(super) columns: Vec<ScanColumn>,
    /// The schema of the columns.
    pub(super) schema: SchemaRef,
    pub(super) batch_size: usize,
    /// Where to begin, if not with the first record.
    pub(super) from: Option<Piece>,
    /// The offset at which to end, if not with the last record.
    pub(super) until: Option<u64>,
}

/// A column to read.
#[derive(Debug, Clone)]
pub(super) struct ScanColumn {
    pub(super) column: TextColumn,
    /// Which of the file's columns it is; `None` when the file has no such column.
    pub(super) place: Option<usize>,
}

impl ScanColumn {
    /// The type of a column that is not nested.
    pub(super) fn r#type(&self) -> Type {
        match self.column.shape {
            Shape::Scalar(r#type) => r#type,
            Shape::List(_) | Shape::Struct(_) => Type::Text,
        }
    }
}

impl TextTable {
    /// The table that holds all records of some files: their columns in the order of appearance, each with the
    /// declared type or the narrowest that fits all values.
    pub(super) fn new(
        object: String,
        format: Format,
        settings: TextSettings,
        declared: &[Declared],
        files: &[Arc<Examined>],
    ) -> Result<Self> {
        let mut merged: Vec<(String, Node)> = vec![];
        for found in files.iter().flat_map(|examined| &examined.columns) {
            match merged.iter_mut().find(|(name, _)| *name == found.name) {
                Some((_, node)) => node.merge(&found.node),
                None => merged.push((found.name.clone(), found.node.clone())),
            }
        }
        if format == Format::Ndjson {
            let absent = declared
                .iter()
                .filter(|declared| !merged.iter().any(|(name, _)| name.eq_ignore_ascii_case(&declared.name)));
            let absent: Vec<_> = absent.map(|declared| (declared.name.clone(), Node::NEW)).collect();
            merged.extend(absent);
        } else {
            let names: Vec<_> = merged.iter().map(|(name, _)| name.as_str()).collect();
            Declared::check(declared, &names).map_err(|error| error.on(&object))?;
        }
        let columns = merged.into_iter().map(|(name, node)| {
            let declared = Declared::find(declared, &name).map(|declared| declared.r#type);
            let shape = declared.map_or_else(|| node.shape(), Shape::Scalar);
            let nested = node.items.is_some() || node.fields.is_some();
            let mixed = node.is_mixed() || (declared.is_some() && nested);
            TextColumn { name, shape, declared: declared.is_some(), mixed }
        });
        let columns = columns.collect();
        Ok(Self { object, format, settings, columns })
    }

    /// The columns that stand in the files.
    pub(super) fn schema(&self) -> Schema {
        let fields =
            self.columns.iter().map(|column| Field::new(&column.name, column.shape.data_type(), true));
        Schema::new(fields.collect::<Vec<_>>())
    }
}

/// One pass over a file.
pub(super) async fn examine(
    chunks: Chunks,
    file: &str,
    format: Format,
    settings: &TextSettings,
    declared: &[Declared],
) -> Result<Examined> {
    match format {
        Format::Ndjson => ndjson::examine(chunks, file, settings, declared).await,
        _ => csv::examine(chunks, file, settings, declared).await,
    }
}

/// The batches of a file.
pub(super) fn scan(
    chunks: Chunks,
    scan: FileScan,
) -> Result<BoxStream<'static, Result<arrow::array::RecordBatch>>> {
    match scan.table.format {
        Format::Ndjson => Ok(ndjson::scan(chunks, scan)?.boxed()),
        _ => Ok(csv::scan(chunks, scan).boxed()),
    }
}
