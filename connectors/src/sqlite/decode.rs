//! SQLite's values, decoded into Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringViewBuilder, TimestampMicrosecondBuilder,
};
use arrow::compute::kernels::cast_utils::parse_decimal;
use arrow::datatypes::{DataType, Decimal128Type};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rusqlite::types::ValueRef;

use super::times;
use crate::database::table::RemoteColumn;
use crate::{Error, Result};

/// A value is shown up to this many characters.
const SHOWN: usize = 60;

/// An array that grows by values as they are read.
pub(super) struct Decoder {
    name: String,
    values: Values,
}

enum Values {
    Boolean(BooleanBuilder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Text(StringViewBuilder),
    Binary(BinaryBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Decoder {
    /// A decoder of a column, for so many rows at first.
    pub(super) fn new(column: &RemoteColumn, rows: usize) -> Self {
        let values = match &column.data_type {
            DataType::Boolean => Values::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int64 => Values::Int64(Int64Builder::with_capacity(rows)),
            DataType::Float64 => Values::Float64(Float64Builder::with_capacity(rows)),
            DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::with_capacity(rows).with_data_type(column.data_type.clone());
                Values::Decimal(builder, *precision, *scale)
            }
            DataType::Binary => Values::Binary(BinaryBuilder::with_capacity(rows, 0)),
            DataType::Date32 => Values::Date(Date32Builder::with_capacity(rows)),
            DataType::Timestamp(..) => Values::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows)),
            _ => Values::Text(StringViewBuilder::with_capacity(rows)),
        };
        Self { name: column.name.clone(), values }
    }

    /// Takes a value.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        if self.values.push(value).is_some() {
            return Ok(());
        }
        Err(Error::new(format!("the column {} has {}", self.name, shown(value))).hint(format!(
            "that is not {}; correct it, or read the column otherwise: in a view of the file, CAST({} AS TEXT)",
            self.values.kind(),
            self.name
        )))
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Boolean(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::Float64(b) => Arc::new(b.finish()),
            Values::Decimal(b, ..) => Arc::new(b.finish()),
            Values::Text(b) => Arc::new(b.finish()),
            Values::Binary(b) => Arc::new(b.finish()),
            Values::Date(b) => Arc::new(b.finish()),
            Values::Timestamp(b) => Arc::new(b.finish()),
        }
    }
}

impl Values {
    /// `None` when the value is not of the type.
    fn push(&mut self, value: ValueRef<'_>) -> Option<()> {
        let null = matches!(value, ValueRef::Null);
        match self {
            Self::Boolean(b) if null => b.append_null(),
            Self::Boolean(b) => b.append_value(value.as_i64().ok()? != 0),
            Self::Int64(b) if null => b.append_null(),
            Self::Int64(b) => b.append_value(value.as_i64().ok()?),
            Self::Float64(b) => match value {
                ValueRef::Null => b.append_null(),
                ValueRef::Real(number) => b.append_value(number),
                ValueRef::Integer(number) => b.append_value(number as f64),
                _ => return None,
            },
            Self::Decimal(b, precision, scale) => match value {
                ValueRef::Null => b.append_null(),
                _ => b.append_value(decimal(value, *precision, *scale)?),
            },
            Self::Text(b) if null => b.append_null(),
            Self::Text(b) => b.append_value(value.as_str().ok()?),
            Self::Binary(b) if null => b.append_null(),
            Self::Binary(b) => b.append_value(value.as_bytes().ok()?),
            Self::Date(b) if null => b.append_null(),
            Self::Date(b) => b.append_value(day(value)?),
            Self::Timestamp(b) if null => b.append_null(),
            Self::Timestamp(b) => b.append_value(time(value)?.and_utc().timestamp_micros()),
        }
        Some(())
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "a boolean",
            Self::Int64(_) => "a whole number",
            Self::Float64(_) => "a number",
            Self::Decimal(..) => "a decimal of that many digits",
            Self::Text(_) => "a text",
            Self::Binary(_) => "binary",
            Self::Date(_) => "a date",
            Self::Timestamp(_) => "a timestamp",
        }
    }
}

/// Numbers that SQLite keeps in binary are rounded to the scale.
fn decimal(value: ValueRef<'_>, precision: u8, scale: i8) -> Option<i128> {
    let text = match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_finite() => format!("{number:.*}", usize::try_from(scale).ok()?),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().to_owned(),
        _ => return None,
    };
    parse_decimal::<Decimal128Type>(&text, precision, scale).ok()
}

fn time(value: ValueRef<'_>) -> Option<NaiveDateTime> {
    match value {
        ValueRef::Text(bytes) => times::of_text(std::str::from_utf8(bytes).ok()?),
        ValueRef::Integer(seconds) => times::of_integer(seconds),
        ValueRef::Real(day) => times::of_real(day),
        _ => None,
    }
}

/// A day, which must not have a time.
fn day(value: ValueRef<'_>) -> Option<i32> {
    let time = time(value).filter(|time| time.time() == NaiveTime::MIN)?;
    i32::try_from(time.date().signed_duration_since(NaiveDate::default()).num_days()).ok()
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => format!("the number {number}"),
        ValueRef::Real(number) => format!("the number {number:?}"),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            format!("the text '{}'", text.chars().take(SHOWN).collect::<String>())
        }
        ValueRef::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
    }
}
