//! Values as they are sent: as text or in binary, straight from Arrow's arrays.

mod binary;
mod interval;
mod numeric;
mod text;
mod times;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, UInt32Type};
use bytes::{BufMut, BytesMut};
use chrono_tz::Tz;
use pgwire::api::Type;

use super::types;
use crate::catalog::schemas::pg_catalog;
use crate::{Error, Result};

pub(super) use numeric::read as numeric_text;

/// Writes the value of a row, which is not NULL.
type Write = Box<dyn Fn(usize, &mut BytesMut) + Send + Sync>;

/// Writes one column.
pub(super) struct Column {
    array: ArrayRef,
    write: Write,
}

impl Column {
    /// A column's writer, as text or in binary; times with zone are told in `zone`.
    pub(super) fn new(array: &ArrayRef, field: &Field, binary: bool, zone: Tz) -> Result<Self> {
        let pg = types::of_field(field);
        let array = sendable(array, &pg)?;
        let array = if pg == Type::REGPROC && !binary { function_names(&array) } else { array };
        let write = if binary { binary::writer(&array, &pg)? } else { text::writer(&array, &pg, zone)? };
        Ok(Self { array, write })
    }

    /// Whether the value is NULL.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    /// Writes a value that is not NULL.
    pub(super) fn write(&self, row: usize, out: &mut BytesMut) {
        (self.write)(row, out);
    }

    /// Writes the length of a value and the value; -1 for NULL.
    pub(super) fn write_with_length(&self, row: usize, out: &mut BytesMut) {
        if self.is_null(row) {
            return out.put_i32(-1);
        }
        with_length(out, |out| self.write(row, out));
    }
}

/// Writes the length of what is written, before it.
fn with_length(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let at = out.len();
    out.put_i32(0);
    write(out);
    let length = i32::try_from(out.len() - at - 4).unwrap_or(i32::MAX);
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

/// The writers of all columns of a batch.
pub(super) fn columns(
    batch: &RecordBatch,
    schema: &Schema,
    formats: &[i16],
    zone: Tz,
) -> Result<Vec<Column>> {
    let columns = batch.columns().iter().zip(schema.fields()).enumerate();
    columns
        .map(|(n, (array, field))| Column::new(array, field, types::format(formats, n) == 1, zone))
        .collect()
}

/// The message that has a row.
pub(super) fn row(columns: &[Column], row: usize, out: &mut BytesMut) {
    message(out, b'D', |out| {
        out.put_i16(i16::try_from(columns.len()).unwrap_or(i16::MAX));
        columns.iter().for_each(|column| column.write_with_length(row, out));
    });
}

/// A message of a kind, with its length.
pub(super) fn message(out: &mut BytesMut, kind: u8, write: impl FnOnce(&mut BytesMut)) {
    out.put_u8(kind);
    let at = out.len();
    out.put_i32(0);
    write(out);
    let length = i32::try_from(out.len() - at).unwrap_or(i32::MAX);
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
}

/// The array in one of the few types that are written.
fn sendable(array: &ArrayRef, pg: &Type) -> Result<ArrayRef> {
    let plain = crate::serve::plain::data_type(array.data_type());
    let wanted = match &plain {
        _ if *pg == Type::JSON => DataType::Utf8,
        DataType::Int8 | DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => DataType::Decimal128(*p, *s),
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Time32(_) | DataType::Time64(_) => DataType::Time64(TimeUnit::Microsecond),
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::FixedSizeList(item, _) => DataType::List(Arc::clone(item)),
        DataType::Null => DataType::Utf8,
        other => other.clone(),
    };
    if *pg == Type::JSON && !matches!(plain, DataType::Utf8) {
        return Ok(cast(&onefold_udfs::json_text(array)?, &DataType::Utf8)?);
    }
    if *array.data_type() == wanted { Ok(Arc::clone(array)) } else { Ok(cast(array, &wanted)?) }
}

/// Numbers of functions as their names.
fn function_names(array: &ArrayRef) -> ArrayRef {
    let Some(numbers) = array.as_primitive_opt::<UInt32Type>() else { return Arc::clone(array) };
    let names = numbers.iter().map(|oid| oid.map(pg_catalog::function_name));
    Arc::new(names.collect::<StringArray>())
}

fn unsendable(data_type: &DataType) -> Error {
    Error::invalid(format!("a value of type {data_type} cannot be sent"))
        .hint("cast it to a text: CAST(column AS VARCHAR)")
}
