//! `table`: aligned columns for the eye.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Layout, More, Out, Sink, cells, footer};
use crate::Result;
use crate::shell::output::failed;

/// Rows that decide how wide the columns are; later ones are written as they come.
const SAMPLE: usize = 1_000;

/// No column is cut below this width.
const NARROWEST: usize = 8;

/// A table being written.
pub(super) struct Table {
    out: Out,
    layout: Layout,
    columns: Vec<Column>,
    sample: Vec<Vec<Option<String>>>,
    begun: bool,
    rows: usize,
}

struct Column {
    name: String,
    right: bool,
    /// Values of several lines, as definitions and plans are, are not cut.
    whole: bool,
    width: usize,
}

impl Table {
    pub(super) fn new(schema: &SchemaRef, out: Out, layout: Layout) -> Self {
        let columns = schema.fields().iter().map(|field| {
            let name = cells::harmless(field.name()).replace('\n', " ");
            let width = name.width();
            Column { name, right: cells::is_right(field.data_type()), whole: false, width }
        });
        let columns = columns.collect();
        Self { out, layout, columns, sample: Vec::new(), begun: false, rows: 0 }
    }

    /// Decides the widths, and writes the header and the sample.
    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        let sample = std::mem::take(&mut self.sample);
        for (at, column) in self.columns.iter_mut().enumerate() {
            for value in sample.iter().map(|row| row[at].as_deref().unwrap_or("NULL")) {
                column.whole |= value.contains('\n');
                let widest = value.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
                column.width = column.width.max(widest);
            }
        }
        self.fit();
        let header: Vec<Option<String>> = self.columns.iter().map(|c| Some(c.name.clone())).collect();
        self.line(&header, "\x1b[1m")?;
        let rule: Vec<String> = self.columns.iter().map(|c| "─".repeat(c.width + 2)).collect();
        writeln!(self.out, "{}", rule.join("┼"))?;
        sample.iter().try_for_each(|row| self.line(row, ""))
    }

    /// Narrows the widest columns until the table fits the terminal.
    fn fit(&mut self) {
        let Some(room) = self.layout.width else { return };
        if self.columns.len() < 2 {
            return;
        }
        loop {
            let total: usize = self.columns.iter().map(|c| c.width + 3).sum::<usize>().saturating_sub(1);
            let widest = self.columns.iter_mut().filter(|c| !c.whole).max_by_key(|c| c.width);
            match widest {
                Some(column) if total > room && column.width > NARROWEST => {
                    column.width = (column.width - (total - room).min(column.width / 4 + 1)).max(NARROWEST);
                }
                _ => return,
            }
        }
    }

    fn line(&mut self, row: &[Option<String>], style: &str) -> io::Result<()> {
        let height = row.iter().flatten().map(|value| value.lines().count()).max().unwrap_or(1).max(1);
        for line in 0..height {
            let mut text = String::new();
            for (at, (value, column)) in row.iter().zip(&self.columns).enumerate() {
                if at > 0 {
                    text.push('│');
                }
                let (shown, style) = match value {
                    Some(value) => (value.lines().nth(line).unwrap_or(""), style),
                    None if line == 0 => ("NULL", "\x1b[2m"),
                    None => ("", ""),
                };
                let cut = self.layout.width.is_some() && !column.whole && self.columns.len() > 1;
                let shown = if cut { clip(shown, column.width) } else { shown.to_owned() };
                let blank = " ".repeat(column.width.saturating_sub(shown.width()));
                let styled = match (self.layout.colour, style) {
                    (true, style) if !style.is_empty() => format!("{style}{shown}\x1b[0m"),
                    _ => shown,
                };
                text.extend(if column.right {
                    [" ", &blank, &styled, " "]
                } else {
                    [" ", &styled, &blank, " "]
                });
            }
            writeln!(self.out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Sink for Table {
    fn holds_back(&self) -> bool {
        !self.begun && self.rows < SAMPLE
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in cells::rows(batch)? {
            let row: Vec<Option<String>> =
                row.into_iter().map(|value| value.map(|value| cells::harmless(&value))).collect();
            self.rows += 1;
            if self.begun {
                self.line(&row, "").map_err(failed)?;
            } else {
                self.sample.push(row);
            }
        }
        if !self.begun && self.sample.len() > SAMPLE {
            self.begin().map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, more: More) -> Result<()> {
        if !self.begun {
            self.begin().map_err(failed)?;
        }
        writeln!(self.out, "{}", footer(self.rows, more)).map_err(failed)?;
        self.out.flush().map_err(failed)
    }
}

/// The beginning of a text, with `…` for what does not fit.
fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
