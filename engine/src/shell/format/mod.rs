//! How a result is written: one file for each format.

pub(super) mod cells;
mod csv;
mod expanded;
mod json;
mod markdown;
mod ndjson;
mod parquet;
mod table;

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use clap::ValueEnum;

use crate::{Error, Result};

/// A format of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For the eye: aligned columns, as wide as the terminal.
    #[default]
    Table,
    /// Comma-separated values with a header; NULL is empty, nested values are JSON.
    Csv,
    /// One JSON array of objects.
    Json,
    /// A JSON object to a line.
    Ndjson,
    /// A Parquet file.
    Parquet,
    /// A table as Markdown has it.
    Markdown,
}

impl Format {
    const ALL: [Self; 6] = [Self::Table, Self::Csv, Self::Json, Self::Ndjson, Self::Parquet, Self::Markdown];

    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Markdown => "markdown",
        }
    }

    /// What writes results of a schema in this format.
    pub(super) fn sink(self, schema: SchemaRef, out: Out, layout: Layout) -> Result<Box<dyn Sink>> {
        Ok(match self {
            Self::Table if layout.expanded => Box::new(expanded::Expanded::new(&schema, out, layout)),
            Self::Table => Box::new(table::Table::new(&schema, out, layout)),
            Self::Csv => Box::new(csv::Csv::new(schema, out)?),
            Self::Json => Box::new(json::Json::new(out)),
            Self::Ndjson => Box::new(ndjson::Ndjson::new(out)),
            Self::Parquet => Box::new(parquet::Parquet::new(schema, out)?),
            Self::Markdown => Box::new(markdown::Markdown::new(&schema, out)?),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!("'{text}' is not a format")).hint(format!("the formats are: {names}"))
        })
    }
}

/// Where a format writes to.
pub(super) type Out = Box<dyn Write + Send>;

/// The room that there is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Columns of the terminal; without a terminal nothing is cut.
    pub(super) width: Option<usize>,
    /// Whether the reader sees colours.
    pub(super) colour: bool,
    /// Whether each row is a block of lines.
    pub(super) expanded: bool,
}

/// Rows that were not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    /// All were shown.
    None,
    /// So many.
    Rows(usize),
    /// More than anyone counted.
    Unknown,
}

/// Writes a result.
pub(super) trait Sink: Send {
    /// Whether rows are kept until the end, so that nothing appears before.
    fn holds_back(&self) -> bool {
        false
    }

    /// Takes rows.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Writes what comes last.
    fn finish(self: Box<Self>, more: More) -> Result<()>;
}

/// `(3 rows)`, as it stands under a table.
fn footer(shown: usize, more: More) -> String {
    let rows = |n: usize| if n == 1 { "1 row".to_owned() } else { format!("{} rows", thousands(n)) };
    match more {
        More::None => format!("({})", rows(shown)),
        More::Rows(n) => {
            format!("({} of {}; \\set rows N shows more)", thousands(shown), rows(shown + n))
        }
        More::Unknown => format!("(the first {}; there are more, \\set rows N shows them)", rows(shown)),
    }
}

fn thousands(n: usize) -> String {
    indicatif::HumanCount(n as u64).to_string()
}
