//! MySQL's values, decoded into Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder,
    Float32Builder, Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, StringViewBuilder,
    TimestampMicrosecondBuilder, UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type};
use chrono::{NaiveDate, NaiveDateTime};
use mysql_async::Value;

use crate::database::table::RemoteColumn;
use crate::{Error, Result};

/// An array that grows by values as they are sent.
pub(super) struct Decoder {
    name: String,
    values: Values,
}

enum Values {
    Boolean(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    UInt8(UInt8Builder),
    UInt16(UInt16Builder),
    UInt32(UInt32Builder),
    UInt64(UInt64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal128(Decimal128Builder, u8, i8),
    Decimal256(Decimal256Builder, u8, i8),
    Text(StringViewBuilder),
    Binary(BinaryBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

/// The value does not have the type that was planned.
struct Other;

impl Decoder {
    /// A decoder of a column, for so many rows at first.
    pub(super) fn new(column: &RemoteColumn, rows: usize) -> Result<Self> {
        let data_type = &column.data_type;
        let values = match data_type {
            DataType::Boolean => Values::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int8 => Values::Int8(Int8Builder::with_capacity(rows)),
            DataType::Int16 => Values::Int16(Int16Builder::with_capacity(rows)),
            DataType::Int32 => Values::Int32(Int32Builder::with_capacity(rows)),
            DataType::Int64 => Values::Int64(Int64Builder::with_capacity(rows)),
            DataType::UInt8 => Values::UInt8(UInt8Builder::with_capacity(rows)),
            DataType::UInt16 => Values::UInt16(UInt16Builder::with_capacity(rows)),
            DataType::UInt32 => Values::UInt32(UInt32Builder::with_capacity(rows)),
            DataType::UInt64 => Values::UInt64(UInt64Builder::with_capacity(rows)),
            DataType::Float32 => Values::Float32(Float32Builder::with_capacity(rows)),
            DataType::Float64 => Values::Float64(Float64Builder::with_capacity(rows)),
            DataType::Decimal128(p, s) => Values::Decimal128(
                Decimal128Builder::with_capacity(rows).with_data_type(data_type.clone()),
                *p,
                *s,
            ),
            DataType::Decimal256(p, s) => Values::Decimal256(
                Decimal256Builder::with_capacity(rows).with_data_type(data_type.clone()),
                *p,
                *s,
            ),
            DataType::Utf8View => Values::Text(StringViewBuilder::with_capacity(rows)),
            DataType::Binary => Values::Binary(BinaryBuilder::with_capacity(rows, 0)),
            DataType::Date32 => Values::Date(Date32Builder::with_capacity(rows)),
            DataType::Timestamp(_, zone) => Values::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_timezone_opt(zone.clone()),
            ),
            other => {
                let message = format!("the type {other} of the column {} is not read", column.name);
                return Err(Error::new(message));
            }
        };
        Ok(Self { name: column.name.clone(), values })
    }

    /// Takes a value.
    pub(super) fn push(&mut self, value: &Value) -> Result<()> {
        self.values.push(value).map_err(|Other| {
            Error::new(format!("the column {} has a value of another type than was planned", self.name))
                .hint("run the query again: the table may just have changed")
        })
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Boolean(b) => Arc::new(b.finish()),
            Values::Int8(b) => Arc::new(b.finish()),
            Values::Int16(b) => Arc::new(b.finish()),
            Values::Int32(b) => Arc::new(b.finish()),
            Values::Int64(b) => Arc::new(b.finish()),
            Values::UInt8(b) => Arc::new(b.finish()),
            Values::UInt16(b) => Arc::new(b.finish()),
            Values::UInt32(b) => Arc::new(b.finish()),
            Values::UInt64(b) => Arc::new(b.finish()),
            Values::Float32(b) => Arc::new(b.finish()),
            Values::Float64(b) => Arc::new(b.finish()),
            Values::Decimal128(b, ..) => Arc::new(b.finish()),
            Values::Decimal256(b, ..) => Arc::new(b.finish()),
            Values::Text(b) => Arc::new(b.finish()),
            Values::Binary(b) => Arc::new(b.finish()),
            Values::Date(b) => Arc::new(b.finish()),
            Values::Timestamp(b) => Arc::new(b.finish()),
        }
    }
}

impl Values {
    fn push(&mut self, value: &Value) -> Result<(), Other> {
        match self {
            Self::Boolean(b) => b.append_option(whole::<i128>(value)?.map(|n| n != 0)),
            Self::Int8(b) => b.append_option(whole(value)?),
            Self::Int16(b) => b.append_option(whole(value)?),
            Self::Int32(b) => b.append_option(whole(value)?),
            Self::Int64(b) => b.append_option(whole(value)?),
            Self::UInt8(b) => b.append_option(whole(value)?),
            Self::UInt16(b) => b.append_option(whole(value)?),
            Self::UInt32(b) => b.append_option(whole(value)?),
            Self::UInt64(b) => b.append_option(whole(value)?),
            Self::Float32(b) => match value {
                Value::NULL => b.append_null(),
                Value::Float(number) => b.append_value(*number),
                _ => return Err(Other),
            },
            Self::Float64(b) => match value {
                Value::NULL => b.append_null(),
                Value::Double(number) => b.append_value(*number),
                Value::Float(number) => b.append_value(f64::from(*number)),
                _ => return Err(Other),
            },
            Self::Decimal128(b, precision, scale) => {
                let parse = |t| {
                    arrow::compute::kernels::cast_utils::parse_decimal::<Decimal128Type>(
                        t, *precision, *scale,
                    )
                };
                b.append_option(text(value)?.map(parse).transpose().map_err(|_| Other)?);
            }
            Self::Decimal256(b, precision, scale) => {
                let parse = |t| {
                    arrow::compute::kernels::cast_utils::parse_decimal::<Decimal256Type>(
                        t, *precision, *scale,
                    )
                };
                b.append_option(text(value)?.map(parse).transpose().map_err(|_| Other)?);
            }
            Self::Text(b) => b.append_option(text(value)?),
            Self::Binary(b) => match value {
                Value::NULL => b.append_null(),
                Value::Bytes(bytes) => b.append_value(bytes),
                _ => return Err(Other),
            },
            Self::Date(b) => b.append_option(point(value)?.map(|time| days(time.date()))),
            Self::Timestamp(b) => {
                b.append_option(point(value)?.map(|time| time.and_utc().timestamp_micros()))
            }
        }
        Ok(())
    }
}

fn whole<T: TryFrom<i64> + TryFrom<u64>>(value: &Value) -> Result<Option<T>, Other> {
    match value {
        Value::NULL => Ok(None),
        Value::Int(number) => T::try_from(*number).map(Some).map_err(|_| Other),
        Value::UInt(number) => T::try_from(*number).map(Some).map_err(|_| Other),
        _ => Err(Other),
    }
}

fn text(value: &Value) -> Result<Option<&str>, Other> {
    match value {
        Value::NULL => Ok(None),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|_| Other),
        _ => Err(Other),
    }
}

/// A point in time, `None` also when there is no such day.
fn point(value: &Value) -> Result<Option<NaiveDateTime>, Other> {
    match value {
        Value::NULL => Ok(None),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let date = NaiveDate::from_ymd_opt(i32::from(*year), u32::from(*month), u32::from(*day));
            let (hour, minute, second) = (u32::from(*hour), u32::from(*minute), u32::from(*second));
            Ok(date.and_then(|date| date.and_hms_micro_opt(hour, minute, second, *micros)))
        }
        _ => Err(Other),
    }
}

fn days(date: NaiveDate) -> i32 {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}
