//! PostgreSQL's SQL.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::types::INT8;
use crate::database::dialect::{
    Aggregates, Dialect, date_of, decimal_of, double_of, integer_of, quoted_text, text_of, timestamp_of,
    uuid_of,
};
use crate::database::table::{Collation, Compare, RemoteColumn};

/// The dialect. Sessions have `standard_conforming_strings` on.
#[derive(Debug)]
pub(super) struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn quote(&self, name: &str) -> String {
        quote(name)
    }

    fn literal(&self, column: &RemoteColumn, value: &ScalarValue) -> Option<String> {
        match column.compare {
            Compare::Nulls | Compare::Boolean => None,
            Compare::Integer => integer_of(value),
            Compare::Float => {
                let number = double_of(value)?;
                let r#type = if column.data_type == DataType::Float32 { "real" } else { "float8" };
                let digits = match value {
                    ScalarValue::Float32(Some(n)) => format!("{n:e}"),
                    _ => format!("{number:e}"),
                };
                Some(format!("'{digits}'::{type}"))
            }
            Compare::Decimal => decimal_of(value),
            Compare::Text(_) => quoted_text(text_of(value)?),
            Compare::Date => Some(format!("'{}'::date", date_of(value)?)),
            Compare::Timestamp => {
                let time = timestamp_of(value)?;
                Some(match column.data_type {
                    DataType::Timestamp(_, Some(_)) => format!("'{time}+00'::timestamptz"),
                    _ => format!("'{time}'::timestamp"),
                })
            }
            Compare::Uuid => Some(format!("'{}'::uuid", uuid_of(value)?)),
        }
    }

    fn operand(&self, column: &RemoteColumn, ordered: bool) -> String {
        match column.compare {
            Compare::Text(Collation::Bytes) => column.read.clone(),
            Compare::Text(Collation::Language) if !ordered => column.read.clone(),
            Compare::Text(_) => format!("{} COLLATE \"C\"", column.read),
            _ => column.read.clone(),
        }
    }

    fn aggregates(&self) -> Option<Aggregates> {
        Some(Aggregates { whole: INT8, as_whole: |sum| format!("{sum}::int8") })
    }

    fn equal(&self, left: &RemoteColumn, right: &RemoteColumn) -> Option<String> {
        let operand = |column: &RemoteColumn| {
            let value = &column.read;
            match column.compare {
                Compare::Nulls | Compare::Boolean | Compare::Float => None,
                Compare::Integer | Compare::Decimal | Compare::Uuid => Some(value.clone()),
                // Two columns may have two collations, of which PostgreSQL would choose none.
                Compare::Text(_) => Some(format!("{value} COLLATE \"C\"")),
                // Infinity is a day of its own there.
                Compare::Date => Some(finite(value, "date", "0001-01-01", "9999-12-31")),
                Compare::Timestamp => {
                    let (zone, r#type) = match column.data_type {
                        DataType::Timestamp(_, Some(_)) => ("+00", "timestamptz"),
                        _ => ("", "timestamp"),
                    };
                    let (first, last) = ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999");
                    Some(finite(value, r#type, &format!("{first}{zone}"), &format!("{last}{zone}")))
                }
            }
        };
        Some(format!("{} = {}", operand(left)?, operand(right)?))
    }

    fn like(&self, column: &RemoteColumn, pattern: &str) -> Option<String> {
        let operand = match column.compare {
            Compare::Text(Collation::Loose) => self.operand(column, true),
            _ => column.read.clone(),
        };
        Some(format!("{operand} LIKE {}", quoted_text(pattern)?))
    }
}

/// A day or a time as it is read here, infinity being the first or the last.
fn finite(value: &str, r#type: &str, first: &str, last: &str) -> String {
    format!(
        "CASE {value} WHEN '-infinity' THEN '{first}'::{type} WHEN 'infinity' THEN '{last}'::{type} ELSE {value} END"
    )
}

/// A name in quotes.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
