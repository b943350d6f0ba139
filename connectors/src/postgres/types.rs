//! PostgreSQL's types as they are here.
//!
//! | there | here |
//! |---|---|
//! | `smallint`, `integer`, `bigint`, `oid` | the same; `oid` is a bigint |
//! | `real`, `double precision` | the same; every NaN is the same NaN |
//! | `numeric(p, s)` | decimal up to 76 digits; without precision as the option `unbounded_numeric` tells |
//! | `text`, `varchar`, `char(n)`, `name`, enums | text; `char(n)` without the blanks that fill it up |
//! | `date`, `time`, `timestamp`, `timestamptz`, `interval` | the same; `timestamptz` in UTC |
//! | `uuid`, `json`, `jsonb` | text |
//! | `bytea` | binary |
//! | one-dimensional arrays of these | lists |
//! | domains | the type that they stand for |
//! | everything else | its text, as `::text` writes it |

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};

use crate::database::table::{Collation, Compare};

/// What the option `unbounded_numeric` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unbounded {
    /// `decimal(38, 18)`
    Decimal,
    /// A double.
    Double,
    /// Its text.
    Text,
}

/// How a column is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mapped {
    pub(super) data_type: DataType,
    /// The type to cast to there, if any.
    pub(super) cast: Option<String>,
    pub(super) compare: Compare,
    /// The number of the type that is sent.
    pub(super) oid: u32,
}

pub(super) const BOOL: u32 = 16;
pub(super) const BYTEA: u32 = 17;
pub(super) const INT8: u32 = 20;
pub(super) const INT2: u32 = 21;
pub(super) const INT4: u32 = 23;
pub(super) const TEXT: u32 = 25;
pub(super) const OID: u32 = 26;
pub(super) const JSON: u32 = 114;
pub(super) const FLOAT4: u32 = 700;
pub(super) const FLOAT8: u32 = 701;
pub(super) const VARCHAR: u32 = 1043;
pub(super) const DATE: u32 = 1082;
pub(super) const TIME: u32 = 1083;
pub(super) const TIMESTAMP: u32 = 1114;
pub(super) const TIMESTAMPTZ: u32 = 1184;
pub(super) const INTERVAL: u32 = 1186;
pub(super) const NUMERIC: u32 = 1700;
pub(super) const UUID: u32 = 2950;
pub(super) const JSONB: u32 = 3802;

/// Arrays and what they hold.
const ARRAYS: [(u32, u32); 12] = [
    (1000, BOOL),
    (1005, INT2),
    (1007, INT4),
    (1016, INT8),
    (1009, TEXT),
    (1015, VARCHAR),
    (1021, FLOAT4),
    (1022, FLOAT8),
    (1182, DATE),
    (1115, TIMESTAMP),
    (1185, TIMESTAMPTZ),
    (2951, UUID),
];

/// The type of a column by its number and modifier, a domain being what it stands for.
pub(super) fn map(oid: u32, modifier: i32, collation: Collation, unbounded: Unbounded) -> Mapped {
    let plain = |data_type, compare| Mapped { data_type, cast: None, compare, oid };
    match oid {
        BOOL => plain(DataType::Boolean, Compare::Boolean),
        INT2 => plain(DataType::Int16, Compare::Integer),
        INT4 => plain(DataType::Int32, Compare::Integer),
        INT8 => plain(DataType::Int64, Compare::Integer),
        OID => Mapped {
            data_type: DataType::Int64,
            cast: Some("int8".to_owned()),
            compare: Compare::Integer,
            oid: INT8,
        },
        FLOAT4 => plain(DataType::Float32, Compare::Float),
        FLOAT8 => plain(DataType::Float64, Compare::Float),
        NUMERIC => numeric(modifier, unbounded),
        TEXT | VARCHAR => plain(DataType::Utf8View, Compare::Text(collation)),
        DATE => plain(DataType::Date32, Compare::Date),
        TIME => plain(DataType::Time64(TimeUnit::Microsecond), Compare::Nulls),
        TIMESTAMP => plain(DataType::Timestamp(TimeUnit::Microsecond, None), Compare::Timestamp),
        TIMESTAMPTZ => {
            plain(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), Compare::Timestamp)
        }
        INTERVAL => plain(DataType::Interval(IntervalUnit::MonthDayNano), Compare::Nulls),
        UUID => plain(DataType::Utf8View, Compare::Uuid),
        JSON | JSONB => plain(DataType::Utf8View, Compare::Nulls),
        BYTEA => plain(DataType::Binary, Compare::Nulls),
        _ => match ARRAYS.iter().find(|(array, _)| *array == oid) {
            Some((_, item)) => {
                let item = map(*item, -1, collation, unbounded).data_type;
                let list = DataType::List(Arc::new(Field::new_list_field(item, true)));
                plain(list, Compare::Nulls)
            }
            None => as_text(),
        },
    }
}

/// The number of the type that an array of a number holds.
pub(super) fn item_of(array: u32) -> Option<u32> {
    ARRAYS.iter().find(|(number, _)| *number == array).map(|(_, item)| *item)
}

fn numeric(modifier: i32, unbounded: Unbounded) -> Mapped {
    if modifier >= 4 {
        // Precision in the upper 16 bits, scale in the lower 11, with a sign.
        let packed = modifier - 4;
        let (precision, scale) = ((packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
        if let (Ok(precision), Ok(scale)) = (u8::try_from(precision), i8::try_from(scale))
            && scale >= 0
            && i32::from(scale) <= i32::from(precision)
            && precision <= 76
        {
            let data_type = match precision {
                0..=38 => DataType::Decimal128(precision, scale),
                _ => DataType::Decimal256(precision, scale),
            };
            return Mapped { data_type, cast: None, compare: Compare::Decimal, oid: NUMERIC };
        }
    }
    match unbounded {
        Unbounded::Decimal => Mapped {
            data_type: DataType::Decimal128(38, 18),
            cast: Some("numeric(38, 18)".to_owned()),
            compare: Compare::Decimal,
            oid: NUMERIC,
        },
        Unbounded::Double => Mapped {
            data_type: DataType::Float64,
            cast: Some("float8".to_owned()),
            compare: Compare::Float,
            oid: FLOAT8,
        },
        Unbounded::Text => as_text(),
    }
}

fn as_text() -> Mapped {
    Mapped {
        data_type: DataType::Utf8View,
        cast: Some("text".to_owned()),
        // The cast has the collation of the database, under which only equal bytes are equal.
        compare: Compare::Text(Collation::Language),
        oid: TEXT,
    }
}
