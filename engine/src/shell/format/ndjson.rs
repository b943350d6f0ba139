//! `ndjson`: an object to a line. NULL is `null`.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::{LineDelimited, Writer};

use super::{More, Out, Sink};
use crate::Result;
use crate::shell::output::failed;

/// Lines of JSON being written.
pub(super) struct Ndjson {
    writer: Writer<Out, LineDelimited>,
}

impl Ndjson {
    pub(super) fn new(out: Out) -> Self {
        Self { writer: WriterBuilder::new().with_explicit_nulls(true).build(out) }
    }
}

impl Sink for Ndjson {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    fn finish(mut self: Box<Self>, _more: More) -> Result<()> {
        self.writer.finish()?;
        self.writer.get_mut().flush().map_err(failed)
    }
}
