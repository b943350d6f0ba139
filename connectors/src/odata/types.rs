//! The types of OData and what they are here.

use arrow::datatypes::{DataType, TimeUnit};

use super::metadata::Property;
use crate::database::table::{Collation, Compare, RemoteColumn};

/// What the name of the column with a column's label ends in.
const LABEL: &str = "_label";

/// What annotates a value with its label.
pub(super) const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";

/// The column of a property; `None` for lists and streams of bytes, which are no values.
pub(super) fn column(property: &Property) -> Option<RemoteColumn> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<u8>().ok());
    let (data_type, compare) = match property.r#type.as_str() {
        "Edm.Boolean" => (DataType::Boolean, Compare::Boolean),
        "Edm.Byte" => (DataType::UInt8, Compare::Integer),
        "Edm.SByte" => (DataType::Int8, Compare::Integer),
        "Edm.Int16" => (DataType::Int16, Compare::Integer),
        "Edm.Int32" => (DataType::Int32, Compare::Integer),
        "Edm.Int64" => (DataType::Int64, Compare::Integer),
        // Services round them in their own ways, so what is equal there need not be equal here.
        "Edm.Single" => (DataType::Float32, Compare::Nulls),
        "Edm.Double" => (DataType::Float64, Compare::Nulls),
        "Edm.Decimal" => {
            let scale = number(&property.scale).and_then(|scale| i8::try_from(scale).ok());
            let (precision, scale) = match (number(&property.precision), scale) {
                (Some(precision @ 1..=38), Some(scale)) if i16::from(scale) <= i16::from(precision) => {
                    (precision, scale)
                }
                // Without a scale the specification says 0, and services mean any.
                _ => (38, 10),
            };
            (DataType::Decimal128(precision, scale), Compare::Decimal)
        }
        "Edm.Date" => (DataType::Date32, Compare::Date),
        "Edm.DateTimeOffset" => {
            (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), Compare::Timestamp)
        }
        "Edm.Guid" => (DataType::Utf8, Compare::Uuid),
        "Edm.String" => (DataType::Utf8, Compare::Text(Collation::Loose)),
        "Edm.Stream" => return None,
        other if other.starts_with("Collection(") => return None,
        // Structures, members of enumerations, bytes, durations: as the service writes them.
        _ => (DataType::Utf8, Compare::Nulls),
    };
    Some(RemoteColumn {
        name: property.name.clone(),
        data_type,
        nullable: property.nullable.unwrap_or(true),
        read: property.name.clone(),
        compare,
        wire: 0,
    })
}

/// The column of the label of a column's values.
pub(super) fn label(of: &RemoteColumn) -> RemoteColumn {
    RemoteColumn {
        name: format!("{}{LABEL}", of.name),
        data_type: DataType::Utf8,
        nullable: true,
        read: format!("{}{FORMATTED}", of.name),
        compare: Compare::Nulls,
        wire: 1,
    }
}

/// Whether the column is a label, which stands beside what it is of.
pub(super) fn is_label(column: &RemoteColumn) -> bool {
    column.wire == 1
}
