//! Values as text.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, FieldRef};
use arrow::json::writer::{EncoderOptions, make_encoder};
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};

use crate::Result;

const OPTIONS: FormatOptions<'static> = FormatOptions::new()
    .with_display_error(true)
    .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
    .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"))
    .with_duration_format(DurationFormat::Pretty)
    .with_null("NULL");

/// The rows of a batch as text; `None` for NULL.
pub(in crate::shell) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>> {
    let formatters = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &OPTIONS))
        .collect::<Result<Vec<_>, _>>()?;
    // A column of type NULL has no bitmap of its own.
    let nulls: Vec<_> = batch.columns().iter().map(|column| column.logical_nulls()).collect();
    let cell = |row: usize, column: usize| -> Result<Option<String>> {
        if nulls[column].as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(None);
        }
        Ok(Some(formatters[column].value(row).try_to_string()?))
    };
    let row = |row: usize| (0..batch.num_columns()).map(|column| cell(row, column)).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// The rows of a batch as text for programs: nested values are JSON, times are ISO 8601.
pub(super) fn plain_rows(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>> {
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| plain_column(field, column))
        .collect::<Result<Vec<_>>>()?;
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let row = |_| columns.iter_mut().map(|column| column.next().flatten()).collect();
    Ok((0..batch.num_rows()).map(row).collect())
}

fn plain_column(field: &FieldRef, column: &ArrayRef) -> Result<Vec<Option<String>>> {
    const PLAIN: FormatOptions<'static> = FormatOptions::new().with_duration_format(DurationFormat::ISO8601);
    let nulls = column.logical_nulls();
    let valid = |row: usize| !nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    if field.data_type().is_nested() {
        let options = EncoderOptions::default();
        let mut encoder = make_encoder(field, column, &options)?;
        let mut json = |row: usize| {
            let mut out = Vec::new();
            encoder.encode(row, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        return Ok((0..column.len()).map(|row| valid(row).then(|| json(row))).collect());
    }
    let formatter = ArrayFormatter::try_new(column, &PLAIN)?;
    (0..column.len())
        .map(|row| Ok(valid(row).then(|| formatter.value(row).try_to_string()).transpose()?))
        .collect()
}

/// Whether values are lined up at the right.
pub(super) fn is_right(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_right(values),
        other => other.is_numeric(),
    }
}

/// Text without what a terminal would obey: control characters are written out, line breaks stay.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '\t' => out.push_str("    "),
            '\r' => {}
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}
