//! `parquet`: one file to a result, compressed with zstd.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{More, Out, Sink};
use crate::{Error, Result};

/// A Parquet file being written.
pub(super) struct Parquet {
    writer: ArrowWriter<Out>,
}

impl Parquet {
    pub(super) fn new(schema: SchemaRef, out: Out) -> Result<Self> {
        let compression = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(|e| refused(&e))?;
        Ok(Self { writer })
    }
}

impl Sink for Parquet {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(|e| refused(&e))
    }

    fn finish(self: Box<Self>, _more: More) -> Result<()> {
        self.writer.close().map(drop).map_err(|e| refused(&e))
    }
}

fn refused(error: &ParquetError) -> Error {
    Error::storage(error.to_string()).on("Parquet output")
}
