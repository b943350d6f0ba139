//! `table` under `\x`: each row a block of lines, nothing cut.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::{Layout, More, Out, Sink, cells, footer};
use crate::Result;
use crate::shell::output::failed;

/// Rows as blocks.
pub(super) struct Expanded {
    out: Out,
    colour: bool,
    names: Vec<String>,
    width: usize,
    rows: usize,
}

impl Expanded {
    pub(super) fn new(schema: &SchemaRef, out: Out, layout: Layout) -> Self {
        let names: Vec<String> =
            schema.fields().iter().map(|field| cells::harmless(field.name()).replace('\n', " ")).collect();
        let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
        Self { out, colour: layout.colour, names, width, rows: 0 }
    }

    fn block(&mut self, row: &[Option<String>]) -> io::Result<()> {
        let title = format!("─[ {} ]", self.rows);
        writeln!(self.out, "{title}{}", "─".repeat((self.width + 12).saturating_sub(title.width())))?;
        let margin = " ".repeat(self.width);
        for (name, value) in self.names.iter().zip(row) {
            let blank = &margin[name.width().min(self.width)..];
            let null = if self.colour { "\x1b[2mNULL\x1b[0m" } else { "NULL" };
            let value = value.as_deref().map_or_else(|| null.to_owned(), cells::harmless);
            let mut lines = value.lines();
            writeln!(self.out, "{name}{blank} │ {}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(self.out, "{margin} │ {line}")?;
            }
        }
        Ok(())
    }
}

impl Sink for Expanded {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in cells::rows(batch)? {
            self.rows += 1;
            self.block(&row).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, more: More) -> Result<()> {
        writeln!(self.out, "{}", footer(self.rows, more)).map_err(failed)?;
        self.out.flush().map_err(failed)
    }
}
