//! Values in PostgreSQL's binary form, decoded into Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder,
    Float32Builder, Float64Builder, Int16Builder, Int32Builder, Int64Builder, IntervalMonthDayNanoBuilder,
    ListArray, NullBufferBuilder, OffsetBufferBuilder, StringViewBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, FieldRef, IntervalMonthDayNano};

use super::numeric::{NoDecimal, decimal128, decimal256};
use super::types;
use crate::database::table::RemoteColumn;
use crate::{Error, Result};

/// From 1970 to 2000.
const DAYS: i32 = 10_957;
const MICROS: i64 = 946_684_800_000_000;

/// `infinity` and `-infinity`, which there is no word for here: the last and the first day of four digits.
const LAST_DAY: i32 = 2_932_896;
const FIRST_DAY: i32 = -719_162;
const LAST_MICRO: i64 = 253_402_300_799_999_999;
const FIRST_MICRO: i64 = -62_135_596_800_000_000;

/// An array that grows by values as they are sent.
pub(super) struct Decoder {
    name: String,
    values: Values,
}

enum Values {
    Boolean(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal128(Decimal128Builder, u8, i8),
    Decimal256(Decimal256Builder, u8, i8),
    Text(StringViewBuilder),
    Uuid(StringViewBuilder),
    Jsonb(StringViewBuilder),
    Binary(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Interval(IntervalMonthDayNanoBuilder),
    List(Box<List>),
}

struct List {
    field: FieldRef,
    items: Values,
    lengths: OffsetBufferBuilder<i32>,
    valid: NullBufferBuilder,
}

/// What is wrong with a value, and what to do.
struct Wrong(String, Option<&'static str>);

type Decoded<T = ()> = Result<T, Wrong>;

impl Decoder {
    /// A decoder of a column, for so many rows at first.
    pub(super) fn new(column: &RemoteColumn, rows: usize) -> Result<Self> {
        let values = Values::new(&column.data_type, column.wire, rows).ok_or_else(|| {
            Error::new(format!("the type number {} of the column {} is not read", column.wire, column.name))
        })?;
        Ok(Self { name: column.name.clone(), values })
    }

    /// Takes a value, `None` being NULL.
    pub(super) fn push(&mut self, value: Option<&[u8]>) -> Result<()> {
        self.values.push(value).map_err(|Wrong(why, remedy)| {
            let error = Error::new(format!("the column {} {why}", self.name));
            match remedy {
                Some(remedy) => error.hint(remedy),
                None => error,
            }
        })
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> ArrayRef {
        self.values.finish()
    }
}

impl Values {
    fn new(data_type: &DataType, wire: u32, rows: usize) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int16 => Self::Int16(Int16Builder::with_capacity(rows)),
            DataType::Int32 => Self::Int32(Int32Builder::with_capacity(rows)),
            DataType::Int64 => Self::Int64(Int64Builder::with_capacity(rows)),
            DataType::Float32 => Self::Float32(Float32Builder::with_capacity(rows)),
            DataType::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::with_capacity(rows).with_data_type(data_type.clone());
                Self::Decimal128(builder, *precision, *scale)
            }
            DataType::Decimal256(precision, scale) => {
                let builder = Decimal256Builder::with_capacity(rows).with_data_type(data_type.clone());
                Self::Decimal256(builder, *precision, *scale)
            }
            DataType::Utf8View if wire == types::UUID => Self::Uuid(StringViewBuilder::with_capacity(rows)),
            DataType::Utf8View if wire == types::JSONB => Self::Jsonb(StringViewBuilder::with_capacity(rows)),
            DataType::Utf8View => Self::Text(StringViewBuilder::with_capacity(rows)),
            DataType::Binary => Self::Binary(BinaryBuilder::with_capacity(rows, 0)),
            DataType::Date32 => Self::Date(Date32Builder::with_capacity(rows)),
            DataType::Time64(_) => Self::Time(Time64MicrosecondBuilder::with_capacity(rows)),
            DataType::Timestamp(_, zone) => {
                let builder = TimestampMicrosecondBuilder::with_capacity(rows);
                Self::Timestamp(builder.with_timezone_opt(zone.clone()))
            }
            DataType::Interval(_) => Self::Interval(IntervalMonthDayNanoBuilder::with_capacity(rows)),
            DataType::List(field) => Self::List(Box::new(List {
                field: Arc::clone(field),
                items: Self::new(field.data_type(), types::item_of(wire)?, rows)?,
                lengths: OffsetBufferBuilder::new(rows),
                valid: NullBufferBuilder::new(rows),
            })),
            _ => return None,
        })
    }

    fn push(&mut self, value: Option<&[u8]>) -> Decoded {
        match self {
            Self::Boolean(b) => b.append_option(value.map(boolean).transpose()?),
            Self::Int16(b) => b.append_option(value.map(fixed).transpose()?.map(i16::from_be_bytes)),
            Self::Int32(b) => b.append_option(value.map(fixed).transpose()?.map(i32::from_be_bytes)),
            Self::Int64(b) => b.append_option(value.map(fixed).transpose()?.map(i64::from_be_bytes)),
            Self::Float32(b) => {
                let number = value.map(fixed).transpose()?.map(f32::from_be_bytes);
                b.append_option(number.map(|n| if n.is_nan() { f32::NAN } else { n }));
            }
            Self::Float64(b) => {
                let number = value.map(fixed).transpose()?.map(f64::from_be_bytes);
                b.append_option(number.map(|n| if n.is_nan() { f64::NAN } else { n }));
            }
            Self::Decimal128(b, precision, scale) => {
                let number = value.map(|v| decimal128(v, *scale)).transpose();
                b.append_option(number.map_err(|e| no_decimal(e, *precision, *scale))?);
            }
            Self::Decimal256(b, precision, scale) => {
                let number = value.map(|v| decimal256(v, *scale)).transpose();
                b.append_option(number.map_err(|e| no_decimal(e, *precision, *scale))?);
            }
            Self::Text(b) => b.append_option(value.map(text).transpose()?),
            Self::Uuid(b) => match value {
                Some(bytes) => b.append_value(text(&uuid(fixed(bytes)?))?),
                None => b.append_null(),
            },
            Self::Jsonb(b) => match value {
                Some([1, json @ ..]) => b.append_value(text(json)?),
                Some(_) => return Err(malformed()),
                None => b.append_null(),
            },
            Self::Binary(b) => b.append_option(value),
            Self::Date(b) => b.append_option(value.map(fixed).transpose()?.map(i32::from_be_bytes).map(date)),
            Self::Time(b) => b.append_option(value.map(fixed).transpose()?.map(i64::from_be_bytes)),
            Self::Timestamp(b) => {
                let micros = value.map(fixed).transpose()?.map(i64::from_be_bytes);
                b.append_option(micros.map(timestamp));
            }
            Self::Interval(b) => b.append_option(value.map(interval).transpose()?),
            Self::List(list) => list.push(value)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(b) => Arc::new(b.finish()),
            Self::Int16(b) => Arc::new(b.finish()),
            Self::Int32(b) => Arc::new(b.finish()),
            Self::Int64(b) => Arc::new(b.finish()),
            Self::Float32(b) => Arc::new(b.finish()),
            Self::Float64(b) => Arc::new(b.finish()),
            Self::Decimal128(b, ..) => Arc::new(b.finish()),
            Self::Decimal256(b, ..) => Arc::new(b.finish()),
            Self::Text(b) | Self::Uuid(b) | Self::Jsonb(b) => Arc::new(b.finish()),
            Self::Binary(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Timestamp(b) => Arc::new(b.finish()),
            Self::Interval(b) => Arc::new(b.finish()),
            Self::List(list) => list.finish(),
        }
    }
}

impl List {
    /// Dimensions, whether there are NULLs, the type; per dimension length and first index; then the items.
    fn push(&mut self, value: Option<&[u8]>) -> Decoded {
        let Some(mut rest) = value else {
            self.lengths.push_length(0);
            self.valid.append_null();
            return Ok(());
        };
        let dimensions = number(&mut rest)?;
        let (_, _) = (number(&mut rest)?, number(&mut rest)?);
        let length = match dimensions {
            0 => 0,
            1 => {
                let length = number(&mut rest)?;
                number(&mut rest)?;
                length
            }
            _ => {
                return Err(Wrong(
                    format!("has an array of {dimensions} dimensions, and only lists are read"),
                    Some("leave the column out by a view in the database, or read it as text there"),
                ));
            }
        };
        for _ in 0..length {
            let size = number(&mut rest)?;
            let item = match usize::try_from(size) {
                Ok(size) => {
                    let (item, after) = rest.split_at_checked(size).ok_or_else(malformed)?;
                    rest = after;
                    Some(item)
                }
                Err(_) => None,
            };
            self.items.push(item)?;
        }
        self.lengths.push_length(usize::try_from(length).map_err(|_| malformed())?);
        self.valid.append_non_null();
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        let lengths = std::mem::replace(&mut self.lengths, OffsetBufferBuilder::new(0)).finish();
        let (items, valid) = (self.items.finish(), self.valid.finish());
        Arc::new(ListArray::new(Arc::clone(&self.field), lengths, items, valid))
    }
}

fn malformed() -> Wrong {
    let remedy = "run the query again: the table may just have changed";
    Wrong("has a value in another form than was announced".to_owned(), Some(remedy))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Decoded<[u8; N]> {
    bytes.try_into().map_err(|_| malformed())
}

fn number(rest: &mut &[u8]) -> Decoded<i32> {
    let (bytes, after) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
    *rest = after;
    Ok(i32::from_be_bytes(*bytes))
}

fn boolean(bytes: &[u8]) -> Decoded<bool> {
    fixed(bytes).map(|[byte]: [u8; 1]| byte != 0)
}

fn text(bytes: &[u8]) -> Decoded<&str> {
    std::str::from_utf8(bytes).map_err(|_| Wrong("has a text that is not UTF-8".to_owned(), None))
}

fn date(days: i32) -> i32 {
    match days {
        i32::MAX => LAST_DAY,
        i32::MIN => FIRST_DAY,
        _ => days.saturating_add(DAYS),
    }
}

fn timestamp(micros: i64) -> i64 {
    match micros {
        i64::MAX => LAST_MICRO,
        i64::MIN => FIRST_MICRO,
        _ => micros.saturating_add(MICROS),
    }
}

fn interval(bytes: &[u8]) -> Decoded<IntervalMonthDayNano> {
    let mut rest = bytes;
    let (micros, after) = rest.split_first_chunk::<8>().ok_or_else(malformed)?;
    rest = after;
    let (days, months) = (number(&mut rest)?, number(&mut rest)?);
    let nanos = i64::from_be_bytes(*micros).checked_mul(1000);
    let nanos =
        nanos.ok_or_else(|| Wrong("has an interval of more than 292 years of hours".to_owned(), None))?;
    Ok(IntervalMonthDayNano::new(months, days, nanos))
}

fn uuid(bytes: [u8; 16]) -> [u8; 36] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = [b'-'; 36];
    let places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    places.zip(digits).for_each(|(place, digit)| out[place] = HEX[usize::from(digit)]);
    out
}

fn no_decimal(cause: NoDecimal, precision: u8, scale: i8) -> Wrong {
    let remedy = Some("read such columns otherwise: OPTIONS (unbounded_numeric 'double') or 'text'");
    match cause {
        NoDecimal::Special(word) => Wrong(format!("has the value {word}, which is no decimal"), remedy),
        NoDecimal::TooLarge => {
            Wrong(format!("has a value of more digits than decimal({precision}, {scale}) holds"), remedy)
        }
        NoDecimal::Malformed => malformed(),
    }
}
