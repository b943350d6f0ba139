//! Reads the records that fit into batches of the projected columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use futures::{Stream, StreamExt, stream};

use super::json::Json;
use super::lines::{Lines, Step};
use crate::files::bytes::{Chunks, changed};
use crate::files::column::ColumnBuilder;
use crate::files::examined::Shape;
use crate::files::text::{FileScan, ScanColumn};
use crate::files::types::Type;
use crate::{Error, Result};

/// The batches of a file, or of a piece of it.
pub(in crate::files) fn scan(
    chunks: Chunks,
    scan: FileScan,
) -> Result<impl Stream<Item = Result<RecordBatch>>> {
    let reading = Reading::new(chunks, scan)?;
    Ok(stream::try_unfold(reading, |mut reading| async move {
        Ok(reading.batch().await?.map(|batch| (batch, reading)))
    }))
}

struct Reading {
    chunks: Chunks,
    scan: FileScan,
    lines: Lines,
    decoder: Decoder,
    /// The shape of the object, when its lines must be rewritten before they are decoded.
    rewrite: Option<Shape>,
    record: u64,
    passed: usize,
}

impl Reading {
    fn new(chunks: Chunks, scan: FileScan) -> Result<Self> {
        let read: Vec<_> =
            scan.columns.iter().filter_map(|column| Some((column, key(&scan, column)?))).collect();
        let fields = read.iter().map(|(column, key)| Field::new(*key, decoded_as(column), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let decoder = ReaderBuilder::new(schema).with_batch_size(scan.batch_size).with_coerce_primitive(true);
        let decoder = decoder.build_decoder().map_err(|error| Error::new(error.to_string()))?;
        let mixed = read.iter().any(|(column, _)| column.column.mixed);
        let shapes = read.iter().map(|(column, key)| ((*key).to_owned(), column.column.shape.clone()));
        let record = scan.from.map_or(0, |piece| piece.record);
        Ok(Self {
            chunks,
            lines: scan.from.map_or_else(Lines::new, |piece| Lines::resume(piece.offset, piece.line)),
            decoder,
            rewrite: mixed.then(|| Shape::Struct(shapes.collect())),
            record,
            passed: scan.examined.rejects.numbers().partition_point(|rejected| *rejected < record),
            scan,
        })
    }

    async fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut rows = 0;
        while rows < self.scan.batch_size {
            if self.scan.until.is_some_and(|until| self.lines.position().0 >= until) {
                break;
            }
            match self.lines.next()? {
                Step::End => break,
                Step::More => match self.chunks.next().await {
                    Some(bytes) => self.lines.feed(&bytes?),
                    None => self.lines.end(),
                },
                Step::Line => rows += usize::from(self.row()?),
            }
        }
        if rows == 0 { Ok(None) } else { self.flush(rows).map(Some) }
    }

    fn row(&mut self) -> Result<bool> {
        let number = self.record;
        self.record += 1;
        if self.scan.examined.rejects.numbers().get(self.passed) == Some(&number) {
            self.passed += 1;
            return Ok(false);
        }
        if self.scan.columns.is_empty() {
            return Ok(true);
        }
        let changed = || changed(&self.scan.file);
        let line = self.lines.line();
        let mut rewritten = String::new();
        let line = match &self.rewrite {
            None => line,
            shape => {
                let text = std::str::from_utf8(line).map_err(|_| changed())?;
                let json: Json<'_> = serde_json::from_str(text).map_err(|_| changed())?;
                json.write(shape.as_ref(), &mut rewritten);
                rewritten.as_bytes()
            }
        };
        match self.decoder.decode(line) {
            Ok(read) if read == line.len() => Ok(true),
            Ok(_) => Err(changed()),
            Err(error) => Err(self.undecodable(&error)),
        }
    }

    fn flush(&mut self, rows: usize) -> Result<RecordBatch> {
        let decoded = self.decoder.flush().map_err(|error| self.undecodable(&error))?;
        let mut read = decoded.iter().flat_map(|batch| batch.columns());
        let mut arrays = vec![];
        for column in &self.scan.columns {
            let array = match column.place {
                Some(_) => read.next().map(|array| self.convert(array, column)).transpose()?,
                None => None,
            };
            arrays.push(array.unwrap_or_else(|| new_null_array(&column.column.shape.data_type(), rows)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.scan.schema), arrays, &options);
        batch.map_err(|error| self.undecodable(&error))
    }

    /// Reads texts as the column's type.
    fn convert(&self, array: &ArrayRef, column: &ScanColumn) -> Result<ArrayRef> {
        if *array.data_type() == column.column.shape.data_type() {
            return Ok(Arc::clone(array));
        }
        let texts = array.as_string_view_opt().ok_or_else(|| changed(&self.scan.file))?;
        let mut builder = ColumnBuilder::new(column.r#type(), texts.len());
        for text in texts {
            let text = text.filter(|text| !text.trim_ascii().is_empty());
            let plain = text.and_then(without_exponent);
            if !builder.append(plain.as_deref().or(text), &self.scan.table.settings.patterns) {
                return Err(changed(&self.scan.file));
            }
        }
        Ok(builder.finish())
    }

    fn undecodable(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(format!("{} cannot be read: {error}", self.scan.file))
    }
}

fn key<'a>(scan: &'a FileScan, column: &ScanColumn) -> Option<&'a str> {
    scan.examined.columns.get(column.place?).map(|found| found.key.as_str())
}

/// The type that the decoder yields: texts where it does not know how to read the column's type.
fn decoded_as(column: &ScanColumn) -> DataType {
    match &column.column.shape {
        Shape::Scalar(Type::Boolean | Type::Bigint | Type::Double) if column.column.declared => {
            DataType::Utf8View
        }
        Shape::Scalar(r#type @ (Type::Boolean | Type::Bigint | Type::Double)) => r#type.data_type(),
        Shape::Scalar(_) => DataType::Utf8View,
        nested => nested.data_type(),
    }
}

/// A number such as `1e3` written out, so that whole numbers are recognised.
fn without_exponent(text: &str) -> Option<String> {
    let exponent =
        text.contains(['e', 'E']) && text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    if exponent { text.parse::<f64>().ok().map(|number| number.to_string()) } else { None }
}
