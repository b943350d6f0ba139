//! `json`: one array of objects. NULL is `null`.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::{JsonArray, Writer};

use super::{More, Out, Sink};
use crate::Result;
use crate::shell::output::failed;

/// A JSON array being written.
pub(super) struct Json {
    writer: Writer<Out, JsonArray>,
}

impl Json {
    pub(super) fn new(out: Out) -> Self {
        Self { writer: WriterBuilder::new().with_explicit_nulls(true).build(out) }
    }
}

impl Sink for Json {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    fn finish(mut self: Box<Self>, _more: More) -> Result<()> {
        self.writer.finish()?;
        let out = self.writer.get_mut();
        writeln!(out).and_then(|()| out.flush()).map_err(failed)
    }
}
