//! `csv`: RFC 4180 with a header. NULL is an empty field, an empty text is `""`.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{More, Out, Sink, cells};
use crate::Result;
use crate::shell::output::failed;

/// A CSV file being written.
pub(super) struct Csv {
    out: Out,
}

impl Csv {
    pub(super) fn new(schema: SchemaRef, out: Out) -> Result<Self> {
        let mut csv = Self { out };
        let header: Vec<Option<String>> =
            schema.fields().iter().map(|field| Some(field.name().clone())).collect();
        csv.line(&header).map_err(failed)?;
        Ok(csv)
    }

    fn line(&mut self, row: &[Option<String>]) -> io::Result<()> {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            match value.as_deref() {
                None => {}
                Some(value) if value.is_empty() || value.contains([',', '"', '\n', '\r']) => {
                    write!(self.out, "\"{}\"", value.replace('"', "\"\""))?;
                }
                Some(value) => self.out.write_all(value.as_bytes())?,
            }
        }
        self.out.write_all(b"\n")
    }
}

impl Sink for Csv {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in cells::plain_rows(batch)? {
            self.line(&row).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _more: More) -> Result<()> {
        self.out.flush().map_err(failed)
    }
}
