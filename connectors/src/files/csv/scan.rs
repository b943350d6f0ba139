//! Reads the records that fit into batches of the projected columns.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use futures::{Stream, StreamExt, stream};

use super::is_null;
use super::splitter::{Splitter, Step};
use crate::Result;
use crate::files::bytes::{Chunks, changed};
use crate::files::column::ColumnBuilder;
use crate::files::text::{FileScan, ScanColumn};
use crate::files::types::Type;

/// The batches of a file, or of a piece of it.
pub(in crate::files) fn scan(chunks: Chunks, scan: FileScan) -> impl Stream<Item = Result<RecordBatch>> {
    stream::try_unfold(Reading::new(chunks, scan), |mut reading| async move {
        Ok(reading.batch().await?.map(|batch| (batch, reading)))
    })
}

struct Reading {
    chunks: Chunks,
    scan: FileScan,
    splitter: Splitter,
    header: bool,
    record: u64,
    /// How many of the file's rejected records were passed.
    passed: usize,
    builders: Vec<ColumnBuilder>,
    scratch: String,
}

impl Reading {
    fn new(chunks: Chunks, scan: FileScan) -> Self {
        let dialect = scan.table.settings.dialect;
        let splitter = match scan.from {
            Some(piece) => Splitter::resume(dialect, piece.offset, piece.line),
            None => Splitter::new(dialect),
        };
        let capacity = scan.batch_size.min(8192);
        let record = scan.from.map_or(0, |piece| piece.record);
        Self {
            chunks,
            splitter,
            header: scan.table.settings.header && scan.from.is_none(),
            record,
            passed: scan.examined.rejects.numbers().partition_point(|rejected| *rejected < record),
            builders: scan
                .columns
                .iter()
                .map(|column| ColumnBuilder::new(column.r#type(), capacity))
                .collect(),
            scratch: String::new(),
            scan,
        }
    }

    async fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut rows = 0;
        while rows < self.scan.batch_size {
            if self.scan.until.is_some_and(|until| self.splitter.position().0 >= until) {
                break;
            }
            match self.splitter.next() {
                Step::End => break,
                Step::More => match self.chunks.next().await {
                    Some(bytes) => self.splitter.feed(&bytes?)?,
                    None => self.splitter.end(),
                },
                _ if self.header => self.header = false,
                step => rows += usize::from(self.row(step)?),
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.scan.schema), arrays, &options);
        batch.map(Some).map_err(|_| changed(&self.scan.file))
    }

    /// Appends the record that the splitter found; tells whether it is one of the table's.
    fn row(&mut self, step: Step) -> Result<bool> {
        let number = self.record;
        self.record += 1;
        if self.scan.examined.rejects.numbers().get(self.passed) == Some(&number) {
            self.passed += 1;
            return Ok(false);
        }
        if self.builders.is_empty() {
            return Ok(true);
        }
        let settings = &self.scan.table.settings;
        let record = match step {
            Step::Record => self.splitter.record().map_err(|_| changed(&self.scan.file))?,
            _ => return Err(changed(&self.scan.file)),
        };
        for (column, builder) in self.scan.columns.iter().zip(&mut self.builders) {
            let ScanColumn { place: Some(index), .. } = column else {
                builder.append(None, &settings.patterns);
                continue;
            };
            let value = record.value(*index, &mut self.scratch);
            let blank = || column.r#type() != Type::Text && value.text.trim_ascii().is_empty();
            let value = if is_null(value, settings) || blank() { None } else { Some(value.text) };
            if !builder.append(value, &settings.patterns) {
                return Err(changed(&self.scan.file));
            }
        }
        Ok(true)
    }
}
