//! The Parquet file of a population, written batch by batch.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::household::Day;
use super::record::Record;

/// 2024-01-01, in days since 1970.
const FIRST_DAY: i64 = 19_723;

/// A file that grows.
pub(crate) struct Output {
    path: std::path::PathBuf,
    writer: Option<ArrowWriter<File>>,
    rows: u64,
}

impl Output {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), writer: None, rows: 0 }
    }

    /// Writes records, in this order, as one row group. They are numbered as they come.
    pub(crate) fn write(&mut self, records: &[Record]) -> Result<(), Box<dyn Error>> {
        let batch = batch(records, self.rows)?;
        self.rows += records.len() as u64;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                let file = File::create(&self.path)?;
                none.insert(ArrowWriter::try_new(file, batch.schema(), Some(properties))?)
            }
        };
        writer.write(&batch)?;
        writer.flush()?;
        Ok(())
    }

    /// Completes the file; the number of its records.
    pub(crate) fn finish(self) -> Result<u64, Box<dyn Error>> {
        if let Some(writer) = self.writer {
            writer.close()?;
        }
        Ok(self.rows)
    }
}

fn batch(records: &[Record], first: u64) -> Result<RecordBatch, Box<dyn Error>> {
    let mut ids = StringBuilder::new();
    let mut births = Date32Builder::with_capacity(records.len());
    let mut updates = TimestampMicrosecondBuilder::with_capacity(records.len());
    for (record, number) in records.iter().zip(first..) {
        ids.append_value(format!("r{number}"));
        births.append_option(record.birth.map(|day| days(day) as i32));
        updates.append_value((FIRST_DAY * 1440 + i64::from(record.updated)) * 60_000_000);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("record_id", Arc::new(ids.finish())),
        ("source", text(records, |r| Some(r.source))),
        ("first_name", text(records, |r| r.first_name.as_deref())),
        ("last_name", text(records, |r| Some(&r.last_name))),
        ("birth_date", Arc::new(births.finish())),
        ("email", text(records, |r| r.email.as_deref())),
        ("phone", text(records, |r| r.phone.as_deref())),
        ("street", text(records, |r| r.street.as_deref())),
        ("city", text(records, |r| r.city.as_deref())),
        ("postcode", text(records, |r| r.postcode.as_deref())),
        ("updated_at", Arc::new(updates.finish())),
        ("entity_id", text(records, |r| Some(format!("e{}", r.person)))),
        ("household_id", text(records, |r| Some(format!("h{}", r.household)))),
    ];
    // A batch of the last records could be without any null, so that nullability is said and not inferred.
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}

fn text<'a, T: AsRef<str>>(records: &'a [Record], value: impl Fn(&'a Record) -> Option<T>) -> ArrayRef {
    let mut column = StringBuilder::new();
    for record in records {
        column.append_option(value(record));
    }
    Arc::new(column.finish())
}

/// Days since 1970 of a day of the Gregorian calendar: whole years of 365 days and a leap day in each fourth
/// one, which holds from 1901 to 2099, then the days before the month.
fn days(day: Day) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (year, month) = (i64::from(day.year), day.month.clamp(1, 12));
    let leap_days = (year - 1901) / 4 - (1970 - 1901) / 4 + i64::from(year % 4 == 0 && month > 2);
    (year - 1970) * 365 + leap_days + BEFORE[month as usize - 1] + i64::from(day.day) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (year, month, day, expected) in [
            (1970, 1, 1, 0),
            (2000, 2, 29, 11_016),
            (1969, 12, 31, -1),
            (1924, 3, 1, -16_742),
            (2024, 1, 1, FIRST_DAY),
        ] {
            assert_eq!(days(Day { year, month, day }), expected, "{year}-{month}-{day}");
        }
    }
}
