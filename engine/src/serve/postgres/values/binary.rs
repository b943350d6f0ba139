//! Values in binary, as the `…send` functions of PostgreSQL write them.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float32Type, Float64Type, Int16Type,
    Int32Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType, UInt32Type,
};
use bytes::{BufMut, BytesMut};
use chrono_tz::Tz;
use pgwire::api::Type;

use super::{Column, Write, interval, numeric, text, times, types, unsendable};
use crate::Result;

/// The writer of an array.
pub(super) fn writer(array: &ArrayRef, pg: &Type) -> Result<Write> {
    macro_rules! number {
        ($t:ty, $put:ident) => {{
            let values = array.as_primitive::<$t>().clone();
            Box::new(move |row, out: &mut BytesMut| out.$put(values.value(row)))
        }};
    }
    Ok(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().clone();
            Box::new(move |row, out| out.put_u8(u8::from(values.value(row))))
        }
        DataType::Int16 => number!(Int16Type, put_i16),
        DataType::Int32 => number!(Int32Type, put_i32),
        DataType::Int64 => number!(Int64Type, put_i64),
        DataType::UInt32 => number!(UInt32Type, put_u32),
        DataType::Float32 => number!(Float32Type, put_f32),
        DataType::Float64 => number!(Float64Type, put_f64),
        DataType::Decimal128(precision, scale) => {
            let (values, precision, scale) =
                (array.as_primitive::<Decimal128Type>().clone(), *precision, *scale);
            Box::new(move |row, out| {
                numeric::write(&Decimal128Type::format_decimal(values.value(row), precision, scale), out);
            })
        }
        DataType::Decimal256(precision, scale) => {
            let (values, precision, scale) =
                (array.as_primitive::<Decimal256Type>().clone(), *precision, *scale);
            Box::new(move |row, out| {
                numeric::write(&Decimal256Type::format_decimal(values.value(row), precision, scale), out);
            })
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>().clone();
            Box::new(move |row, out| out.put_slice(values.value(row).as_bytes()))
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>().clone();
            Box::new(move |row, out| out.put_slice(values.value(row)))
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>().clone();
            Box::new(move |row, out| out.put_i32(values.value(row).saturating_sub(times::DAYS_BEFORE_2000)))
        }
        DataType::Time64(_) => number!(Time64MicrosecondType, put_i64),
        DataType::Timestamp(..) => {
            let values = array.as_primitive::<TimestampMicrosecondType>().clone();
            Box::new(move |row, out| {
                out.put_i64(values.value(row).saturating_sub(times::MICROSECONDS_BEFORE_2000))
            })
        }
        DataType::Interval(_) | DataType::Duration(_) => {
            let values = interval::parts(array)?;
            Box::new(move |row, out| {
                let value = values(row);
                out.put_i64(value.microseconds);
                out.put_i32(value.days);
                out.put_i32(value.months);
            })
        }
        DataType::List(item) => {
            let lists = array.as_list::<i32>().clone();
            let items = Column::new(lists.values(), item, true, Tz::UTC)?;
            let oid = types::of_type(item.data_type()).oid();
            // The vectors of the catalog count from 0, arrays from 1.
            let first = i32::from(!matches!(*pg, Type::INT2_VECTOR | Type::OID_VECTOR));
            Box::new(move |row, out| {
                let places = text::range(&lists, row);
                out.put_i32(i32::from(!places.is_empty()));
                out.put_i32(i32::from(places.clone().any(|at| items.is_null(at))));
                out.put_u32(oid);
                if !places.is_empty() {
                    out.put_i32(i32::try_from(places.len()).unwrap_or(i32::MAX));
                    out.put_i32(first);
                    places.for_each(|at| items.write_with_length(at, out));
                }
            })
        }
        other => return Err(unsendable(other)),
    })
}
