//! `markdown`: a table with pipes.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{More, Out, Sink, cells, thousands};
use crate::Result;
use crate::shell::output::failed;

/// A table being written.
pub(super) struct Markdown {
    out: Out,
}

impl Markdown {
    pub(super) fn new(schema: &SchemaRef, out: Out) -> Result<Self> {
        let mut markdown = Self { out };
        let header: Vec<Option<String>> =
            schema.fields().iter().map(|field| Some(field.name().clone())).collect();
        let rule = |right: bool| if right { "--:" } else { "---" };
        let rules: Vec<&str> =
            schema.fields().iter().map(|field| rule(cells::is_right(field.data_type()))).collect();
        markdown
            .line(&header)
            .and_then(|()| writeln!(markdown.out, "| {} |", rules.join(" | ")))
            .map_err(failed)?;
        Ok(markdown)
    }

    fn line(&mut self, row: &[Option<String>]) -> io::Result<()> {
        let cell = |value: &Option<String>| {
            let text = cells::harmless(value.as_deref().unwrap_or_default());
            text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', "<br>")
        };
        writeln!(self.out, "| {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "))
    }
}

impl Sink for Markdown {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in cells::rows(batch)? {
            self.line(&row).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, more: More) -> Result<()> {
        if let More::Rows(n) = more {
            writeln!(self.out, "\n{} more", thousands(n)).map_err(failed)?;
        }
        self.out.flush().map_err(failed)
    }
}
