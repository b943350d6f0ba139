//! Values as text, as PostgreSQL writes them.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float32Type, Float64Type, Int16Type,
    Int32Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType, UInt32Type,
};
use bytes::{BufMut, BytesMut};
use chrono_tz::Tz;
use pgwire::api::Type;

use super::{Column, Write, interval, times, unsendable};
use crate::Result;

/// The writer of an array.
pub(super) fn writer(array: &ArrayRef, pg: &Type, zone: Tz) -> Result<Write> {
    macro_rules! shown {
        ($t:ty) => {{
            let values = array.as_primitive::<$t>().clone();
            Box::new(move |row, out| put(out, format_args!("{}", values.value(row))))
        }};
    }
    Ok(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().clone();
            Box::new(move |row, out| out.put_u8(if values.value(row) { b't' } else { b'f' }))
        }
        DataType::Int16 => shown!(Int16Type),
        DataType::Int32 => shown!(Int32Type),
        DataType::Int64 => shown!(Int64Type),
        DataType::UInt32 => shown!(UInt32Type),
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().clone();
            Box::new(move |row, out| {
                float(
                    out,
                    f64::from(values.value(row)),
                    &values.value(row).to_string(),
                    &format!("{:e}", values.value(row)),
                    6,
                )
            })
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().clone();
            Box::new(move |row, out| {
                float(
                    out,
                    values.value(row),
                    &values.value(row).to_string(),
                    &format!("{:e}", values.value(row)),
                    15,
                )
            })
        }
        DataType::Decimal128(precision, scale) => {
            let (values, precision, scale) =
                (array.as_primitive::<Decimal128Type>().clone(), *precision, *scale);
            Box::new(move |row, out| {
                out.put_slice(Decimal128Type::format_decimal(values.value(row), precision, scale).as_bytes());
            })
        }
        DataType::Decimal256(precision, scale) => {
            let (values, precision, scale) =
                (array.as_primitive::<Decimal256Type>().clone(), *precision, *scale);
            Box::new(move |row, out| {
                out.put_slice(Decimal256Type::format_decimal(values.value(row), precision, scale).as_bytes());
            })
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>().clone();
            Box::new(move |row, out| out.put_slice(values.value(row).as_bytes()))
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>().clone();
            Box::new(move |row, out| {
                out.put_slice(b"\\x");
                values.value(row).iter().for_each(|byte| put(out, format_args!("{byte:02x}")));
            })
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>().clone();
            Box::new(move |row, out| put(out, format_args!("{}", times::date(values.value(row)))))
        }
        DataType::Time64(_) => {
            let values = array.as_primitive::<Time64MicrosecondType>().clone();
            Box::new(move |row, out| put(out, format_args!("{}", times::time(values.value(row)))))
        }
        DataType::Timestamp(_, None) => {
            let values = array.as_primitive::<TimestampMicrosecondType>().clone();
            Box::new(move |row, out| put(out, format_args!("{}", times::timestamp(values.value(row)))))
        }
        DataType::Timestamp(_, Some(_)) => {
            let values = array.as_primitive::<TimestampMicrosecondType>().clone();
            Box::new(move |row, out| put(out, format_args!("{}", times::zoned(values.value(row), zone))))
        }
        DataType::Interval(_) | DataType::Duration(_) => {
            let values = interval::parts(array)?;
            Box::new(move |row, out| put(out, format_args!("{}", values(row))))
        }
        DataType::List(item) if matches!(*pg, Type::INT2_VECTOR | Type::OID_VECTOR) => {
            let lists = array.as_list::<i32>().clone();
            let items = Column::new(lists.values(), item, false, zone)?;
            Box::new(move |row, out| {
                for at in range(&lists, row) {
                    if at > range(&lists, row).start {
                        out.put_u8(b' ');
                    }
                    items.write(at, out);
                }
            })
        }
        DataType::List(item) => {
            let lists = array.as_list::<i32>().clone();
            let items = Column::new(lists.values(), item, false, zone)?;
            Box::new(move |row, out| {
                out.put_u8(b'{');
                for at in range(&lists, row) {
                    if at > range(&lists, row).start {
                        out.put_u8(b',');
                    }
                    if items.is_null(at) {
                        out.put_slice(b"NULL");
                    } else {
                        let mut value = BytesMut::new();
                        items.write(at, &mut value);
                        item_text(&value, out);
                    }
                }
                out.put_u8(b'}');
            })
        }
        other => return Err(unsendable(other)),
    })
}

/// The places of a list's items.
pub(super) fn range(lists: &arrow::array::ListArray, row: usize) -> std::ops::Range<usize> {
    let offsets = lists.value_offsets();
    let at = |n: usize| usize::try_from(offsets[n]).unwrap_or(0);
    at(row)..at(row + 1)
}

fn put(out: &mut BytesMut, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(text);
}

/// A number of floating point: plainly as long as it has no more than so many digits before the point, else with an
/// exponent.
fn float(out: &mut BytesMut, value: f64, plain: &str, scientific: &str, digits: i32) {
    let text = if value.is_nan() {
        "NaN"
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }
    } else if value == 0.0 || (1e-4..10_f64.powi(digits)).contains(&value.abs()) {
        plain
    } else {
        return exponent(out, scientific);
    };
    out.put_slice(text.as_bytes());
}

/// `1e21` as `1e+21`, `1e-7` as `1e-07`.
fn exponent(out: &mut BytesMut, text: &str) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    put(out, format_args!("{mantissa}e{sign}{digits:0>2}"));
}

/// An item of an array, in quotes where it has to be.
fn item_text(value: &[u8], out: &mut BytesMut) {
    let special = |b: &u8| b"{}\",\\ \t\n\r\x0b\x0c".contains(b);
    if !value.is_empty() && !value.iter().any(special) && !value.eq_ignore_ascii_case(b"null") {
        return out.put_slice(value);
    }
    out.put_u8(b'"');
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.put_u8(b'\\');
        }
        out.put_u8(*byte);
    }
    out.put_u8(b'"');
}
