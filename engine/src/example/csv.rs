//! Writing of CSV, as plain as the format allows.

use std::fs::{self, File};
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// A CSV file being written.
#[derive(Debug)]
pub(super) struct Csv {
    file: BufWriter<File>,
    rows: u64,
}

impl Csv {
    /// Creates a file, and its folder where need be, and writes the header.
    pub(super) fn create(path: &Path, header: &[&str]) -> Result<Self> {
        let mut csv = Self { file: create(path)?, rows: 0 };
        csv.line(header)?;
        Ok(csv)
    }

    /// Writes a row.
    pub(super) fn row<T: AsRef<str>>(&mut self, fields: &[T]) -> Result<()> {
        self.rows += 1;
        self.line(fields)
    }

    /// Writes out what is buffered, and tells the number of rows.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.file.flush()?;
        Ok(self.rows)
    }

    fn line<T: AsRef<str>>(&mut self, fields: &[T]) -> Result<()> {
        for (i, field) in fields.iter().enumerate() {
            let field = field.as_ref();
            if i > 0 {
                self.file.write_all(b",")?;
            }
            if field.contains([',', '"', '\n']) {
                write!(self.file, "\"{}\"", field.replace('"', "\"\""))?;
            } else {
                self.file.write_all(field.as_bytes())?;
            }
        }
        self.file.write_all(b"\n")
    }
}

/// Creates a file, and its folder where need be.
pub(super) fn create(path: &Path) -> Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(BufWriter::with_capacity(1 << 16, File::create(path)?))
}

/// An amount of money: `12.50`.
pub(super) fn money(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
