//! Arrow's types as PostgreSQL's, and back.

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, TimeUnit};
use pgwire::api::Type;
use pgwire::messages::data::{FieldDescription, RowDescription};

/// Metadata of a field whose PostgreSQL type its Arrow type does not tell: `name`, `char`, `regproc`, ….
pub(crate) const PG_TYPE: &str = "pg_type";

/// The PostgreSQL type of a column.
pub(super) fn of_field(field: &Field) -> Type {
    match field.metadata().get(PG_TYPE).map(String::as_str) {
        Some("name") => Type::NAME,
        Some("char") => Type::CHAR,
        Some("regproc") => Type::REGPROC,
        Some("regclass") => Type::REGCLASS,
        Some("regtype") => Type::REGTYPE,
        Some("int2vector") => Type::INT2_VECTOR,
        Some("oidvector") => Type::OID_VECTOR,
        Some("json") => Type::JSON,
        _ => of_type(field.data_type()),
    }
}

/// The PostgreSQL type of an Arrow type. A 32-bit unsigned number is an oid.
pub(crate) fn of_type(data_type: &DataType) -> Type {
    match data_type {
        DataType::Boolean => Type::BOOL,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => Type::INT2,
        DataType::Int32 | DataType::UInt16 => Type::INT4,
        DataType::Int64 => Type::INT8,
        DataType::UInt32 => Type::OID,
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Type::NUMERIC,
        DataType::Float16 | DataType::Float32 => Type::FLOAT4,
        DataType::Float64 => Type::FLOAT8,
        DataType::Date32 | DataType::Date64 => Type::DATE,
        DataType::Time32(_) | DataType::Time64(_) => Type::TIME,
        DataType::Timestamp(_, None) => Type::TIMESTAMP,
        DataType::Timestamp(_, Some(_)) => Type::TIMESTAMPTZ,
        DataType::Interval(_) | DataType::Duration(_) => Type::INTERVAL,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Type::BYTEA
        }
        DataType::Dictionary(_, values) => of_type(values),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            array_of(&of_type(item.data_type())).unwrap_or(Type::JSON)
        }
        DataType::Struct(_) | DataType::Map(..) => Type::JSON,
        _ => Type::TEXT,
    }
}

/// The array type of an element type; `None` where there is none that is used here.
fn array_of(item: &Type) -> Option<Type> {
    Some(match *item {
        Type::BOOL => Type::BOOL_ARRAY,
        Type::INT2 => Type::INT2_ARRAY,
        Type::INT4 => Type::INT4_ARRAY,
        Type::INT8 => Type::INT8_ARRAY,
        Type::OID => Type::OID_ARRAY,
        Type::NUMERIC => Type::NUMERIC_ARRAY,
        Type::FLOAT4 => Type::FLOAT4_ARRAY,
        Type::FLOAT8 => Type::FLOAT8_ARRAY,
        Type::DATE => Type::DATE_ARRAY,
        Type::TIME => Type::TIME_ARRAY,
        Type::TIMESTAMP => Type::TIMESTAMP_ARRAY,
        Type::TIMESTAMPTZ => Type::TIMESTAMPTZ_ARRAY,
        Type::INTERVAL => Type::INTERVAL_ARRAY,
        Type::BYTEA => Type::BYTEA_ARRAY,
        Type::TEXT => Type::TEXT_ARRAY,
        _ => return None,
    })
}

/// The Arrow type that a parameter of a PostgreSQL type is read as; `None` where the type tells nothing.
pub(super) fn to_arrow(pg: &Type) -> Option<DataType> {
    let list = |item: DataType| DataType::List(std::sync::Arc::new(Field::new_list_field(item, true)));
    Some(match *pg {
        Type::BOOL => DataType::Boolean,
        Type::INT2 => DataType::Int16,
        Type::INT4 => DataType::Int32,
        Type::INT8 => DataType::Int64,
        Type::OID | Type::REGCLASS | Type::REGTYPE | Type::REGPROC => DataType::UInt32,
        Type::NUMERIC => DataType::Decimal128(38, 10),
        Type::FLOAT4 => DataType::Float32,
        Type::FLOAT8 => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIME => DataType::Time64(TimeUnit::Microsecond),
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::INTERVAL => DataType::Interval(IntervalUnit::MonthDayNano),
        Type::BYTEA => DataType::Binary,
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::CHAR
        | Type::JSON
        | Type::JSONB
        | Type::UUID => DataType::Utf8,
        Type::BOOL_ARRAY => list(DataType::Boolean),
        Type::INT2_ARRAY => list(DataType::Int16),
        Type::INT4_ARRAY => list(DataType::Int32),
        Type::INT8_ARRAY => list(DataType::Int64),
        Type::OID_ARRAY => list(DataType::UInt32),
        Type::FLOAT8_ARRAY => list(DataType::Float64),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY => list(DataType::Utf8),
        _ => return None,
    })
}

/// The bytes of a value of a type, as `pg_type.typlen` tells them; -1 if they vary.
pub(crate) fn length(pg: &Type) -> i16 {
    match *pg {
        Type::BOOL | Type::CHAR => 1,
        Type::INT2 => 2,
        Type::INT4
        | Type::FLOAT4
        | Type::OID
        | Type::DATE
        | Type::REGPROC
        | Type::REGCLASS
        | Type::REGTYPE => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ => 8,
        Type::INTERVAL => 16,
        Type::NAME => 64,
        _ => -1,
    }
}

/// `pg_attribute.atttypmod`: precision and scale of a decimal; -1 for no modifier.
pub(crate) fn modifier(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            ((i32::from(*precision) << 16) | (i32::from(*scale) & 0x7ff)) + 4
        }
        DataType::UInt64 => (20 << 16) + 4,
        _ => -1,
    }
}

/// How a column is sent: 1 in binary, 0 as text.
pub(super) fn format(formats: &[i16], column: usize) -> i16 {
    match formats {
        [] => 0,
        [all] => *all,
        each => each.get(column).copied().unwrap_or(0),
    }
}

/// The columns of a result.
pub(super) fn row_description(schema: &Schema, formats: &[i16]) -> RowDescription {
    let fields = schema.fields().iter().enumerate().map(|(n, field)| {
        let pg = of_field(field);
        let (name, size) = (super::rewrite::column_name(field.name()).to_owned(), length(&pg));
        FieldDescription::new(name, 0, 0, pg.oid(), size, modifier(field.data_type()), format(formats, n))
    });
    RowDescription::new(fields.collect())
}
