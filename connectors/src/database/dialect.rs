//! How a database writes names, values and comparisons.

use std::fmt::Debug;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

use super::filter::Pushed;
use super::query::Query;
use super::table::{Compare, RemoteColumn, RemoteTable};

/// The SQL of a database, as far as it is sent.
pub(crate) trait Dialect: Debug + Send + Sync {
    /// A query as it is sent.
    fn query(&self, query: &Query, range: Option<&str>) -> String {
        query.sql(range)
    }

    /// What writes a filter where it is not SQL.
    fn filters(&self) -> Option<fn(&RemoteTable, &Expr) -> Option<Pushed>> {
        None
    }

    /// A name in quotes.
    fn quote(&self, name: &str) -> String;

    /// A value to compare a column with; `None` when it has no exact counterpart there.
    fn literal(&self, column: &RemoteColumn, value: &ScalarValue) -> Option<String>;

    /// What stands on the left of a comparison, so that texts are compared by their bytes. `ordered` is false
    /// when only equality matters.
    fn operand(&self, column: &RemoteColumn, ordered: bool) -> String;

    /// A condition that holds whenever `column = literal` does and that an index of the column answers; `None` when the
    /// comparison itself does.
    fn index_hint(
        &self,
        _column: &RemoteColumn,
        _operator: Operator,
        _literals: &[String],
    ) -> Option<String> {
        None
    }

    /// Whether the column is NULL as it is read here.
    fn is_null(&self, column: &RemoteColumn) -> String {
        format!("{} IS NULL", column.read)
    }

    /// A column that is a condition.
    fn truth(&self, column: &RemoteColumn) -> String {
        column.read.clone()
    }

    /// `column LIKE pattern`, where `\` makes the next `%`, `_` or `\` literal, and letters match themselves only.
    fn like(&self, column: &RemoteColumn, pattern: &str) -> Option<String>;

    /// How aggregates are computed there; `None` where they are not.
    fn aggregates(&self) -> Option<Aggregates> {
        None
    }

    /// What holds for two values of one type that are equal here, and for no others; `None` when that is not known there.
    fn equal(&self, _left: &RemoteColumn, _right: &RemoteColumn) -> Option<String> {
        None
    }

    /// Whether two tables are joined in one pass over each where there is no index.
    fn joins_without_index(&self) -> bool {
        true
    }

    /// An item of `ORDER BY`; `None` when the column's order there is not the one here.
    fn order(&self, column: &RemoteColumn, descending: bool, nulls_first: bool) -> Option<String> {
        let operand = match column.compare {
            Compare::Nulls => return None,
            Compare::Boolean => column.read.clone(),
            _ => self.operand(column, true),
        };
        let direction = if descending { "DESC" } else { "ASC" };
        let nulls = if nulls_first { "FIRST" } else { "LAST" };
        Some(format!("{operand} {direction} NULLS {nulls}"))
    }
}

/// How a database computes aggregates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aggregates {
    /// The driver's own number of a whole number of 64 bits.
    pub(crate) whole: u32,
    /// A sum of whole numbers as one of 64 bits; it fails where the sum is none.
    pub(crate) as_whole: fn(&str) -> String,
}

/// A text in single quotes, in SQL where a backslash is a character like any other; `None` with a NUL in it, which
/// no database takes.
pub(crate) fn quoted_text(text: &str) -> Option<String> {
    (!text.contains('\0')).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// The text of a value of text.
pub(crate) fn text_of(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => Some(text),
        _ => None,
    }
}

/// The digits of a whole number.
pub(crate) fn integer_of(value: &ScalarValue) -> Option<String> {
    Some(match value {
        ScalarValue::Int8(Some(n)) => n.to_string(),
        ScalarValue::Int16(Some(n)) => n.to_string(),
        ScalarValue::Int32(Some(n)) => n.to_string(),
        ScalarValue::Int64(Some(n)) => n.to_string(),
        ScalarValue::UInt8(Some(n)) => n.to_string(),
        ScalarValue::UInt16(Some(n)) => n.to_string(),
        ScalarValue::UInt32(Some(n)) => n.to_string(),
        ScalarValue::UInt64(Some(n)) => n.to_string(),
        _ => return None,
    })
}

/// A finite floating-point number that is not zero, as the double that it is. Zero and NaN are compared in another way
/// by each database.
pub(crate) fn double_of(value: &ScalarValue) -> Option<f64> {
    let number = match value {
        ScalarValue::Float32(Some(n)) => f64::from(*n),
        ScalarValue::Float64(Some(n)) => *n,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// The digits of a decimal.
pub(crate) fn decimal_of(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Decimal128(Some(_), ..) | ScalarValue::Decimal256(Some(_), ..) => {
            Some(value.to_string()).filter(|t| t.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b)))
        }
        _ => None,
    }
}

/// `yyyy-mm-dd` of a day from year 2 to 9998; beyond that, calendars and infinity differ.
pub(crate) fn date_of(value: &ScalarValue) -> Option<String> {
    let ScalarValue::Date32(Some(days)) = value else { return None };
    let date = chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(i64::from(*days)))?;
    in_years(date).then(|| date.format("%Y-%m-%d").to_string())
}

/// `yyyy-mm-dd hh:mm:ss.ffffff` of a point in time in whole microseconds, from year 2 to 9998.
pub(crate) fn timestamp_of(value: &ScalarValue) -> Option<String> {
    let micros = match value {
        ScalarValue::TimestampSecond(Some(n), _) => n.checked_mul(1_000_000)?,
        ScalarValue::TimestampMillisecond(Some(n), _) => n.checked_mul(1000)?,
        ScalarValue::TimestampMicrosecond(Some(n), _) => *n,
        ScalarValue::TimestampNanosecond(Some(n), _) if n % 1000 == 0 => n / 1000,
        _ => return None,
    };
    let time = chrono::DateTime::from_timestamp_micros(micros)?.naive_utc();
    in_years(time.date()).then(|| time.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

fn in_years(date: chrono::NaiveDate) -> bool {
    (2..=9998).contains(&chrono::Datelike::year(&date))
}

/// The canonical text of a UUID, if a text is one.
pub(crate) fn uuid_of(value: &ScalarValue) -> Option<&str> {
    let text = text_of(value)?;
    let shape = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    (text.len() == 36 && text.bytes().enumerate().all(shape)).then_some(text)
}
