//! The types that there are, as ODBC and JDBC describe types.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode};

use crate::{Error, Result};

/// The name of a type in SQL.
pub(super) fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "TINYINT UNSIGNED",
        DataType::UInt16 => "SMALLINT UNSIGNED",
        DataType::UInt32 => "INTEGER UNSIGNED",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float16 | DataType::Float32 => "REAL",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "DECIMAL",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Interval(_) | DataType::Duration(_) => "INTERVAL",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "VARBINARY"
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "ARRAY",
        DataType::Struct(_) => "STRUCT",
        DataType::Map(..) => "MAP",
        _ => "VARCHAR",
    }
}

/// All types, made once.
pub(super) fn all() -> Result<&'static XdbcTypeInfoData> {
    static ALL: LazyLock<std::result::Result<XdbcTypeInfoData, String>> =
        LazyLock::new(|| build().map_err(|e| e.to_string()));
    ALL.as_ref().map_err(Error::internal)
}

fn build() -> std::result::Result<XdbcTypeInfoData, arrow_flight::error::FlightError> {
    use XdbcDataType as Type;
    use XdbcDatetimeSubcode as Subcode;
    let mut builder = XdbcTypeInfoDataBuilder::new();
    let mut add = |info: XdbcTypeInfo| builder.append(info);
    add(XdbcTypeInfo { searchable: Searchable::Basic, ..of("BOOLEAN", Type::XdbcBit, 1) });
    for (name, data_type, digits, unsigned) in [
        ("TINYINT", Type::XdbcTinyint, 3, false),
        ("SMALLINT", Type::XdbcSmallint, 5, false),
        ("INTEGER", Type::XdbcInteger, 10, false),
        ("BIGINT", Type::XdbcBigint, 19, false),
        ("BIGINT UNSIGNED", Type::XdbcBigint, 20, true),
    ] {
        add(XdbcTypeInfo { unsigned_attribute: Some(unsigned), ..number(name, data_type, digits, (0, 0)) });
    }
    add(XdbcTypeInfo {
        create_params: Some(vec!["precision".to_owned(), "scale".to_owned()]),
        ..number("DECIMAL", Type::XdbcDecimal, 38, (0, 38))
    });
    add(number("REAL", Type::XdbcReal, 7, (0, 7)));
    add(number("DOUBLE", Type::XdbcDouble, 15, (0, 15)));
    add(XdbcTypeInfo { case_sensitive: true, ..quoted(of("VARCHAR", Type::XdbcVarchar, i32::MAX), "'") });
    add(quoted(of("VARBINARY", Type::XdbcVarbinary, i32::MAX), "X'"));
    for (name, data_type, size, subcode, prefix) in [
        ("DATE", Type::XdbcDate, 10, Subcode::XdbcSubcodeYear, "DATE '"),
        ("TIME", Type::XdbcTime, 15, Subcode::XdbcSubcodeTime, "TIME '"),
        ("TIMESTAMP", Type::XdbcTimestamp, 26, Subcode::XdbcSubcodeTimestamp, "TIMESTAMP '"),
        (
            "TIMESTAMP WITH TIME ZONE",
            Type::XdbcTimestamp,
            32,
            Subcode::XdbcSubcodeTimestampWithTimezone,
            "TIMESTAMPTZ '",
        ),
    ] {
        add(XdbcTypeInfo {
            sql_data_type: Type::XdbcDatetime,
            datetime_subcode: Some(subcode),
            maximum_scale: Some(6),
            minimum_scale: Some(0),
            ..quoted(of(name, data_type, size), prefix)
        });
    }
    add(quoted(of("INTERVAL", Type::XdbcInterval, 49), "INTERVAL '"));
    builder.build()
}

fn of(name: &str, data_type: XdbcDataType, size: i32) -> XdbcTypeInfo {
    XdbcTypeInfo {
        type_name: name.to_owned(),
        data_type,
        sql_data_type: data_type,
        column_size: Some(size),
        nullable: Nullable::NullabilityNullable,
        searchable: Searchable::Full,
        auto_increment: Some(false),
        local_type_name: Some(name.to_owned()),
        ..XdbcTypeInfo::default()
    }
}

fn number(name: &str, data_type: XdbcDataType, digits: i32, scale: (i32, i32)) -> XdbcTypeInfo {
    XdbcTypeInfo {
        searchable: Searchable::Basic,
        unsigned_attribute: Some(false),
        num_prec_radix: Some(10),
        minimum_scale: Some(scale.0),
        maximum_scale: Some(scale.1),
        ..of(name, data_type, digits)
    }
}

fn quoted(info: XdbcTypeInfo, prefix: &str) -> XdbcTypeInfo {
    XdbcTypeInfo { literal_prefix: Some(prefix.to_owned()), literal_suffix: Some("'".to_owned()), ..info }
}
