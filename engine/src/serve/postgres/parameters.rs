//! Values that clients bind to parameters.

use arrow::datatypes::{DataType, IntervalMonthDayNano, TimeUnit};
use datafusion::common::ScalarValue;
use pgwire::api::Type;

use super::types;
use super::values::numeric_text;
use crate::{Error, Result};

/// Days from 1970 to 2000.
const DAYS: i32 = 10_957;
/// Microseconds from 1970 to 2000.
const MICROSECONDS: i64 = 946_684_800_000_000;

/// The value of a parameter, from its bytes.
///
/// # Errors
/// If they are none of the type.
pub(super) fn value(bytes: Option<&[u8]>, pg: &Type, binary: bool, place: usize) -> Result<ScalarValue> {
    let data_type = types::to_arrow(pg).unwrap_or(DataType::Utf8);
    let Some(bytes) = bytes else { return Ok(ScalarValue::try_new_null(&data_type)?) };
    let read = if binary { from_binary(bytes, pg, &data_type) } else { from_text(bytes, pg, &data_type) };
    read.ok_or_else(|| {
        let form =
            if binary { "in binary".to_owned() } else { format!("'{}'", String::from_utf8_lossy(bytes)) };
        Error::invalid(format!("the value {form} of parameter ${place} is no {}", pg.name()))
    })
}

fn from_text(bytes: &[u8], pg: &Type, data_type: &DataType) -> Option<ScalarValue> {
    let text = std::str::from_utf8(bytes).ok()?;
    match (pg, data_type) {
        (&Type::BOOL, _) => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Some(ScalarValue::Boolean(Some(true))),
            "f" | "false" | "n" | "no" | "off" | "0" => Some(ScalarValue::Boolean(Some(false))),
            _ => None,
        },
        (&Type::BYTEA, _) => {
            let digits = text.strip_prefix("\\x")?;
            let byte = |n: usize| digits.get(2 * n..2 * n + 2).and_then(|d| u8::from_str_radix(d, 16).ok());
            (0..digits.len().div_ceil(2))
                .map(byte)
                .collect::<Option<Vec<u8>>>()
                .map(|b| ScalarValue::Binary(Some(b)))
        }
        (_, DataType::Utf8) => Some(ScalarValue::Utf8(Some(text.to_owned()))),
        (_, DataType::List(item)) => {
            let items = list_items(text)?.into_iter().map(|item_text| match item_text {
                Some(text) => ScalarValue::try_from_string(text, item.data_type()).ok(),
                None => ScalarValue::try_new_null(item.data_type()).ok(),
            });
            list(&items.collect::<Option<Vec<_>>>()?, item.data_type())
        }
        _ => ScalarValue::try_from_string(text.trim().to_owned(), data_type).ok().filter(|v| !v.is_null()),
    }
}

fn from_binary(bytes: &[u8], pg: &Type, data_type: &DataType) -> Option<ScalarValue> {
    macro_rules! number {
        ($t:ty, $variant:ident) => {
            ScalarValue::$variant(Some(<$t>::from_be_bytes(bytes.try_into().ok()?)))
        };
    }
    Some(match data_type {
        DataType::Boolean => ScalarValue::Boolean(Some(*bytes.first()? != 0)),
        DataType::Int16 => number!(i16, Int16),
        DataType::Int32 => number!(i32, Int32),
        DataType::Int64 => number!(i64, Int64),
        DataType::UInt32 => number!(u32, UInt32),
        DataType::Float32 => number!(f32, Float32),
        DataType::Float64 => number!(f64, Float64),
        DataType::Decimal128(..) => ScalarValue::try_from_string(numeric_text(bytes)?, data_type).ok()?,
        DataType::Date32 => {
            ScalarValue::Date32(Some(i32::from_be_bytes(bytes.try_into().ok()?).checked_add(DAYS)?))
        }
        DataType::Time64(_) => number!(i64, Time64Microsecond),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let at = i64::from_be_bytes(bytes.try_into().ok()?).checked_add(MICROSECONDS)?;
            ScalarValue::TimestampMicrosecond(Some(at), zone.clone())
        }
        DataType::Interval(_) => {
            let microseconds = i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
            let days = i32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
            let months = i32::from_be_bytes(bytes.get(12..16)?.try_into().ok()?);
            let nanoseconds = microseconds.checked_mul(1000)?;
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanoseconds)))
        }
        DataType::Binary => ScalarValue::Binary(Some(bytes.to_vec())),
        DataType::List(item) => return binary_list(bytes, item.data_type()),
        _ if *pg == Type::UUID => {
            let id = uuid::Uuid::from_slice(bytes).ok()?;
            ScalarValue::Utf8(Some(id.to_string()))
        }
        // JSONB begins with its version.
        _ if *pg == Type::JSONB => {
            ScalarValue::Utf8(Some(std::str::from_utf8(bytes.get(1..)?).ok()?.to_owned()))
        }
        _ => ScalarValue::Utf8(Some(std::str::from_utf8(bytes).ok()?.to_owned())),
    })
}

fn binary_list(bytes: &[u8], item: &DataType) -> Option<ScalarValue> {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(i32::from_be_bytes);
    let element = Type::from_oid(number(8)?.cast_unsigned())?;
    match number(0)? {
        0 => return list(&[], item),
        1 => {}
        _ => return None,
    }
    let (count, mut at) = (usize::try_from(number(12)?).ok()?, 20);
    let mut items = Vec::new();
    for _ in 0..count {
        let length = number(at)?;
        at += 4;
        let value = match usize::try_from(length) {
            Ok(length) => {
                let value = bytes.get(at..at.checked_add(length)?)?;
                at += length;
                from_binary(value, &element, item)?
            }
            Err(_) => ScalarValue::try_new_null(item).ok()?,
        };
        items.push(value);
    }
    list(&items, item)
}

fn list(items: &[ScalarValue], item: &DataType) -> Option<ScalarValue> {
    Some(ScalarValue::List(ScalarValue::new_list_nullable(items, item)))
}

/// The items of an array that is written as `{a,"b c",NULL}`.
pub(super) fn list_items(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut quoted, mut in_quotes) = (false, false);
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.push(chars.next()?),
            '"' => {
                in_quotes = !in_quotes;
                quoted = true;
            }
            ',' if !in_quotes => {
                items.push(finished(&item, quoted));
                (item, quoted) = (String::new(), false);
            }
            '{' | '}' if !in_quotes => return None,
            c => item.push(c),
        }
    }
    items.push(finished(&item, quoted));
    (!in_quotes).then_some(items)
}

fn finished(item: &str, quoted: bool) -> Option<String> {
    let null = !quoted && item.trim().eq_ignore_ascii_case("null");
    (!null).then(|| if quoted { item.to_owned() } else { item.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_read_in_both_forms() {
        let text = |text: &str, pg: &Type| value(Some(text.as_bytes()), pg, false, 1).unwrap();
        let binary = |bytes: &[u8], pg: &Type| value(Some(bytes), pg, true, 1).unwrap();
        assert_eq!(text("42", &Type::INT4), binary(&42_i32.to_be_bytes(), &Type::INT4));
        assert_eq!(text("t", &Type::BOOL), binary(&[1], &Type::BOOL));
        assert_eq!(text("2000-01-02", &Type::DATE), binary(&1_i32.to_be_bytes(), &Type::DATE));
        assert_eq!(text("\\x00ff", &Type::BYTEA), binary(&[0, 255], &Type::BYTEA));
        assert_eq!(
            text("2000-01-01 00:00:01", &Type::TIMESTAMP),
            binary(&1_000_000_i64.to_be_bytes(), &Type::TIMESTAMP)
        );
        let numeric = [0, 3, 0, 1, 0, 0, 0, 2, 0, 1, 0x09, 0x29, 0x1a, 0x2c];
        assert_eq!(text("12345.67", &Type::NUMERIC), binary(&numeric, &Type::NUMERIC));
        assert!(value(None, &Type::INT8, true, 1).unwrap().is_null());
        assert!(value(Some(b"x"), &Type::INT4, false, 1).is_err());
        assert!(value(Some(b"x"), &Type::INT4, true, 1).is_err());
    }

    #[test]
    fn arrays_read_as_they_are_written() {
        let items = list_items(r#"{a,"b c",NULL,"NULL","x\"y\\z", d }"#).unwrap();
        let texts: Vec<_> = items.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("a"), Some("b c"), None, Some("NULL"), Some("x\"y\\z"), Some("d")]);
        assert_eq!(list_items("{}"), Some(vec![]));
        assert_eq!(list_items("{{1},{2}}"), None);
        assert_eq!(list_items("{\"a}"), None);
    }

    proptest! {
        /// Whatever bytes are bound, they are a value or an error.
        #[test]
        fn no_bytes_are_too_strange(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            text in "[{}\",\\\\a0 xé-]{0,20}",
            pg in prop::sample::select(vec![
                Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::OID, Type::FLOAT4, Type::FLOAT8, Type::NUMERIC,
                Type::DATE, Type::TIME, Type::TIMESTAMP, Type::TIMESTAMPTZ, Type::INTERVAL, Type::BYTEA, Type::TEXT,
                Type::UUID, Type::JSONB, Type::TEXT_ARRAY, Type::INT4_ARRAY, Type::NUMERIC_ARRAY, Type::TIMESTAMP_ARRAY,
            ]),
        ) {
            for binary in [false, true] {
                let _ = value(Some(&bytes), &pg, binary, 1);
                let _ = value(Some(text.as_bytes()), &pg, binary, 1);
            }
        }

        /// Nor is any array, whose counts and lengths may say anything.
        #[test]
        fn no_array_is_too_strange(
            dimensions in -1..3_i32,
            oid in prop::sample::select(vec![0_u32, 16, 20, 23, 25, 1700, 1114]),
            count in any::<i32>(),
            items in prop::collection::vec((any::<i32>(), prop::collection::vec(any::<u8>(), 0..12)), 0..4),
        ) {
            let mut bytes = Vec::new();
            for number in [dimensions, 0, oid.cast_signed(), count, 1] {
                bytes.extend(number.to_be_bytes());
            }
            for (length, item) in items {
                bytes.extend((if length % 3 == 0 { i32::try_from(item.len()).unwrap() } else { length }).to_be_bytes());
                bytes.extend(item);
            }
            for pg in [Type::TEXT_ARRAY, Type::INT4_ARRAY, Type::NUMERIC_ARRAY, Type::TIMESTAMP_ARRAY] {
                let _ = value(Some(&bytes), &pg, true, 1);
            }
        }
    }
}
