//! MySQL's types as they are here.
//!
//! | there | here |
//! |---|---|
//! | `tinyint(1)`, `bit(1)` | boolean; everything but 0 is true |
//! | `tinyint` … `bigint`, `year`, also unsigned | whole numbers of the same size; `bit(n)` is an unsigned bigint |
//! | `float`, `double` | the same |
//! | `decimal(p, s)` | the same |
//! | `char`, `varchar`, `text`, `enum`, `set`, `json` | text |
//! | `date`, `datetime`, `timestamp` | the same, `timestamp` in UTC; dates that are none, as `0000-00-00`, are NULL |
//! | `binary`, `varbinary`, `blob` | binary |
//! | geometries | well-known text |
//! | everything else, `time` too | its text |

use arrow::datatypes::{DataType, TimeUnit};

use crate::database::table::{Collation, Compare};

/// What `information_schema.columns` says of a column.
#[derive(Debug)]
pub(super) struct Declared<'a> {
    /// As `tinyint`.
    pub(super) data_type: &'a str,
    /// As `tinyint(1) unsigned`.
    pub(super) column_type: &'a str,
    pub(super) precision: Option<u64>,
    pub(super) scale: Option<u64>,
}

/// How a column is read.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) data_type: DataType,
    /// What yields the value, given the quoted name.
    pub(super) read: fn(&str) -> String,
    pub(super) compare: Compare,
}

/// Whether a type may hold dates that are none.
pub(super) fn is_date(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

/// The type of a column.
pub(super) fn map(declared: &Declared<'_>, tinyint1_is_boolean: bool) -> Mapped {
    let plain = |data_type, compare| Mapped { data_type, read: str::to_owned, compare };
    let unsigned = declared.column_type.contains("unsigned");
    let whole = |signed, other| plain(if unsigned { other } else { signed }, Compare::Integer);
    let text = plain(DataType::Utf8View, Compare::Text(Collation::Loose));
    match declared.data_type {
        "tinyint" if declared.column_type == "tinyint(1)" && tinyint1_is_boolean => {
            plain(DataType::Boolean, Compare::Boolean)
        }
        "tinyint" => whole(DataType::Int8, DataType::UInt8),
        "smallint" => whole(DataType::Int16, DataType::UInt16),
        "mediumint" | "int" => whole(DataType::Int32, DataType::UInt32),
        "bigint" => whole(DataType::Int64, DataType::UInt64),
        "year" => plain(DataType::Int16, Compare::Integer),
        "bit" if declared.precision == Some(1) => Mapped {
            data_type: DataType::Boolean,
            read: |name| format!("({name} + 0)"),
            compare: Compare::Boolean,
        },
        "bit" => Mapped {
            data_type: DataType::UInt64,
            read: |name| format!("({name} + 0)"),
            compare: Compare::Integer,
        },
        "float" => plain(DataType::Float32, Compare::Float),
        "double" => plain(DataType::Float64, Compare::Float),
        "decimal" => decimal(declared).unwrap_or(text),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => text,
        "date" => plain(DataType::Date32, Compare::Date),
        "datetime" => plain(DataType::Timestamp(TimeUnit::Microsecond, None), Compare::Timestamp),
        "timestamp" => {
            plain(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), Compare::Timestamp)
        }
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            plain(DataType::Binary, Compare::Nulls)
        }
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => Mapped {
            data_type: DataType::Utf8View,
            read: |name| format!("ST_AsText({name})"),
            compare: Compare::Nulls,
        },
        _ => Mapped {
            data_type: DataType::Utf8View,
            read: |name| format!("CAST({name} AS CHAR)"),
            compare: Compare::Nulls,
        },
    }
}

fn decimal(declared: &Declared<'_>) -> Option<Mapped> {
    let precision = u8::try_from(declared.precision?).ok()?;
    let scale = i8::try_from(declared.scale?).ok()?;
    let data_type = match precision {
        0..=38 => DataType::Decimal128(precision, scale),
        _ => DataType::Decimal256(precision, scale),
    };
    Some(Mapped { data_type, read: str::to_owned, compare: Compare::Decimal })
}
