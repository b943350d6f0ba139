//! Values in PostgreSQL's binary form, decoded into Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanArray, BooleanBufferBuilder, ListArray, NullBufferBuilder,
    OffsetBufferBuilder,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, FieldRef, Float32Type, Float64Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};

use super::fields::{Fields, value};
use super::numbers::{Numbers, append_validity};
use super::numeric::{NoDecimal, decimal128, decimal256};
use super::texts::{Form, Texts};
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
    Boolean(BooleanBufferBuilder, NullBufferBuilder),
    Int16(Numbers<Int16Type>),
    Int32(Numbers<Int32Type>),
    Int64(Numbers<Int64Type>),
    Float32(Numbers<Float32Type>),
    Float64(Numbers<Float64Type>),
    Decimal128(Numbers<Decimal128Type>, u8, i8),
    Decimal256(Numbers<Decimal256Type>, u8, i8),
    Text(Texts),
    Binary(BinaryBuilder),
    Date(Numbers<Date32Type>),
    Time(Numbers<Time64MicrosecondType>),
    Timestamp(Numbers<TimestampMicrosecondType>),
    Interval(Numbers<IntervalMonthDayNanoType>),
    List(Box<List>),
}

struct List {
    field: FieldRef,
    items: Values,
    lengths: OffsetBufferBuilder<i32>,
    valid: NullBufferBuilder,
}

/// What is wrong with a value, and what to do.
pub(super) struct Wrong(pub(super) String, pub(super) Option<&'static str>);

pub(super) type Decoded<T = ()> = Result<T, Wrong>;

impl Decoder {
    /// A decoder of a column, for so many rows at first.
    pub(super) fn new(column: &RemoteColumn, rows: usize) -> Result<Self> {
        let values = Values::new(&column.data_type, column.wire, rows).ok_or_else(|| {
            Error::new(format!("the type number {} of the column {} is not read", column.wire, column.name))
        })?;
        Ok(Self { name: column.name.clone(), values })
    }

    /// Takes the values of several rows.
    pub(super) fn take(&mut self, fields: Fields<'_>) -> Result<()> {
        let taken = self.values.take(fields);
        taken.map_err(|wrong| self.explain(wrong))
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        let array = self.values.finish();
        array.map_err(|wrong| self.explain(wrong))
    }

    fn explain(&self, Wrong(why, remedy): Wrong) -> Error {
        let error = Error::new(format!("the column {} {why}", self.name));
        match remedy {
            Some(remedy) => error.hint(remedy),
            None => error,
        }
    }
}

impl Values {
    fn new(data_type: &DataType, wire: u32, rows: usize) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => Self::Boolean(BooleanBufferBuilder::new(rows), NullBufferBuilder::new(rows)),
            DataType::Int16 => Self::Int16(Numbers::new(data_type, rows)),
            DataType::Int32 => Self::Int32(Numbers::new(data_type, rows)),
            DataType::Int64 => Self::Int64(Numbers::new(data_type, rows)),
            DataType::Float32 => Self::Float32(Numbers::new(data_type, rows)),
            DataType::Float64 => Self::Float64(Numbers::new(data_type, rows)),
            DataType::Decimal128(precision, scale) => {
                Self::Decimal128(Numbers::new(data_type, rows), *precision, *scale)
            }
            DataType::Decimal256(precision, scale) => {
                Self::Decimal256(Numbers::new(data_type, rows), *precision, *scale)
            }
            DataType::Utf8View => Self::Text(Texts::new(
                match wire {
                    types::UUID => Form::Uuid,
                    types::JSONB => Form::Jsonb,
                    _ => Form::Plain,
                },
                rows,
            )),
            DataType::Binary => Self::Binary(BinaryBuilder::with_capacity(rows, 0)),
            DataType::Date32 => Self::Date(Numbers::new(data_type, rows)),
            DataType::Time64(_) => Self::Time(Numbers::new(data_type, rows)),
            DataType::Timestamp(..) => Self::Timestamp(Numbers::new(data_type, rows)),
            DataType::Interval(_) => Self::Interval(Numbers::new(data_type, rows)),
            DataType::List(field) => Self::List(Box::new(List {
                field: Arc::clone(field),
                items: Self::new(field.data_type(), types::item_of(wire)?, rows)?,
                lengths: OffsetBufferBuilder::new(rows),
                valid: NullBufferBuilder::new(rows),
            })),
            _ => return None,
        })
    }

    fn take(&mut self, fields: Fields<'_>) -> Decoded {
        match self {
            Self::Boolean(values, valid) => {
                if fields.values().any(|value| value.is_some_and(|v| v.len() != 1)) {
                    return Err(malformed());
                }
                values.append_buffer(
                    &fields.bits(|bytes, place| value(bytes, place).is_some_and(|v| v != [0_u8])),
                );
                append_validity(valid, fields);
                Ok(())
            }
            Self::Int16(numbers) => numbers.take(fields, i16::from_be_bytes),
            Self::Int32(numbers) => numbers.take(fields, i32::from_be_bytes),
            Self::Int64(numbers) => numbers.take(fields, i64::from_be_bytes),
            Self::Float32(numbers) => numbers.take(fields, |bytes| {
                let number = f32::from_be_bytes(bytes);
                if number.is_nan() { f32::NAN } else { number }
            }),
            Self::Float64(numbers) => numbers.take(fields, |bytes| {
                let number = f64::from_be_bytes(bytes);
                if number.is_nan() { f64::NAN } else { number }
            }),
            Self::Decimal128(numbers, precision, scale) => numbers.try_take(fields, |value| {
                decimal128(value, *scale).map_err(|e| no_decimal(e, *precision, *scale))
            }),
            Self::Decimal256(numbers, precision, scale) => numbers.try_take(fields, |value| {
                decimal256(value, *scale).map_err(|e| no_decimal(e, *precision, *scale))
            }),
            Self::Text(texts) => texts.take(fields),
            Self::Binary(b) => {
                fields.values().for_each(|value| b.append_option(value));
                Ok(())
            }
            Self::Date(numbers) => numbers.take(fields, |bytes| date(i32::from_be_bytes(bytes))),
            Self::Time(numbers) => numbers.take(fields, i64::from_be_bytes),
            Self::Timestamp(numbers) => numbers.take(fields, |bytes| timestamp(i64::from_be_bytes(bytes))),
            Self::Interval(numbers) => numbers.try_take(fields, interval),
            Self::List(list) => list.take(fields),
        }
    }

    fn finish(&mut self) -> Decoded<ArrayRef> {
        Ok(match self {
            Self::Boolean(values, valid) => Arc::new(BooleanArray::new(values.finish(), valid.finish())),
            Self::Int16(numbers) => numbers.finish(),
            Self::Int32(numbers) => numbers.finish(),
            Self::Int64(numbers) => numbers.finish(),
            Self::Float32(numbers) => numbers.finish(),
            Self::Float64(numbers) => numbers.finish(),
            Self::Decimal128(numbers, ..) => numbers.finish(),
            Self::Decimal256(numbers, ..) => numbers.finish(),
            Self::Text(texts) => return texts.finish(),
            Self::Binary(b) => Arc::new(b.finish()),
            Self::Date(numbers) => numbers.finish(),
            Self::Time(numbers) => numbers.finish(),
            Self::Timestamp(numbers) => numbers.finish(),
            Self::Interval(numbers) => numbers.finish(),
            Self::List(list) => return list.finish(),
        })
    }
}

impl List {
    fn take(&mut self, fields: Fields<'_>) -> Decoded {
        let bytes = fields.bytes();
        let mut places = Vec::new();
        for (place, value) in fields.places().zip(fields.values()) {
            self.valid.append(value.is_some());
            let length = match value {
                Some(value) => items(value, place + 4, &mut places)?,
                None => 0,
            };
            self.lengths.push_length(length);
        }
        self.items.take(Fields::new(bytes, &places, 1, 0))
    }

    fn finish(&mut self) -> Decoded<ArrayRef> {
        let lengths = std::mem::replace(&mut self.lengths, OffsetBufferBuilder::new(0)).finish();
        let (items, valid) = (self.items.finish()?, self.valid.finish());
        Ok(Arc::new(ListArray::new(Arc::clone(&self.field), lengths, items, valid)))
    }
}

/// The places of the items of an array that stands at a place, and their number. Before them stand dimensions, whether
/// there are NULLs, the type; per dimension length and first index.
fn items(array: &[u8], place: usize, places: &mut Vec<u32>) -> Decoded<usize> {
    let mut rest = array;
    let dimensions = number(&mut rest)?;
    let (_, _) = (number(&mut rest)?, number(&mut rest)?);
    let length = match dimensions {
        0 => 0,
        1 => {
            let length = number(&mut rest)?;
            number(&mut rest)?;
            usize::try_from(length).map_err(|_| malformed())?
        }
        _ => {
            return Err(Wrong(
                format!("has an array of {dimensions} dimensions, and only lists are read"),
                Some("leave the column out by a view in the database, or read it as text there"),
            ));
        }
    };
    for _ in 0..length {
        places.push((place + array.len() - rest.len()) as u32);
        let size = number(&mut rest)?;
        if let Ok(size) = usize::try_from(size) {
            rest = rest.get(size..).ok_or_else(malformed)?;
        }
    }
    Ok(length)
}

pub(super) fn malformed() -> Wrong {
    let remedy = "run the query again: the table may just have changed";
    Wrong("has a value in another form than was announced".to_owned(), Some(remedy))
}

fn number(rest: &mut &[u8]) -> Decoded<i32> {
    let (bytes, after) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
    *rest = after;
    Ok(i32::from_be_bytes(*bytes))
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
